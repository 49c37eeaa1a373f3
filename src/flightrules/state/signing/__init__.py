"""Signatures of people: what is signed, in which format, and whose keys count."""
