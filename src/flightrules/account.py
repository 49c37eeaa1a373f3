"""Account of this process, as the operating system knows it; environment variables that claim a name are not believed.

Knows: the account database. Must not know: what the name is used for.
"""

from __future__ import annotations

import os
import pwd
from functools import cache


@cache
def account() -> str:
    """The name of the account this process runs under, or its number where it has no name."""
    number = os.getuid()
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"uid {number}"
