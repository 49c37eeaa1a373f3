"""Hosts on which Docker Compose v2 runs the services."""
