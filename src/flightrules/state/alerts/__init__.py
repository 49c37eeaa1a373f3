"""Alerts of monitoring systems: read from what each sends, matched to a target, and counted by fingerprint."""
