"""Messages made ready for senders: rendered from the log as it was when they became due, so that each try is the same.

Knows: which template a message takes. Must not know: who is told what (state), nor how anything is sent.
"""

from __future__ import annotations

from collections.abc import Sequence

from flightrules.errors import Defect
from flightrules.ports import OutboundMessage
from flightrules.service.invocation import ManagedTarget
from flightrules.state.events import PlannerBrief
from flightrules.state.fold import fold
from flightrules.state.log import Recorded
from flightrules.state.messages.due import Message, messages
from flightrules.state.messages.entry import Entry
from flightrules.state.report.summary import BriefData, planner_brief_data
from flightrules.state.report.whole import report_data
from flightrules.state.vocabulary import Audience
from flightrules.templates import render
from flightrules.templates.plain import public_update, status_update


def outbound(
    message: Message, records: Sequence[Recorded], managed: ManagedTarget, entry: Entry | None = None
) -> OutboundMessage:
    """The parcel of a message; `records` is the log of its incident, `entry` its place at the destination."""
    plain = _plain(message, records, managed)
    if entry is None or message.audience is Audience.EXTERNAL:
        return plain
    before = [f"Late: this is of {message.at:%H:%M} UTC, and newer news was already sent."] if entry.late else []
    after = _folded(entry)
    said = {
        name: "\n\n".join([*before, text, *after]).strip()
        for name, text in (("text", plain.text), ("plain", plain.plain))
        if text or name == "text"
    }
    return plain.model_copy(update=said)


MOST_FOLDED = 10
"""So many of the messages that were folded are named."""


def _folded(entry: Entry) -> list[str]:
    """Return what nobody got before, a line each."""
    if not entry.carries:
        return []
    more = len(entry.carries) - MOST_FOLDED
    lines = [f"- {one.at:%H:%M} UTC {one.title}" for one in entry.carries[-MOST_FOLDED:]]
    return ["\n".join(["Not delivered before this:", *([f"- {more} older ones"] if more > 0 else []), *lines])]


def _plain(message: Message, records: Sequence[Recorded], managed: ManagedTarget) -> OutboundMessage:
    plain = OutboundMessage(
        id=message.id,
        incident=message.incident,
        audience=message.audience,
        title=message.title,
        text=message.text,
        at=message.at,
        data=dict(message.data),
    )
    if message.update:
        said = {"text": render.status_update(message.update), "plain": status_update(message.update)}
        return plain.model_copy(update={**said, "markdown": True})
    if message.public:
        data = message.public.model_dump(mode="json")
        said = {"text": render.public_update(message.public), "plain": public_update(message.public)}
        return plain.model_copy(update={**said, "markdown": True, "data": data})
    if message.brief:
        brief = brief_data(records[: message.version], managed, message.brief)
        return plain.model_copy(
            update={
                "text": render.planner_brief(brief),
                "markdown": True,
                "data": brief.model_dump(mode="json"),
                "report": brief.report_path,
            }
        )
    return plain


def brief_data(records: Sequence[Recorded], managed: ManagedTarget, brief: PlannerBrief) -> BriefData:
    """The brief of the incident whose log this is."""
    incident = fold(records)
    if incident is None:
        raise Defect("a brief without an incident")
    whole = report_data(records, incident, managed.target, managed.policy)
    return planner_brief_data(whole, brief, report_path=incident.report_path or "")


def latest_brief(records: Sequence[Recorded], managed: ManagedTarget) -> BriefData | None:
    """Return what the planner was told last; None if it was told nothing."""
    told = [message for message in messages(records) if message.brief]
    if not told or told[-1].brief is None:
        return None
    return brief_data(records[: told[-1].version], managed, told[-1].brief)
