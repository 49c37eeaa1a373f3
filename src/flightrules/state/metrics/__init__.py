"""Metrics as evidence: the queries of the settings, what was measured, and how it is compared."""
