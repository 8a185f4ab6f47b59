"""The protocol kept for IBM Case Manager and BAW (CASEREST v1 and v2)."""
