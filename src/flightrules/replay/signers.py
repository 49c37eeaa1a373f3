"""Signers whose signatures held, as it was recorded: keys and revocations of then are not looked up again.

Knows: which events keep a signature, and what shows that one did not hold. Must not know: how one is verified.
"""

from __future__ import annotations

from datetime import datetime

from flightrules.errors import Refused
from flightrules.replay.cursor import LogCursor, Missing
from flightrules.replay.ended import failed_as_recorded
from flightrules.state import events as e
from flightrules.state.signing.statements import Signed


class RecordedSigners:
    """Keeps ports.Signers with what the log says of each signature."""

    def __init__(self, cursor: LogCursor) -> None:
        self._cursor = cursor
        self._known: dict[tuple[str, str], Signed] = {}
        for record in (*cursor.session.context, *cursor.records):
            signed = record.data.get("signed") if record.kind in _SIGNED else None
            if signed:
                value = Signed.model_validate(signed)
                self._known[value.message, value.signature] = value

    def verify(self, message: str, signature: str, *, at: datetime) -> Signed:
        """Return the signature with its signer of then; one that did not hold is refused as it was."""
        del at
        cursor = self._cursor
        if dropped := cursor.ahead(e.PlanDropped):
            self._refuse_unheld(dropped, message)
        known = self._known.get((message, signature))
        upcoming = cursor.own
        standing = upcoming is not None and upcoming.call not in cursor.tools
        if known and standing and not self._used(message) and not dropped:
            raise Refused("not_signed", "The log does not say if the signature was valid then.", "")
        if known is None:
            failed_as_recorded(cursor)
            raise Missing("whose signature it was is not recorded")
        return known

    def _used(self, message: str) -> bool:
        """Return True if the next event's call goes on with that signature: approves by it, or starts with it."""
        granted = self._cursor.ahead(e.ApprovalGranted)
        approves = granted is not None and granted.signed is not None and granted.signed.message == message
        return approves or self._cursor.ahead_record(e.RollbackStarted.kind) is not None

    def _refuse_unheld(self, dropped: e.PlanDropped, message: str) -> None:
        why = dict(dropped.unheld)
        for record in self._cursor.records[: self._cursor.place]:
            if record.kind == e.ApprovalGranted.kind and record.data["id"] in why:
                signed = record.data["signed"]
                if isinstance(signed, dict) and signed.get("message") == message:
                    raise Refused("not_signed", why[str(record.data["id"])], "")


_SIGNED = frozenset({e.ApprovalGranted.kind, e.StandingGranted.kind})
