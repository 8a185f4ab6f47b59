"""The simulated IBM Case Manager server: CASEREST v1 and v2, GraphQL as far as it searches."""
