"""The one error of reading.

Knows: that output can be unlike anything known. Must not know: whose output.
"""

from __future__ import annotations


class Unreadable(ValueError):
    """The output is not what this program prints; the message says what was not understood."""
