"""Values for the texts about an incident that is over: the report with its sections, the summary and the brief."""
