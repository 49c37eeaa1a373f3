"""`flightrules respond`: a person alone with a terminal is led through a whole incident by questions.

Knows: which question each phase asks. Must not know: rules; each answer becomes the call that an agent would make.
"""

from __future__ import annotations

import argparse
from collections.abc import Awaitable, Callable
from typing import Any

from flightrules.account import account
from flightrules.cli import acting, finishing
from flightrules.cli.besides import besides
from flightrules.cli.calling import moment
from flightrules.cli.confirming import require_terminal
from flightrules.cli.interview import HELP, Left, needed, one_of, some_of, words, yes
from flightrules.cli.session import call_of, with_application
from flightrules.cli.showing import show
from flightrules.errors import FlightrulesError, Refused
from flightrules.service import observing, opening, otherwise
from flightrules.service.answers import Answer
from flightrules.service.application import Application
from flightrules.service.messages import updating
from flightrules.state import commands as c
from flightrules.state.commands.otherwise import How
from flightrules.state.fix import CHECKLIST, FixCheck
from flightrules.state.incident import Incident
from flightrules.state.status import status_of
from flightrules.state.vocabulary import ClosedAs, Impact, Path, Phase, Verdict

Asked = Callable[[Application, Incident, argparse.Namespace], Awaitable[Answer[Any] | None]]
"""Asks what a phase needs and does it; None where the person wants to be asked again."""


def respond(arguments: argparse.Namespace) -> int:
    """Lead through an incident of a target until it is closed, or the person leaves."""
    require_terminal("be asked", "an agent speaks MCP: flightrules serve")
    return with_application(arguments, lambda app: _led(app, arguments))


async def _led(app: Application, arguments: argparse.Namespace) -> int:
    app.incidents.managed(arguments.target)
    print(HELP)
    try:
        name = await _which(app, arguments.target)
        while (incident := await app.incidents.incident(name)).phase is not Phase.CLOSED:
            await _step(app, incident, arguments)
            await app.watching.once()  # messages go out and monitoring goes on, where no server runs on this night
    except Left:
        print(f"Left. Go on with: flightrules respond {arguments.target}")
        return 0
    finally:
        await app.watching.let_go()
    print(f"{name} is closed.")
    return 0


async def _step(app: Application, incident: Incident, arguments: argparse.Namespace) -> None:
    """Ask what the phase needs; what is refused is told, and asked again."""
    print()
    arguments.incident = incident.id
    await _update_due(app, incident)
    try:
        answer = await ASKS[incident.phase](app, incident, arguments)
    except FlightrulesError as why:
        print(f"It could not be done: {why}")
        answer = None
        if not yes("Try again?", default=True):
            raise Left from why
    if answer is not None:
        show(answer, steps=False)


async def _which(app: Application, target: str) -> str:
    """The open incident of the target that the person goes on with, or a new one."""
    for incident in reversed(await app.incidents.open_on(target)):
        print(f"{incident.id} is open on {target}: {incident.title}")
        if yes("Go on with it?", default=True):
            return incident.id
    while True:
        answer = await acting.open_incident(
            app,
            target,
            needed("What do users see, in one line"),
            detected_via=words("How was it noticed", default="a person"),
            onset_at=moment(words("When did it begin, 2026-01-31T09:00")),
        )
        show(answer, steps=False)
        if answer.ok:
            return answer.incident


async def _update_due(app: Application, incident: Incident) -> None:
    """Remind of the status update whose time is over."""
    budgets = status_of(incident, app.incidents.managed(incident.target).policy, app.incidents.clock.now()).budgets
    late = any(budget.name == "internal_update" and budget.left_s <= 0 for budget in budgets)
    if late and (text := words("A status update for the team is due. What do you tell them")):
        call = call_of("post_update", incident.id, {"text": text})
        show(await updating.post_update(app.incidents, call, c.PostUpdate(text=text)), steps=False)


ENDS = (
    ("close", "it is a false alarm or a duplicate: stand it down"),
    ("by_hand", "it was repaired by hand"),
    ("none", "it is over by itself"),
    ("else", "something else: take the page, tell people, set the pace, put times right"),
)
"""Choices that end an incident without a rollback and without a fix, and the choice that ends nothing."""


