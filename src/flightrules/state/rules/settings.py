"""The settings an incident is handled under, as its log remembers them.

Knows: that they are recorded once and again after each change, and without secrets. Must not know: any single setting.
"""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import ValidationError

from flightrules.state import events as e
from flightrules.state.canonical import digest
from flightrules.state.policy import Policy
from flightrules.state.redaction import redacted
from flightrules.state.rules.approving import policy_digest
from flightrules.state.target import Target
from flightrules.state.value import Value, keep_newest

V = TypeVar("V", bound=Value)


def settings_read(target: Target, policy: Policy, destinations: tuple[str, ...] = (), page: str = "") -> e.SettingsRead:
    """Return the event that records these settings; it is asked for with every call and changes only with them."""
    read = keep_newest(policy, "read", target, lambda: _settings_read(target, policy, destinations, page))
    if (read.destinations, read.approval_page) == (destinations, page):
        return read
    return _settings_read(target, policy, destinations, page)


def _settings_read(target: Target, policy: Policy, destinations: tuple[str, ...], page: str) -> e.SettingsRead:
    known = policy_digest(policy, target)
    return e.SettingsRead(
        digest=digest({"settings": known, "approval_page": page}) if page else known,
        target=_without_secrets(target),
        policy=_without_secrets(policy),
        destinations=destinations,
        approval_page=page,
    )


def _without_secrets(value: V) -> V:
    """The value without secrets. Where a mask breaks a field's form, what stood there had that form and stays."""
    was: Any = value.model_dump(mode="json", by_alias=True)
    masked: Any = redacted(was)
    try:
        return type(value).model_validate(masked)
    except ValidationError as wrong:
        for error in wrong.errors():
            _put_back(was, masked, error["loc"])
    return type(value).model_validate(masked)


def _put_back(was: Any, masked: Any, place: tuple[int | str, ...]) -> None:  # noqa: ANN401 - any JSON
    """Put one field back; what names the kind of a union is no step on the way."""
    for part in place:
        below = was[int(part)] if isinstance(was, list) else was.get(part)
        if isinstance(below, dict | list):
            was, masked = below, masked[part]
        elif below is not None:
            masked[part] = below
