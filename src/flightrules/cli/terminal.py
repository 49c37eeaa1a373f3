"""Width that a table may have.

Knows: the terminal. Must not know: what is shown in it.
"""

from __future__ import annotations

import shutil

WIDTH = 140
"""Number of columns if the output is not a terminal."""
NARROWEST = 100


def terminal_width() -> int:
    """Characters in a line."""
    return max(shutil.get_terminal_size((WIDTH, 0)).columns, NARROWEST)
