"""Bulk API 2.0 ingest: many rows in one job that the org works on by itself (facts: salesforce.md §4)."""
