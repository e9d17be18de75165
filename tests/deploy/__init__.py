"""What is shipped to run rollctl: roles, manifests, the chart, the image."""
