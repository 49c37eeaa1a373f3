"""Hosts on which systemd runs the services."""
