"""The report of a run: one HTML page that needs nothing outside itself (issue 8, part 5)."""