async def _assess(app: Application, incident: Incident, _arguments: argparse.Namespace) -> Answer[Any]:
    return await acting.assess(app, incident.id)


IMPACTS = [(impact, impact.replace("_", " ")) for impact in Impact]


async def _classify(app: Application, incident: Incident, _arguments: argparse.Namespace) -> Answer[Any] | None:
    what = [
        ("classify", "find the severity"),
        ("assess", "read production again"),
        *ENDS,
    ]
    chosen = one_of("What now?", what)
    if chosen == "assess":
        return await acting.assess(app, incident.id)
    if chosen in ENDING:
        return await ENDING[chosen](app, incident)
    impacts = some_of("What do users suffer? What the server saw counts anyway.", IMPACTS)
    return await acting.classify(
        app,
        incident.id,
        impacts=impacts,
        users_affected=words("How many users are affected"),
        business_impact=words("What does it cost the business"),
    )


async def _decide(app: Application, incident: Incident, _arguments: argparse.Namespace) -> Answer[Any] | None:
    what = [
        ("rules", "let the rules decide"),
        ("assess", "read production again"),
        ("person", "decide yourself, with a reason"),
        *ENDS,
    ]
    return await _decided(app, incident, one_of("What now?", what))


async def _decided(app: Application, incident: Incident, chosen: str) -> Answer[Any] | None:
    if chosen == "assess":
        return await acting.assess(app, incident.id)
    if chosen in ENDING:
        return await ENDING[chosen](app, incident)
    if chosen == "person":
        return await _by_person(app, incident)
    cause = words("What is the root cause, only if it is clearly understood")
    given: dict[str, object] = {"root_cause": cause}
    if cause and yes("Could it be fixed, instead of rolled back?"):
        given |= {
            "isolated": yes("Is it confined to a minor feature?"),
            "fix_safe": yes("Can it be fixed safely in under 15 minutes?"),
            "fix_minutes": _number(words("How many minutes would a fix take")),
            "rollback_more_disruptive": yes("Would a rollback be more disruptive?"),
            "reason": words("Why do these hold"),
        }
    return await acting.decide(app, incident.id, **given)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None


async def _by_person(app: Application, incident: Incident) -> Answer[Any]:
    path = one_of(
        "What is to be done?",
        [(Path.ROLLBACK, "roll back"), (Path.FIX, "fix"), (Path.INVESTIGATE, "investigate further")],
    )
    reason = needed("Why? The answer goes into the log and the report")
    call = call_of("decide", incident.id, {"path": path, "reason": reason, "given": "terminal"})
    return await opening.decide(app.incidents, call, c.DecideByPerson(path=path, reason=reason))


async def _act(app: Application, incident: Incident, arguments: argparse.Namespace) -> Answer[Any] | None:
    """The way that was decided, or another one."""
    ways = {
        Path.ROLLBACK: ("rollback", "roll back: a plan is made and shown, and nothing runs before you approved it"),
        Path.FIX: ("fix", "begin the fix"),
    }
    first = [ways[incident.path]] if incident.path in ways else []
    what = [
        *first,
        ("assess", "read production again"),
        ("person", "decide otherwise yourself, with a reason"),
        ("rules", "let the rules decide again"),
        *ENDS,
    ]
    chosen = one_of(f"Decided: {incident.path}. What now?", what)
    if chosen == "rollback":
        return await _roll_back(app, incident, arguments)
    if chosen == "fix":
        return await acting.fix(app, incident.id, "begin", checks=(), says=words("What is changed"))
    return await _decided(app, incident, chosen)


async def _roll_back(app: Application, _incident: Incident, arguments: argparse.Namespace) -> Answer[Any]:
    return await acting.rollback(app, arguments)


