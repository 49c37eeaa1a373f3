"""Updates as plain text, for receivers that show text as it stands.

Knows: the protocol's template without its markup. Must not know: which receiver has it, or what calls people there.
"""

from __future__ import annotations

from flightrules.state.messages.update import PublicUpdate, UpdateData
from flightrules.state.untrusted import clean, one_line
from flightrules.state.words import moment

LINE_BYTES = 4_000
TEXT_BYTES = 8_000


def status_update(data: UpdateData) -> str:
    """An update for those who work on the incident."""
    return f"""Incident Update - {data.incident}

Status: {data.status}
Started: {data.started}
Impact: {one_line(data.impact, LINE_BYTES)}

Latest Update: {data.latest}
{clean(data.text, TEXT_BYTES).strip()}

Next update: {data.next}"""


def public_update(update: PublicUpdate) -> str:
    """An update for the public."""
    return f"""{one_line(update.component, LINE_BYTES)}: {update.status}

{clean(update.text, TEXT_BYTES).strip()}

Impact: {one_line(update.impact, LINE_BYTES)}
Started: {moment(update.started_at)}
Latest Update: {moment(update.at)}
Reference: {update.incident}"""
