"""What is told of an incident once it is over, as values: the report with its sections, the summary, the brief."""
