"""All that can be known before anything is sent, given mapping, schema and rows; and the plan."""
