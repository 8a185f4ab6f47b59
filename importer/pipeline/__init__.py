"""A run, from file to journal: scan, send, write. Knows no vendor."""
