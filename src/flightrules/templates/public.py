"""Renders the public status page and its feeds from a view that holds public fields alone.

Knows: HTML, JSON Feed 1.1 and Atom (RFC 4287). Must not know: incidents beyond that view.
"""

from __future__ import annotations

import functools
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from flightrules.state.messages.public import PublicIncident, PublicView
from flightrules.state.messages.update import PublicUpdate
from flightrules.state.words import moment

if TYPE_CHECKING:
    from jinja2 import Environment

ATOM = "http://www.w3.org/2005/Atom"


def page(view: PublicView) -> str:
    """The page as HTML without a script."""
    return _environment().get_template("status-page.html.j2").render(view=view)


@functools.cache
def _environment() -> Environment:
    """Another environment than the one for Markdown: this one escapes for HTML."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("flightrules", "templates"),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"moment": moment, "stamp": stamp}
    return environment


def stamp(at: datetime) -> str:
    """A moment as RFC 3339 has it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def json_feed(view: PublicView) -> str:
    """JSON Feed 1.1, newest first."""
    feed: dict[str, object] = {"version": "https://jsonfeed.org/version/1.1", "title": view.title}
    if view.url:
        feed |= {"home_page_url": view.url, "feed_url": f"{view.url.rstrip('/')}/feed.json"}
    items = [_item(view, incident, update, number) for incident, update, number in _entries(view)]
    return json.dumps({**feed, "items": items}, ensure_ascii=False, indent=1) + "\n"


def _item(view: PublicView, incident: PublicIncident, update: PublicUpdate, number: int) -> dict[str, object]:
    item: dict[str, object] = {
        "id": _id(incident, number),
        "title": _title(update),
        "content_text": _content(update),
        "date_published": stamp(update.at),
        "tags": [update.component, update.status],
    }
    return {**item, "url": _link(view, incident)} if view.url else item


def atom_feed(view: PublicView) -> str:
    """Atom, newest first."""
    ET.register_namespace("", ATOM)
    feed = ET.Element(f"{{{ATOM}}}feed")
    entries = _entries(view)
    newest = max((update.at for _, update, _ in entries), default=view.at)
    _add(feed, "id", view.url or "tag:flightrules,2026:status")
    _add(feed, "title", view.title)
    _add(feed, "updated", stamp(newest))
    _add(_add(feed, "author"), "name", view.title)
    if view.url:
        _add(feed, "link", href=view.url)
        _add(feed, "link", rel="self", href=f"{view.url.rstrip('/')}/feed.atom")
    for incident, update, number in entries:
        entry = _add(feed, "entry")
        _add(entry, "id", _id(incident, number))
        _add(entry, "title", _title(update))
        _add(entry, "updated", stamp(update.at))
        _add(entry, "content", _content(update), type="text")
        if view.url:
            _add(entry, "link", href=_link(view, incident))
    ET.indent(feed)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(feed, encoding="unicode")}\n'


def _add(parent: ET.Element, name: str, text: str = "", **attributes: str) -> ET.Element:
    child = ET.SubElement(parent, f"{{{ATOM}}}{name}", attributes)
    if text:
        child.text = text
    return child


def _entries(view: PublicView) -> list[tuple[PublicIncident, PublicUpdate, int]]:
    """Every update with its number in its incident, newest first."""
    found = [
        (incident, update, len(incident.updates) - place)
        for incident in view.all
        for place, update in enumerate(incident.updates)
    ]
    return sorted(found, key=lambda entry: (entry[1].at, entry[2]), reverse=True)


def _id(incident: PublicIncident, number: int) -> str:
    return f"tag:flightrules,2026:{incident.incident}:{number}"


def _link(view: PublicView, incident: PublicIncident) -> str:
    return f"{view.url.rstrip('/')}/#{incident.incident}"


def _title(update: PublicUpdate) -> str:
    return f"{update.component}: {update.status}"


def _content(update: PublicUpdate) -> str:
    return f"{update.text}\n\nImpact: {update.impact}\nStarted: {moment(update.started_at)}"
