"""Base class of all commands, and the bounds of their fields.

Knows: the bounds of what may be given. Must not know: any single command.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from flightrules.state.value import Value

Text = Annotated[str, Field(max_length=4000)]


Short = Annotated[str, Field(max_length=300)]


Sha = Annotated[str, Field(pattern=r"^[0-9a-f]{7,64}$")]


class Command(Value):
    """The base of all commands. `tool` is the call it needs to be legal, empty for what is always legal."""

    tool: ClassVar[str] = ""
