"""Everything that checks rollctl; nothing in here is shipped."""
