"""Laws of the metric sources."""
