"""The base of every value in the core: frozen, closed to unknown fields, serialisable.

Knows: pydantic. Must not know: any particular value.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import (
    BaseModel,
    ConfigDict,
    JsonValue,
    PlainSerializer,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)


class Value(BaseModel):
    """An immutable value; two with the same fields are the same value."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="constants")


_LEAVES = (str, int, float, bool)
_DEPTH = 32
"""So deep a value is looked through here; what is deeper is left to pydantic, which bounds it."""


def _is_json(value: object, depth: int) -> bool:
    kind = type(value)
    if kind is dict:
        return depth > 0 and all(
            type(name) is str and _is_json(item, depth - 1)
            for name, item in value.items()  # type: ignore[attr-defined]
        )
    if kind is list:
        return depth > 0 and all(_is_json(item, depth - 1) for item in value)  # type: ignore[attr-defined]
    return value is None or kind in _LEAVES


def _checked(data: object, thorough: ValidatorFunctionWrapHandler, info: ValidationInfo) -> dict[str, JsonValue]:
    """Take at once what is plainly JSON; whatever is not, pydantic looks at and says what is wrong with it."""
    if isinstance(data, dict) and (info.mode == "json" or _is_json(data, _DEPTH)):
        return dict(data)
    checked: dict[str, JsonValue] = thorough(data)
    return checked


def _as_it_is(data: dict[str, JsonValue]) -> dict[str, JsonValue]:
    return data


JsonObject = Annotated[dict[str, JsonValue], WrapValidator(_checked), PlainSerializer(_as_it_is)]
"""A JSON object of any shape. Checked when it comes in, dumped as it is: walking through it again changes nothing."""
