"""The base of every value in the core: frozen, closed to unknown fields, serialisable.

Knows: pydantic. Must not know: any particular value.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Self, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    JsonValue,
    PlainSerializer,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)


class Value(BaseModel):  # noqa: PLW1641 - pydantic gives a frozen model its hash
    """An immutable value; two with the same fields are the same value."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="constants")

    def __eq__(self, other: object) -> bool:
        """Return True if both are the same value.

        Most values that are compared are equal in every field, so that is tested first.
        """
        return (type(self) is type(other) and self.__dict__ == other.__dict__) or super().__eq__(other)

    def __copy__(self) -> Self:
        """A copy that knows nothing of what was worked out of the original: it may be about to differ from it."""
        copied = super().__copy__()
        copied.__dict__.pop(_KEPT, None)
        return copied


V = TypeVar("V", bound=Value)


def built(kind: type[V], fields: dict[str, Any]) -> V:
    """A value of fields that were checked already: all of them, in their order.

    `model_construct` does the same, and looks for defaults and other names in addition.
    """
    value = kind.__new__(kind)
    object.__setattr__(value, "__dict__", fields)
    object.__setattr__(value, "__pydantic_fields_set__", set(fields))
    object.__setattr__(value, "__pydantic_extra__", None)
    object.__setattr__(value, "__pydantic_private__", None)
    return value


def changed(value: V, **fields: object) -> V:
    """The value with these fields, which are right already; itself where it has them, as most have."""
    now = value.__dict__
    return value if all(now[name] == field for name, field in fields.items()) else value.model_copy(update=fields)


_KEPT = "_kept"
"""Beside a value's fields: what was worked out of them. No field, so neither compared nor written."""

T = TypeVar("T")


def keep(value: V, name: str, work_out: Callable[[V], T]) -> T:
    """Return what follows from a value, computed once and kept as long as the value exists."""
    kept: dict[str, Any] | None = value.__dict__.get(_KEPT)
    if kept is None:
        kept = value.__dict__[_KEPT] = {}
    if name not in kept:
        kept[name] = work_out(value)
    found: T = kept[name]
    return found


def keep_newest(value: Value, name: str, beside: Value, work_out: Callable[[], T]) -> T:
    """Return what follows from a value and `beside`, kept until it is asked for with another `beside` object.

    An object that is only equal does not count as the same: it may be written otherwise (`5` and `5.0`), and digests
    are of what is written.
    """
    kept: dict[str, Any] = value.__dict__.setdefault(_KEPT, {})
    if name not in kept or kept[name][0] is not beside:
        kept[name] = (beside, work_out())
    found: T = kept[name][1]
    return found


_LEAVES = (str, int, float, bool)
_DEPTH = 32
"""So deep a value is looked through here; what is deeper is left to pydantic, which bounds it."""


IS_JSON = "this was JSON"
"""The context in which data are read that came as JSON: it is not looked for in them again."""


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
    if isinstance(data, dict):
        if info.mode == "json" or info.context is IS_JSON:
            return data  # it belongs to nobody else, or to a record, which nobody changes
        if _is_json(data, _DEPTH):
            return dict(data)
    checked: dict[str, JsonValue] = thorough(data)
    return checked


def _as_it_is(data: dict[str, JsonValue]) -> dict[str, JsonValue]:
    return data


# Without `Any`, pydantic would look through what comes out by the type that the function says it has.
JsonObject = Annotated[dict[str, JsonValue], WrapValidator(_checked), PlainSerializer(_as_it_is, return_type=Any)]
"""A JSON object of any shape. Checked when it comes in, dumped as it is: walking through it again changes nothing."""
