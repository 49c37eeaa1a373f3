"""The arguments of the tools as types: what an agent reads in the schemas, word for word.

Knows: shape and bounds. Must not know: what is allowed when.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

Incident = Annotated[str, Field(description="Incident id", pattern=r"^INC-[A-Z0-9-]{1,40}$")]
Key = Annotated[
    str,
    Field(description="Idempotency key: the same key gives the first answer again", max_length=64),
]
Line = Annotated[str, Field(max_length=300)]
Prose = Annotated[str, Field(max_length=4000)]
Lines = Annotated[list[Line], Field(max_length=20)]
