"""Faults as production knows them, each playable by name: `python -m sandbox.scenarios NAME`.

A scenario is data (library.py); how it is staged, answered by an agent and a person, and judged is the same for all.
"""
