"""Signatures of people: verified against a file of signers, and made with a key file or an agent."""
