"""The event store in one SQLite file.

Knows: tables, transactions, one thread. Must not know: what an event means.
"""
