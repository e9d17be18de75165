"""What a person lives through, from the release to the end, on a real cluster."""
