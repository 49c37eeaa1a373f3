"""The arguments of the tools as types: what an agent reads in the schemas, word for word.

Knows: shape and bounds. Must not know: what is allowed when.
"""

from __future__ import annotations

from typing import Annotated, TypeVar

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from flightrules.state.untrusted import clean, one_line
from flightrules.state.value import Value

LARGEST = 64_000
"""More bytes than any text within its bound of characters has."""


def _seen(text: str) -> str:
    """Return a text as a person would see it.

    An agent may repeat text from production, and people read this in terminals.
    """
    return clean(text, LARGEST)


def _seen_on_one_line(text: str) -> str:
    return one_line(text, LARGEST)


def _said(text: str) -> str:
    """A title that says something once what nobody sees is gone."""
    if not (line := _seen_on_one_line(text)):
        raise PydanticCustomError("title", "It is empty, or nothing in it can be seen; say in one line what users see")
    return line


def _plain(key: str) -> str:
    """A key as it is: cleaned, one could answer for another that only looks like it."""
    if not key.isprintable():
        raise PydanticCustomError("plain", "It holds characters that cannot be seen; use letters and digits")
    return key


V = TypeVar("V", bound=Value)


def seen_on_one_line(values: list[V]) -> list[V]:
    """Values with each text of theirs as a person would see it, those in rows too."""
    return [value.model_copy(update={name: _shown(part) for name, part in dict(value).items()}) for value in values]


def _shown(part: object) -> object:
    if isinstance(part, str):
        return _seen_on_one_line(part)
    return tuple(map(_shown, part)) if isinstance(part, tuple) else part


INCIDENT_ID = r"^INC-[A-Z0-9-]{1,40}$"

Incident = Annotated[str, Field(description="Incident id, such as INC-7K2QMX", pattern=INCIDENT_ID)]
Key = Annotated[
    str,
    Field(description="Idempotency key: a repeated key returns the first answer", max_length=64),
    AfterValidator(_plain),
]
Name = Annotated[str, Field(max_length=63), AfterValidator(_seen_on_one_line)]
Line = Annotated[str, Field(max_length=300), AfterValidator(_seen_on_one_line)]
Title = Annotated[str, Field(max_length=300), AfterValidator(_said)]
Prose = Annotated[str, Field(max_length=4000), AfterValidator(_seen)]
Update = Annotated[str, Field(max_length=1500), AfterValidator(_seen)]
Lines = Annotated[list[Line], Field(max_length=20)]
