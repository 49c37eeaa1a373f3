"""Decisions, plans, and what people said of them.

Knows: the sentences of these events. Must not know: the order of entries, who acted, or anything beyond the event
and what `Walk` remembers.
"""

from __future__ import annotations

from collections.abc import Iterable

from flightrules.state import events as e
from flightrules.state.approvers import proves
from flightrules.state.sentences.base import Line, Table, Walk, cut
from flightrules.state.vocabulary import Path
from flightrules.state.words import counted, listed, short, span


def _decided(_walk: Walk, event: e.PathDecided) -> Iterable[Line]:
    path = "a person must decide" if event.path is Path.PERSON else str(event.path)
    to = f" to {short(event.release.release)} ({event.release.why})" if event.release else ""
    by = "by the rules" if event.by == "rules" else "by a person"
    warnings = f" Warnings: {' '.join(event.warnings)}" if event.warnings else ""
    yield Line(f"Decided {by}: {path}{to}. Reason: {cut(event.reason).rstrip('.')}.{warnings}")


SKEWED_S = 30
"""From so many seconds on the clock of a host is told to differ."""


def _proposed(_walk: Walk, event: e.PlanProposed) -> Iterable[Line]:
    plan = event.plan
    hosts = listed([host.host for host in plan.hosts])
    away = f"from {short(plan.from_release)} to {short(plan.to_release)}"
    points = f"; {counted(len(plan.acknowledge), 'point')} to acknowledge" if plan.acknowledge else ""
    yield Line(f"Rollback plan {plan.id} proposed: {away} on {hosts}; digest {event.review[:8]}{points}")
    for host in plan.hosts:
        if abs(skew := host.survey.clock_skew_s) >= SKEWED_S:
            how = "ahead of" if skew > 0 else "behind"
            text = f"The clock of {host.host} is {span(abs(skew))} {how} the server's: times in its logs do not compare"
            yield Line(text, actor="seen in production")


def _dropped(_walk: Walk, event: e.PlanDropped) -> Iterable[Line]:
    yield Line(f"Rollback plan {event.plan} is void: {cut(event.why)}")


def _approved(_walk: Walk, event: e.ApprovalGranted) -> Iterable[Line]:
    extra = ", points acknowledged" if event.acknowledged else ""
    extra += f" in advance ({event.standing})" if event.standing else ""
    shown = proves(event)
    yield Line(f"Plan {event.plan} approved by {event.approver}{extra}; channel {event.channel} proves: {shown}")


def _rejected(_walk: Walk, event: e.ApprovalRejected) -> Iterable[Line]:
    yield Line(f"Plan {event.plan} rejected by {event.approver} through {event.channel}: {cut(event.reason)}")


def _form_put(_walk: Walk, event: e.FormPut) -> Iterable[Line]:
    yield Line(f"Plan {event.plan} handed to the client {event.client} to ask about")


def _form_closed(_walk: Walk, event: e.FormClosed) -> Iterable[Line]:
    if event.how == "answered":
        yield Line(f"The client {event.client} answered about plan {event.plan}, and the answer does not count")
        return
    said = {
        "declined": f"The client {event.client} declined",
        "unanswered": f"The client {event.client} did not answer for {round(event.seconds)} s",
        "not_shown": f"The client {event.client} answered with something else than the form asks for",
    }[event.how]
    more = "; it is asked by form no more" if event.last else ""
    yield Line(f"{said}; nobody may have been asked about plan {event.plan}, which still waits{more}")


SAYS: Table = {
    e.PathDecided: _decided,
    e.PlanProposed: _proposed,
    e.PlanDropped: _dropped,
    e.ApprovalGranted: _approved,
    e.ApprovalRejected: _rejected,
    e.FormPut: _form_put,
    e.FormClosed: _form_closed,
}