async def _fix(app: Application, incident: Incident, _arguments: argparse.Namespace) -> Answer[Any] | None:
    what = [
        ("deployed", "it is deployed"),
        ("test", "run the tests"),
        ("branch", "create its branch"),
        ("failed", "it failed"),
        ("abandoned", "give it up"),
        *ENDS[1:],
    ]
    chosen = one_of("How is the fix?", what)
    if chosen in ENDING:
        return await ENDING[chosen](app, incident)
    given = {"says": words("Say more")}
    checks: tuple[FixCheck, ...] = ()
    if chosen == "deployed":
        given |= {"reference": words("Its commit or pull request"), "deployment": words("How was it deployed")}
        shown = [(item, words(f"What shows that it {says}")) for item, says in CHECKLIST.items()]
        checks = tuple(FixCheck(item=item, evidence=evidence[:300]) for item, evidence in shown if evidence)
    return await acting.fix(app, incident.id, chosen, checks=checks, **given)


async def _verify(app: Application, incident: Incident, _arguments: argparse.Namespace) -> Answer[Any]:
    if incident.verdict is Verdict.INCONCLUSIVE:
        again = [("verify", "look again"), ("accept", "vouch yourself that production is restored")]
        if one_of("Nothing shows for certain that production is restored. What now?", again) == "accept":
            reason = needed("How do you know? The answer goes into the log and the report")
            call = call_of("accept", incident.id, {"reason": reason, "given": "terminal"})
            return await observing.accept(app.incidents, call, c.AcceptByPerson(reason=reason))
    reports: list[tuple[acting.UserReports, str]] = [
        ("unknown", "not known"),
        ("decreased", "fewer than before"),
        ("unchanged", "as many as before"),
    ]
    return await acting.verify(app, incident.id, one_of("Reports of users since then?", reports))


async def _stand_down(app: Application, incident: Incident) -> Answer[Any] | None:
    kinds: list[tuple[ClosedAs, str]] = [
        ("false_alarm", "a false alarm"),
        ("duplicate", "a duplicate"),
        ("handed_over", "handed over to others"),
        ("", "something else"),
    ]
    closed_as = one_of("What is it?", kinds)
    other = needed("Of which incident") if closed_as == "duplicate" else ""
    reason = needed("Why is it stood down? The answer goes into the log and the report")
    if not yes(f"Close {incident.id}?"):
        return None
    return await finishing.close(app, incident.id, reason, closed_as=closed_as, duplicate_of=other)


async def _mended(app: Application, incident: Incident, how: How) -> Answer[Any]:
    given = {
        "how": how,
        "says": needed("What was done" if how == "by_hand" else "What shows that it is over"),
        "who": words("Who did it", default=account()) if how == "by_hand" else "",
        "at": moment(words("When, 2026-01-31T09:00", default="now").removeprefix("now")),
    }
    call = acting.called("mitigated", incident.id, {**given, "given": "terminal"})
    return await otherwise.mitigate(app.incidents, call, c.Mitigate.model_validate(given))


async def _by_hand(app: Application, incident: Incident) -> Answer[Any]:
    return await _mended(app, incident, "by_hand")


async def _by_itself(app: Application, incident: Incident) -> Answer[Any]:
    return await _mended(app, incident, "none")


ENDING: dict[str, Callable[[Application, Incident], Awaitable[Answer[Any] | None]]] = {
    "close": _stand_down,
    "by_hand": _by_hand,
    "none": _by_itself,
    "else": besides,
}


async def _nothing(_app: Application, incident: Incident, _arguments: argparse.Namespace) -> Answer[Any]:
    raise Refused("out_of_order", f"{incident.id} is closed.", "Open another one.")


ASKS: dict[Phase, Asked] = {
    Phase.DETECTED: _assess,
    Phase.ASSESSED: _classify,
    Phase.CLASSIFIED: _decide,
    Phase.DECIDED: _act,
    Phase.INVESTIGATING: _decide,
    Phase.ROLLING_BACK: _roll_back,
    Phase.FIXING: _fix,
    Phase.VERIFYING: _verify,
    Phase.MONITORING: finishing.analyze,
    Phase.ANALYSED: finishing.report,
    Phase.DOCUMENTED: finishing.brief,
    Phase.REPORTED: finishing.end,
    Phase.CLOSED: _nothing,
}
