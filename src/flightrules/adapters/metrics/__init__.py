"""Servers of metrics as sources of evidence: Prometheus and what speaks its API, Loki, Sentry."""
