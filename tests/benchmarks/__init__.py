"""Benchmarks: ratios measured side by side in one run. ``python -m tests.benchmarks``; see README.md.

Nothing here is collected by pytest, and nothing that ships imports it.
"""
