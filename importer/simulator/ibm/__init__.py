"""The simulated IBM Case Manager server (CASEREST v1)."""
