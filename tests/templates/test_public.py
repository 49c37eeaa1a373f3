"""The status page and its feeds: well-formed, accessible, without script, and safe with any text."""

from __future__ import annotations

import json
from datetime import timedelta
from html.parser import HTMLParser
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest

from flightrules.state.messages.public import PublicView, public_view
from flightrules.state.messages.update import PublicUpdate
from flightrules.templates import public
from tests.state.core import NOON

ATOM = {"a": "http://www.w3.org/2005/Atom"}
HOSTILE = "<script>alert(1)</script> & \"quoted\" ]]> 'single'"


def update(text: str = "We look into it.", **changes: object) -> PublicUpdate:
    fields = {
        "incident": "INC-1",
        "component": "Search",
        "status": "Investigating",
        "impact": "It is not available.",
        "started_at": NOON,
        "at": NOON + timedelta(minutes=1),
        "text": text,
    }
    return PublicUpdate.model_validate(fields | changes)


def view(*updates: PublicUpdate, url: str = "https://status.example", title: str = "Acme status") -> PublicView:
    return public_view([updates], ["Search", "Shop"], NOON + timedelta(hours=1), title=title, url=url)


class Page(HTMLParser):
    """Parser that finds what a browser would find, as far as it is tested."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.named: list[str] = []
        self.language = ""
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        found = dict(attrs)
        self.ids += [found["id"] or ""] if "id" in found else []
        self.named += [found["aria-labelledby"] or ""] if "aria-labelledby" in found else []
        self.language = self.language or (found.get("lang") or "")

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.requirement("COM-status-page")
@pytest.mark.parametrize("url", ["", "https://status.example/"])
def test_the_page_has_landmarks_headings_in_order_a_language_and_no_script(url: str) -> None:
    page = Page(public.page(view(update(), update(HOSTILE, status="Identified"), url=url)))
    assert page.language == "en"
    assert {"header", "main", "footer", "title", "h1"} <= set(page.tags)
    assert page.tags.count("h1") == 1
    headings = [int(tag[1]) for tag in page.tags if tag in {"h1", "h2", "h3"}]
    assert all(after - before <= 1 for before, after in pairwise(headings))
    assert "script" not in page.tags
    assert not [tag for tag in page.tags if tag in {"img", "iframe", "object", "form"}]
    assert len(page.ids) == len(set(page.ids))
    assert set(page.named) <= set(page.ids)
    assert HOSTILE in page.text


def test_the_page_follows_the_readers_choice_of_dark_or_light_and_loads_nothing() -> None:
    text = public.page(view(update()))
    assert "prefers-color-scheme: dark" in text
    assert "default-src 'none'" in text
    assert "http" not in text.replace("http-equiv", "")


def test_an_incident_that_is_over_and_one_that_is_not_are_told_apart() -> None:
    still = Page(public.page(view(update())))
    over = Page(public.page(view(update(), update("Solved.", status="Resolved", at=NOON + timedelta(minutes=9)))))
    assert "There is a problem" in still.text
    assert "Under way" in still.text
    assert "No known problem." in over.text
    assert "Solved in the last 14 days" in over.text


@pytest.mark.requirement("COM-status-page")
def test_the_json_feed_is_one_of_version_1_1_newest_first() -> None:
    later = update(HOSTILE, status="Identified", at=NOON + timedelta(minutes=9))
    feed = json.loads(public.json_feed(view(update(), later)))
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["feed_url"] == "https://status.example/feed.json"
    assert [item["id"] for item in feed["items"]] == ["tag:flightrules,2026:INC-1:2", "tag:flightrules,2026:INC-1:1"]
    assert HOSTILE in feed["items"][0]["content_text"]
    assert feed["items"][0]["url"] == "https://status.example/#INC-1"
    assert feed["items"][1]["date_published"] == "2026-01-05T12:01:00Z"


@pytest.mark.requirement("COM-status-page")
def test_the_atom_feed_is_well_formed_and_has_what_atom_asks_for() -> None:
    later = update(HOSTILE, status="Identified", at=NOON + timedelta(minutes=9))
    root = ET.fromstring(public.atom_feed(view(update(), later)))  # noqa: S314 - our own words
    for name in ("id", "title", "updated", "author/a:name"):
        assert root.find(f"a:{name}", ATOM) is not None
    assert root.findtext("a:updated", namespaces=ATOM) == "2026-01-05T12:09:00Z"
    entries = root.findall("a:entry", ATOM)
    assert [entry.findtext("a:id", namespaces=ATOM) for entry in entries] == [
        "tag:flightrules,2026:INC-1:2",
        "tag:flightrules,2026:INC-1:1",
    ]
    assert HOSTILE in str(entries[0].findtext("a:content", namespaces=ATOM))


def test_without_an_address_the_feeds_have_no_links_and_an_empty_page_is_whole() -> None:
    empty = public_view([], ["Search"], NOON, title="Status", url="")
    assert json.loads(public.json_feed(empty))["items"] == []
    root = ET.fromstring(public.atom_feed(empty))  # noqa: S314 - our own words
    assert root.findall("a:link", ATOM) == []
    assert "No known problem." in Page(public.page(empty)).text
