"""Services run by Docker Compose v2."""
