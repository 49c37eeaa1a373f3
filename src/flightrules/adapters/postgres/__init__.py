"""The event store in a PostgreSQL database.

Knows: tables, transactions, connections. Must not know: what an event means.
"""
