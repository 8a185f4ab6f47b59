"""The protocol kept for Salesforce (REST API, any sObject; Case by default)."""
