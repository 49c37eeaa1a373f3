"""Renders what people read from values of the core.

Knows: the templates beside it, and that every printed value is escaped unless a filter made it safe.
Must not know: where a document goes, or anything that is not in the value it is given.
"""

from __future__ import annotations

import functools
from datetime import datetime
from typing import TYPE_CHECKING, Any

from flightrules.state import migrations
from flightrules.state.messages.update import PublicUpdate, UpdateData
from flightrules.state.plan import Plan
from flightrules.state.report.summary import BriefData, CompletionData
from flightrules.state.report.whole import ReportData
from flightrules.state.words import CHANNEL_PROVES, moment, short
from flightrules.templates import markdown
from flightrules.templates.review import blocks, checks, edits, releases

if TYPE_CHECKING:
    from jinja2 import Environment


def incident_report(data: ReportData) -> str:
    """The incident report as Markdown."""
    return _render("incident-report.md.j2", data=data)


def completion_summary(data: CompletionData) -> str:
    """The completion summary in the protocol's output format."""
    return _render("completion-summary.md.j2", data=data)


def planner_brief(data: BriefData) -> str:
    """The brief for the planner as Markdown."""
    return _render("planner-brief.md.j2", data=data)


def status_update(data: UpdateData) -> str:
    """A status update as Markdown."""
    return _render("status-update.md.j2", data=data)


def public_update(update: PublicUpdate) -> str:
    """An update for the public as Markdown: of nothing but public fields."""
    return _render("public-update.md.j2", update=update)


def approval_review(plan: Plan) -> str:
    """Return the text that a person is shown before approving a plan; it depends on the plan alone."""
    return _render(
        "approval-review.md.j2",
        plan=plan,
        data=data_words(plan),
        from_release=short(plan.from_release),
        to_release=short(plan.to_release),
        releases=releases(plan),
        seen="\n".join(plan.seen),
        edits=edits(plan),
        blocks=blocks(plan),
        checks=checks(plan),
        channels=CHANNEL_PROVES,
    )


def data_words(plan: Plan) -> str:
    """Return what is known of data that changed between the releases, in words."""
    if any(point.startswith("data:") for point in plan.acknowledge):
        return "see what you acknowledge"
    return migrations.data_words(plan.hosts[0].survey.migrations)


def _render(template: str, **values: Any) -> str:  # noqa: ANN401 - what a template prints
    return _environment().get_template(template).render(**values)


@functools.cache
def _environment() -> Environment:
    """The environment, made at the first document: importing Jinja takes a tenth of a second."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    class Attributes(Environment):
        """Reads attributes and never items: a name that a value does not have is an error at once."""

        getattr = staticmethod(getattr)  # type: ignore[assignment]

    environment = Attributes(
        loader=PackageLoader("flightrules", "templates"),
        undefined=StrictUndefined,
        autoescape=False,  # Markdown; `finalize` escapes whatever no filter made safe
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_finalize,
        auto_reload=False,  # a package's templates do not change under it
    )
    environment.filters |= {
        "block": markdown.block,
        "code": markdown.code,
        "fence": markdown.fence,
        "refs": markdown.refs,
        "moment": _moment,
        "number": markdown.number,
    }
    return environment


def _moment(at: datetime) -> markdown.Safe:
    """A moment: digits, dashes and colons, of which nothing needs an escape where a line does not begin with it."""
    return markdown.Safe(moment(at))


def _finalize(value: object) -> str:
    return value if type(value) is markdown.Safe else markdown.known_line(str(value))
