"""Services run by systemd, as units of the system manager."""
