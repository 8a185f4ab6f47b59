"""The simulated Salesforce org."""
