"""The half of each runtime that reads hosts: one module or package each, behind one contract."""
