"""Runtimes: what runs a service in production, one package each, behind one contract (contract.py, known.py)."""
