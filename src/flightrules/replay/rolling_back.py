"""A rollback call made again: plan, what the person said, start, and the answer.

Knows: which events of a call show what a person said through its client. Must not know: what it leads to.
"""

from __future__ import annotations

from dataclasses import dataclass

from flightrules.replay.cursor import LogCursor
from flightrules.replay.following import comes_along
from flightrules.service.application import Application
from flightrules.service.invocation import Call, Invocation
from flightrules.service.rollback.planning import Question, Stop, prepare
from flightrules.service.rollback.rollbacks import WAIT_S, Report, Rollbacks, silent
from flightrules.service.rollback.rolling_back import FORM_NOT_SHOWN, PersonSaid
from flightrules.service.rollback.waiting import put_form
from flightrules.state import events as e
from flightrules.state.log import Recorded


@dataclass(slots=True)
class RecordedRollbacks(Rollbacks):
    """Waits for nothing: what happened meanwhile is in the log, and the call goes on when its answer is next."""

    async def attend(self, incident_id: str, *, report: Report = silent, wait_s: float = WAIT_S) -> None:
        """Go on at once."""

    async def wait(self, incident_id: str, *, report: Report = silent, wait_s: float = WAIT_S) -> None:
        """Go on at once."""


async def roll_back(app: Application, cursor: LogCursor, call: Call) -> None:
    """Make a rollback call, as often as its client came back with an answer."""
    invocation, begun = app.incidents.invocation(call), -1
    while True:
        prepared = await prepare(app.incidents, invocation)
        if isinstance(prepared, Stop):
            return
        question = prepared if isinstance(prepared, Question) else None
        if question is not None and _is_put(cursor, begun):
            await put_form(app.incidents, invocation, question)
            await cursor.turn()
        if not _goes_on(cursor.own) or begun == cursor.own_place:
            break
        begun = cursor.own_place
        invocation = Invocation(call=call, identity=invocation.identity, recorded=True, continues=0)
    await app.rollbacks.rollback(invocation, _said(cursor, question))


def _is_put(cursor: LogCursor, begun: int) -> bool:
    """Return True if the call next hands its question to the client; if it already did, nothing else is recorded."""
    for record in cursor.still():
        if record.kind == e.FormPut.kind:
            return True
        if _goes_on(record) and not (record is cursor.own and begun == cursor.own_place):
            return record is not cursor.own
        if not comes_along(record) and record.kind != e.CallReceived.kind:
            return False
    return cursor.own is not None and cursor.own.kind == e.CallReceived.kind  # the client did not come back


def _goes_on(record: Recorded | None) -> bool:
    """Return True if the client went on with the call at this record."""
    return record is not None and record.kind == e.LogRead.kind and e.event_as(e.LogRead, record).again


def _said(cursor: LogCursor, question: Question | None) -> PersonSaid:
    """Return the person's answer through the client, as far as the call's events show it."""
    granted, rejected = cursor.ahead(e.ApprovalGranted), cursor.ahead(e.ApprovalRejected)
    if granted is not None and granted.channel == "elicitation":
        return PersonSaid(
            verdict="yes", question=question, approver=granted.approver, acknowledged=granted.acknowledged
        )
    if rejected is not None:
        return PersonSaid(verdict="no", question=question, approver=rejected.approver, reason=rejected.reason)
    closed, refused = cursor.ahead(e.FormClosed), cursor.ahead(e.CallRefused)
    if closed is not None:
        return PersonSaid(
            verdict=closed.verdict or "not_asked" if closed.how == "answered" else closed.how,
            question=question,
            approver=closed.approver,
            reason=closed.reason,
            acknowledged=closed.acknowledged,
            seconds=closed.seconds,
        )
    if refused is not None and refused.code == FORM_NOT_SHOWN.code:
        return PersonSaid(verdict="not_shown", question=question, seconds=0)
    return PersonSaid()
