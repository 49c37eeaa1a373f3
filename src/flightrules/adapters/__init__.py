"""The world outside, behind the promises of ports.py: one module or package for each part of it."""
