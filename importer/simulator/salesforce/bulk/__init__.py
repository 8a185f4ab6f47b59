"""Bulk API 2.0 ingest: jobs, their uploads, their work between requests, and their results (facts §4)."""
