"""How wide a table may be.

Knows: the terminal. Must not know: what is shown in it.
"""

from __future__ import annotations

import shutil

WIDTH = 140
"""Where output is no terminal."""
NARROWEST = 100


def terminal_width() -> int:
    """Characters in a line."""
    return max(shutil.get_terminal_size((WIDTH, 0)).columns, NARROWEST)
