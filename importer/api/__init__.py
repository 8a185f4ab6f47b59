"""Builds runs from options: what the command line and scripts call. Knows no terminal."""
