"""A person at a terminal, as tests have one act: each method is a command of docs/commands.md.

Knows: which command a person's words become. Must not know: rules, or how a terminal looks.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from anyio.from_thread import BlockingPortal
from pydantic import JsonValue

from flightrules.service import observing, opening, otherwise
from flightrules.service.answers import Answer
from flightrules.service.application import Application
from flightrules.service.approval import typed
from flightrules.service.incident_service import IncidentService
from flightrules.service.invocation import Call
from flightrules.service.messages import updating
from flightrules.state import commands as c
from flightrules.state.log import Actor
from flightrules.state.vocabulary import ActorKind

AnyCommand = TypeVar("AnyCommand", bound=c.Command)
Plain = dict[str, Any]
"""The structured answer, as a tool gives it; of a refusal too."""


class Person:
    """A person with an account. Times are ISO 8601 text."""

    def __init__(self, name: str, portal: BlockingPortal, app: Application) -> None:
        self.name = name
        self._portal = portal
        self._app = app

    def approve(self, incident: str, *, acknowledge: bool = True) -> Plain:
        """Read the plan that waits, and type its digest."""

        async def typing() -> Answer[Any]:
            plan = (await self._app.incidents.incident(incident)).plan
            digest = plan.short if plan else ""
            call = self._call("approve", incident, digest=digest, acknowledged=acknowledge)
            return await typed.approve(
                self._app.incidents, call, approver=self.name, digest=digest, acknowledged=acknowledge
            )

        return self._done(typing)

    def reject(self, incident: str, reason: str) -> Plain:
        """Reject the plan that waits."""
        call = self._call("reject", incident, reason=reason)
        return self._done(lambda: typed.reject(self._app.incidents, call, approver=self.name, reason=reason))

    def decide(  # noqa: PLR0913 - the options of the command
        self,
        incident: str,
        path: str,
        reason: str,
        *,
        to: str = "",
        without: Sequence[str] = (),
        fix_minutes: int | None = None,
    ) -> Plain:
        """Decide for `rollback`, `fix` or `investigate`, whatever the rules say."""
        given = _given(path=path, reason=reason, without=list(without), fix_minutes=fix_minutes)
        command = c.DecideByPerson.model_validate({**given, "release": to or None})
        return self._act("decide", incident, command, opening.decide, **given, **_given(to=to))

    def classify(self, incident: str, severity: str, reason: str, *, impacts: Sequence[str] = ()) -> Plain:
        """Set a severity, below the floor of the rules too."""
        given = _given(severity=severity, reason=reason, impacts=list(impacts))
        return self._act("classify", incident, c.Classify.model_validate(given), opening.classify, **given)

    def accept(self, incident: str, reason: str) -> Plain:
        """Vouch that production is restored where no probe can show it."""
        return self._act("accept", incident, c.AcceptByPerson(reason=reason), observing.accept, reason=reason)

    def mitigated(self, incident: str, how: str, says: str = "", *, who: str = "", at: str = "") -> Plain:
        """Record that it was mended `by_hand`, or with `none` that it is over by itself."""
        given = _given(how=how, says=says, who=who, at=at)
        return self._act("mitigated", incident, c.Mitigate.model_validate(given), otherwise.mitigate, **given)

    def pace(
        self, incident: str, reason: str, *, fix_minutes: int | None = None, update_minutes: int | None = None
    ) -> Plain:
        """Set how long the fix may take, and how often people are told."""
        given = _given(reason=reason, fix_minutes=fix_minutes, update_minutes=update_minutes)
        return self._act("pace", incident, c.SetPace.model_validate(given), otherwise.pace, **given)

    def correct(
        self, incident: str, reason: str, *, onset_at: str = "", detected_at: str = "", ended_at: str = ""
    ) -> Plain:
        """Put onset, detection or end right."""
        given = _given(reason=reason, onset_at=onset_at, detected_at=detected_at, ended_at=ended_at)
        return self._act("correct", incident, c.CorrectTimes.model_validate(given), otherwise.correct, **given)

    def ack(self, incident: str) -> Plain:
        """Take what was paged: it is not sent again."""
        return self._act("ack", incident, c.Acknowledge(), otherwise.acknowledge)

    def close(self, incident: str, reason: str = "", *, closed_as: str = "", duplicate_of: str = "") -> Plain:
        """Close an incident, or stand it down with a reason."""
        given = _given(reason=reason, closed_as=closed_as, duplicate_of=duplicate_of)
        return self._act("close", incident, c.Close.model_validate(given), opening.close, **given)

    def approve_update(self, incident: str, update: str) -> Plain:
        """Let an update out to the public."""
        command = c.ApproveUpdate(update=update, approver=self.name)
        given: dict[str, JsonValue] = {"action": "approve", "update": update}
        return self._act("update", incident, command, updating.approve_update, **given)

    def reject_update(self, incident: str, update: str, reason: str) -> Plain:
        """Keep an update from the public."""
        command = c.RejectUpdate(update=update, approver=self.name, reason=reason)
        given: dict[str, JsonValue] = {"action": "reject", "update": update, "reason": reason}
        return self._act("update", incident, command, updating.reject_update, **given)

    def _act(
        self,
        tool: str,
        incident: str,
        command: AnyCommand,
        work: Callable[[IncidentService, Call, AnyCommand], Awaitable[Answer[Any]]],
        **given: JsonValue,
    ) -> Plain:
        call = self._call(tool, incident, **given)
        return self._done(lambda: work(self._app.incidents, call, command))

    def _call(self, tool: str, incident: str, **given: JsonValue) -> Call:
        actor = Actor(kind=ActorKind.PERSON, name=self.name, face="cli")
        return Call(tool=tool, arguments=given, actor=actor, incident=incident, account=self.name)

    def _done(self, work: Callable[[], Awaitable[Answer[Any]]]) -> Plain:
        async def plain() -> Plain:
            return (await work()).plain()

        return self._portal.call(plain)


def _given(**arguments: JsonValue) -> dict[str, JsonValue]:
    """The arguments that were given."""
    return {name: value for name, value in arguments.items() if value not in (None, "", [])}
