"""Every port, and every fault it can have: what a person sees, and what is done."""
