"""case-importer: a bulk case importer for Salesforce and IBM Case Manager."""
