"""Types of single settings: names, paths and commands, as a person writes them in `flightrules.toml`.

Knows: which characters each may have. Must not know: which setting has which type.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
"""A name of a target, host or check: lower case letters, digits, `-` and `_`."""

Argv = Annotated[tuple[str, ...], Field(min_length=1)]
"""A command as a list of words; it is never joined into shell text by hand."""

AbsolutePath = Annotated[str, Field(pattern=r"^/[^\x00-\x1f]*$")]

FilePath = Annotated[str, Field(pattern=r"^[^\x00-\x1f]+$")]
"""A path on the host, absolute or relative to the target's `app_dir`."""

ServiceName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$")]
"""A name of a service in compose files."""

VariableName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
"""A name of an environment variable."""
