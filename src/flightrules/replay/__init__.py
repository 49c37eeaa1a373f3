"""Replaying an incident through the service in its recorded world. Knows ports and the core; must not know adapters."""
