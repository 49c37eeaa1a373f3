"""The shop: a small web service whose releases behave as they are told."""
