"""What agents are told, one Markdown template a prompt."""
