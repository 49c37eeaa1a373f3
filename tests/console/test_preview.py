"""Previews of documents: nothing in them runs, loads or leaves the list of elements."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flightrules.console.pages.preview import ATTRIBUTES, TAGS, as_html

HOSTILE = (
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    "[here](javascript:alert(1))",
    "![pixel](https://evil.example/p.png)",
    '<a href="https://x" style="position:fixed">x</a>',
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    '<svg><script href="data:,alert(1)"/></svg>',
    "<details open ontoggle=alert(1)>",
)


class Seen(HTMLParser):
    """Collect elements and attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, list[tuple[str, str | None]]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, attrs))


def looked_through(html: str) -> None:
    seen = Seen()
    seen.feed(html)
    for tag, attributes in seen.found:
        assert tag in TAGS
        for name, value in attributes:
            assert name in ATTRIBUTES.get(tag, set()) | {"rel"}
            assert name != "href" or (value or "").startswith(("https://", "http://", "#", "/"))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_becomes_text(text: str) -> None:
    looked_through(as_html(f"# Report\n\n{text}\n\n- {text}\n"))


@given(st.text(alphabet=st.sampled_from("<>\"'=/ ()[]!#`\n\tabhrefsciptjv:-_|&;"), max_size=200))
def test_any_text_stays_on_the_list(text: str) -> None:
    html = as_html(text)
    assert "<script" not in html.casefold()
    assert "javascript:" not in html.casefold() or "<a" not in html.casefold()


def test_a_table_and_a_list_of_the_report_are_shown_as_such() -> None:
    html = as_html("| a | b |\n| --- | --- |\n| 1 | 2 |\n\n- one\n")
    assert "<table>" in html
    assert "<li>one</li>" in html
