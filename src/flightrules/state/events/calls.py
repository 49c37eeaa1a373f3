"""Calls and their answers, as the log keeps them.

Knows: what a face was asked and what it was told. Must not know: what a call means.
"""

from __future__ import annotations

from datetime import datetime

from flightrules.state.events.base import Event
from flightrules.state.policy import Policy
from flightrules.state.target import Target
from flightrules.state.value import JsonObject


class CallReceived(Event):
    """A face passed a call on."""

    kind = "call_received"
    tool: str
    arguments: JsonObject
    account: str = ""
    """The account or the authenticated caller behind it, where that was known."""
    key: str = ""
    """The idempotency key that the face gave; the call stands under it unless it is another call's."""
    read: int | None = None
    """The version of the log that the call rests on: what it read first. Older versions did not record it."""


class LogRead(Event):
    """Versions of streams that a call read since it wrote last.

    It is recorded if others wrote to them meanwhile, and if a client went on with the call after a question.
    """

    kind = "log_read"
    versions: tuple[int, ...]
    """In the order in which they were read; in a call's first events without the one that `call_received` has."""
    again: bool = False
    """True if a client went on with the call here."""


class SettingsRead(Event):
    """Under which settings the incident is handled from here on; recorded once, and again after each change."""

    kind = "settings_read"
    digest: str
    """Of the settings as they were, before secrets were taken out of these copies."""
    target: Target
    policy: Policy
    destinations: tuple[str, ...] = ()
    """Destinations of messages, by audience and name: `internal/1`."""
    approval_page: str = ""
    """The address at which people approve, with `{incident}` for its id; empty where there is none."""


class CallAnswered(Event):
    """Answer that the caller received."""

    kind = "call_answered"
    answer: JsonObject


class CallRefused(Event):
    """The protocol said no, and what the caller was told."""

    kind = "call_refused"
    code: str
    answer: JsonObject


class LooksCounted(Event):
    """In the server's own stream: how often a caller looked in ten minutes, beside the looks on record."""

    kind = "looks_counted"
    account: str = ""
    times: int
    since: datetime


class CallFailed(Event):
    """The world failed a call, and what the caller was told."""

    kind = "call_failed"
    what: str
    answer: JsonObject


class IncidentRegistered(Event):
    """In the server's own stream: an incident exists, so removing it whole is noticed."""

    kind = "incident_registered"
    incident: str
