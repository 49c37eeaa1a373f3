"""Prompts that agents are told, one Markdown template a prompt."""
