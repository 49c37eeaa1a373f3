"""The real host, for the ways of the contract that need an engine."""

from __future__ import annotations

from tests.realhost.conftest import prodhost

__all__ = ["prodhost"]
