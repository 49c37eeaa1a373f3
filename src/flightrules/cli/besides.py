"""Commands beside the next step: take a page, tell people, answer an update, set the pace, correct times.

Knows: what each of them asks. Must not know: rules.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from pydantic import JsonValue

from flightrules.account import account
from flightrules.cli.interview import needed, one_of, words, yes
from flightrules.cli.otherwise import moment_of
from flightrules.cli.session import call_of
from flightrules.cli.spans import minutes_of
from flightrules.service import otherwise
from flightrules.service.answers import Answer
from flightrules.service.application import Application
from flightrules.service.messages import updating
from flightrules.state import commands as c
from flightrules.state.incident import Incident

Besides = Callable[[Application, Incident], Awaitable[Answer[Any] | None]]


async def besides(app: Application, incident: Incident) -> Answer[Any] | None:
    """Ask what else, and do it; the incident stands where it stood."""
    what = [(name, says) for name, (says, _) in WAYS.items()]
    return await WAYS[one_of("What else?", what)][1](app, incident)


async def _take(app: Application, incident: Incident) -> Answer[Any]:
    call = call_of("ack", incident.id, {"says": "", "given": "terminal"})
    return await otherwise.acknowledge(app.incidents, call, c.Acknowledge())


async def _tell_team(app: Application, incident: Incident) -> Answer[Any]:
    text = needed("What do you tell the team")
    call = call_of("post_update", incident.id, {"text": text})
    return await updating.post_update(app.incidents, call, c.PostUpdate(text=text))


async def _tell_public(app: Application, incident: Incident) -> Answer[Any] | None:
    text = needed("What does the public read")
    _warn_of_names(app, incident, text)
    if not yes("Let everybody read exactly this?"):
        return None
    given: dict[str, JsonValue] = {"action": "post", "text": text, "external": True, "given": "terminal"}
    call = call_of("update", incident.id, given)
    return await updating.post_update(app.incidents, call, c.PostUpdate(text=text, external=True))


def _warn_of_names(app: Application, incident: Incident, text: str) -> None:
    if names := updating.meaning_names(app.incidents, incident, text).strip():
        print(f"{names} Publish it only if customers read it as an ordinary word.")


async def _answer_update(app: Application, incident: Incident) -> Answer[Any] | None:
    if not incident.held:
        print("No update waits.")
        return None
    held = one_of("Which one?", [(one, f"{one.id} {one.status}: {one.text} {one.impact}") for one in incident.held])
    _warn_of_names(app, incident, held.text)
    if yes("Let everybody read exactly this?"):
        call = call_of("update", incident.id, {"action": "approve", "update": held.id, "given": "terminal"})
        return await updating.approve_update(app.incidents, call, c.ApproveUpdate(update=held.id, approver=account()))
    reason = needed("Why is it kept back")
    call = call_of("update", incident.id, {"action": "reject", "update": held.id, "reason": reason})
    no = c.RejectUpdate(update=held.id, approver=account(), reason=reason)
    return await updating.reject_update(app.incidents, call, no)


async def _set_pace(app: Application, incident: Incident) -> Answer[Any]:
    given: dict[str, JsonValue] = {
        "fix_minutes": minutes_of("--fix", words("How long may the fix take, as in 4h")),
        "update_minutes": minutes_of("--updates", words("Cadence of updates, for example 60m")),
    }
    reason = needed("Why? The answer goes into the log and the report")
    call = call_of("pace", incident.id, {**given, "reason": reason, "given": "terminal"})
    return await otherwise.pace(app.incidents, call, c.SetPace.model_validate({**given, "reason": reason}))


async def _correct(app: Application, incident: Incident) -> Answer[Any]:
    asked = {
        "onset_at": "When did it begin, 2026-01-31T09:00Z",
        "detected_at": "When was it noticed",
        "ended_at": "When were users well again",
    }
    stated = {name: words(question) for name, question in asked.items()}
    times = {name: moment_of(name, text) for name, text in stated.items()}
    reason = needed("How do you know? The answer goes into the log and the report")
    given: dict[str, JsonValue] = {name: text or None for name, text in stated.items()}
    call = call_of("correct", incident.id, {**given, "reason": reason, "given": "terminal"})
    return await otherwise.correct(app.incidents, call, c.CorrectTimes.model_validate({**times, "reason": reason}))


WAYS: dict[str, tuple[str, Besides]] = {
    "ack": ("acknowledge the page: nobody is paged again for the same", _take),
    "team": ("send the team an update", _tell_team),
    "public": ("tell the public, in your own words", _tell_public),
    "held": ("answer an update that waits for you", _answer_update),
    "pace": ("set the time for the fix, or the cadence of updates", _set_pace),
    "correct": ("put the times right: onset, detection, end", _correct),
}
