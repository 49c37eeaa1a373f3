"""The pages that people read: board, incident, evidence, report, history, status page, and what keeps them live.

Knows: addresses and their parameters. Must not know: rules, or how a page looks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response, StreamingResponse

from flightrules.console.pages import evidence as pieces
from flightrules.console.pages.board import Board, board, target_seen
from flightrules.console.pages.course import Course
from flightrules.console.pages.history import Wanted, history
from flightrules.console.pages.incident import Asked, incident_view
from flightrules.console.pages.memory import Memory
from flightrules.console.pages.preview import as_html
from flightrules.console.pages.strip import Strip, strip
from flightrules.console.pages.told import told_in_public
from flightrules.errors import FlightrulesError, Refused
from flightrules.service.observing import observations_of
from flightrules.service.overview import overview
from flightrules.state.messages.public import PublicView, public_view
from flightrules.state.vocabulary import Phase
from flightrules.templates import public
from flightrules.templates.render import incident_report

if TYPE_CHECKING:
    from flightrules.console.visit import Visit

MOST_FOUND = 500
"""Incidents that a search finds at most."""
STATUS_TITLE = "Status"


def memory(visit: Visit) -> Memory:
    """Return what the pages of this process keep of the log."""
    kept: Memory = visit.request.app.state.memory
    return kept


async def show_board(visit: Visit) -> Response:
    """Show what waits, what is under way and the targets; `?wall` for a screen on a wall."""
    return visit.page(
        "board.html.j2", board=await _board(visit), wall="wall" in visit.request.query_params, now=visit.now
    )


async def _board(visit: Visit) -> Board:
    incidents, now = visit.app.incidents, visit.now
    strips: list[Strip] = []
    unreadable: list[str] = []
    for name in await incidents.store.streams("INC-"):
        try:
            incident = await incidents.known(name)
        except FlightrulesError:
            unreadable.append(name)
            continue
        if incident.phase is not Phase.CLOSED and incident.target in incidents.managed_targets:
            strips.append(strip(incident, overview(incidents, incident), now))
    targets = [
        target_seen(name, await observations_of(incidents, name), [one for one in strips if one.target == name], now)
        for name in sorted(incidents.managed_targets)
    ]
    return board(strips, targets, unreadable)


async def show_incident(visit: Visit) -> Response:
    """Show one incident on one page."""
    course = await memory(visit).courses.course(visit.part("incident"))
    incidents, incident, query = visit.app.incidents, course.incident, visit.request.query_params
    view = incident_view(
        course,
        overview(incidents, incident),
        public=told_in_public(course.log, incident.id),
        hosts=tuple(host.name for host in incidents.managed(incident.target).target.hosts),
        now=visit.now,
        asked=Asked(
            until=_number(query.get("until")),
            decisions="decisions" in query,
            at=_number(query.get("at")) or 0,
            evidence_until=_number(query.get("evidence")),
        ),
    )
    return visit.page("incident.html.j2", view=view)


def _number(text: str | None) -> int | None:
    """Return a number from an address; None for anything else."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 9 else None  # noqa: PLR2004 - no log is so long


async def show_event(visit: Visit) -> Response:
    """Show one event whole."""
    course = await memory(visit).courses.course(visit.part("incident"))
    return _whole(visit, course, _number(visit.part("number")) or 0)


async def show_evidence(visit: Visit) -> Response:
    """Show one piece of evidence whole."""
    course = await memory(visit).courses.course(visit.part("incident"))
    return _whole(visit, course, pieces.evidence_number(course.log, visit.part("evidence")))


def _whole(visit: Visit, course: Course, number: int) -> Response:
    if not 0 < number <= len(course.records):
        raise Refused("unknown_incident", f"{course.incident.id} has no such event or evidence.", "See the incident.")
    event = course.log.events[number - 1][1]
    return visit.page("event.html.j2", whole=pieces.whole(course.records[number - 1], event), incident=course.incident)


async def show_report(visit: Visit) -> Response:
    """Show the report so far, as it would be written now."""
    courses = memory(visit).courses
    course = await courses.course(visit.part("incident"))
    data = await courses.report(course)
    return visit.page(
        "report.html.j2", incident=course.incident, missing=data.missing, html=as_html(incident_report(data))
    )


async def show_history(visit: Visit) -> Response:
    """Show past incidents: search, filters, and what all of them show together."""
    query = visit.request.query_params
    wanted = Wanted(
        query=query.get("q", "").strip()[:200],
        target=query.get("target", ""),
        severity=query.get("severity", ""),
        state=query.get("state", "") if query.get("state") in ("open", "closed") else "",
        page=_number(query.get("page")) or 1,
    )
    every, unreadable = await memory(visit).every()
    hits = await visit.app.incidents.store.search(wanted.query, limit=MOST_FOUND) if wanted.query else None
    found = history([one.line for one in every], wanted, hits)
    return visit.page("history.html.j2", history=found, unreadable=unreadable)


async def show_status(visit: Visit) -> Response:
    """Show what the public reads."""
    return visit.page("status.html.j2", view=await _public(visit))


async def status_feed(visit: Visit) -> Response:
    """Answer with the feed of the status page."""
    view = await _public(visit)
    if visit.request.url.path.endswith(".json"):
        return Response(public.json_feed(view), media_type="application/feed+json")
    return Response(public.atom_feed(view), media_type="application/atom+xml")


async def _public(visit: Visit) -> PublicView:
    incidents = visit.app.incidents
    every, _ = await memory(visit).every()
    components = [managed.policy.communication.component for managed in incidents.managed_targets.values()]
    said = [one.public for one in every]
    return public_view(said, components, visit.now, title=STATUS_TITLE, url=f"{visit.terms.origin}/status")


async def live(visit: Visit) -> Response:
    """Answer with a stream that says when the page has news."""
    streams = visit.terms.streams
    stream = streams.open(visit.name, visit.request.query_params.get("incident", ""))
    headers = {"x-accel-buffering": "no", "cache-control": "no-store"}
    return StreamingResponse(streams.follow(stream), media_type="text/event-stream", headers=headers)
