"""Telling people outside of a call: messages made ready and delivered, updates, the status page."""
