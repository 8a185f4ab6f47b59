"""The simulated IBM Case Manager server: CASEREST v1, the search of v2, GraphQL as far as it searches."""
