"""Hosts on which the user's own commands run the service."""
