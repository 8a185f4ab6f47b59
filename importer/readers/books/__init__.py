"""Workbook formats → rows of plain values; what stands here runs in a process of its own."""
