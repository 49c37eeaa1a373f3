"""The base of every value in the core: frozen, closed to unknown fields, serialisable.

Knows: pydantic. Must not know: any particular value.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, JsonValue, PlainSerializer


class Value(BaseModel):
    """An immutable value; two with the same fields are the same value."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="constants")


def _as_it_is(data: dict[str, JsonValue]) -> dict[str, JsonValue]:
    return data


JsonObject = Annotated[dict[str, JsonValue], PlainSerializer(_as_it_is)]
"""A JSON object of any shape. Checked when it comes in, dumped as it is: walking through it again changes nothing."""
