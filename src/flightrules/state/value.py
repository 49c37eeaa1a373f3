"""The base of every value in the core: frozen, closed to unknown fields, serialisable.

Knows: pydantic. Must not know: any particular value.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """An immutable value; two with the same fields are the same value."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="constants")
