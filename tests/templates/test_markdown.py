from __future__ import annotations

import html
import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flightrules.state.redaction import MASK, cast_also
from flightrules.state.untrusted import clean, one_line
from flightrules.templates.markdown import block, code, fence, line, refs

HOSTILE = (
    "# heading",
    "Title\n# heading",
    "- item",
    "1. item",
    "> quote",
    "---",
    "===",
    "***",
    "```\ncode",
    "~~~",
    "<script>alert(1)</script>",
    "<!-- hidden",
    "&lt;b&gt; &#60;",
    "[text](https://evil.example/x)",
    "![pixel](https://evil.example/p.png)",
    "[a]: https://evil.example",
    "<https://evil.example>",
    "https://evil.example/a?b=c",
    "see www.evil.example now",
    "javascript:alert(1)",
    "root@evil.example",
    "@everyone and @org/team",
    "-@sam .@acme/oncall +@lee (@kim) é@ana я@ivan 中@li",
    "GH-5 gh-12 other/repo#12 someone#3 acme/shop@0123abc",
    "@me+a@evil.example",
    "| a | b |\n|---|---|",
    "**bold** __bold__ _i_ *i* ~~s~~ `code`",
    "$x$ and $$y$$",
    "[ ] not a task",
    "    indented code",
    "trailing\\",
    "two  \nlines",
    "[^1] and [^1]: note",
)

PIECES = st.lists(
    st.sampled_from([*"\\`*_{}[]()<>#+-.!|~&;:='\"$@/^ 1a\n\t", *HOSTILE, "word", "``", "\u202e"]), max_size=12
)


def rendered(source: str) -> str:
    """The HTML of a Markdown text, by a parser that follows GitHub's additions."""
    parser = pytest.importorskip("markdown_it")
    return str(parser.MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(source))


def shown(page: str) -> str:
    """Return what a reader of the page sees, without white space."""
    return re.sub(r"\s+", "", html.unescape(re.sub(r"<[^>]*>", "", page)))


def tags(page: str) -> set[str]:
    return set(re.findall(r"</?([a-z0-9]+)", page))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_in_a_list_item_is_shown_and_never_read_as_markup(text: str) -> None:
    page = rendered(f"- {line(text)}\n- next\n")
    assert tags(page) <= {"ul", "li", "code"}
    assert page.count("<li>") == 2
    assert shown(page) == re.sub(r"\s+", "", one_line(text, 1000)) + "next"


@given(PIECES)
@settings(deadline=None, max_examples=300)
def test_any_text_in_a_list_item_is_shown_as_it_is(pieces: list[str]) -> None:
    text = "".join(pieces)
    page = rendered(f"- {line(text)}\n- next\n")
    assert tags(page) <= {"ul", "li", "code"}
    assert shown(page) == re.sub(r"\s+", "", one_line(text, 10_000)) + "next"


@given(PIECES)
@settings(deadline=None, max_examples=300)
def test_any_block_stays_between_its_headings(pieces: list[str]) -> None:
    page = rendered(f"## One\n{block(''.join(pieces))} (`#1`)\n\n## Two\n")
    assert tags(page) <= {"p", "h2", "code", "br"}
    assert page.count("<h2>") == 2


@given(PIECES)
@settings(deadline=None, max_examples=300)
def test_nothing_leaves_a_code_span_or_a_fence(pieces: list[str]) -> None:
    text = "".join(pieces)
    for made in (code(text), fence(text)):
        page = rendered(f"before\n\n{made}\n\nafter\n")
        assert shown(page) == "before" + re.sub(r"\s+", "", clean(text, 100_000)) + "after"
        assert tags(page) <= {"p", "code", "pre"}
        assert page.rstrip().endswith("<p>after</p>")


def test_links_and_mentions_are_shown_as_code() -> None:
    assert line("see https://a.example/x, or ask @anna.") == "see `https://a.example/x`, or ask `@anna`."
    assert line("mail root@a.example") == "mail `root@a.example`"


GITHUB_MENTION = re.compile(r"(?:^|[^0-9A-Za-z_])@[0-9a-z]", re.IGNORECASE)
"""As the mention filter of html-pipeline has it: any ASCII character but those of a word may stand before."""
GITHUB_ELSEWHERE = re.compile(
    r"(?:^|\W)(?:gh-|[a-z0-9][\w-]*/[\w.-]+#|[a-z0-9][\w-]*#)\d+\b|[a-z0-9][\w-]*/[\w.-]+@[0-9a-f]{7,40}\b",
    re.IGNORECASE | re.ASCII,
)


def linked(page: str) -> str:
    """Return the part of a page that is left for GitHub's filters: the text that is not code."""
    return html.unescape(re.sub(r"<[^>]*>", "", re.sub(r"<code>.*?</code>", "\x00", page, flags=re.DOTALL)))


SIGNS = st.sampled_from([*"-.+@/#_(é§я中ā١ ", "@sam", "@acme/oncall", "GH-5", "other/repo#12", "repo#7", "x", "9"])


@given(st.lists(SIGNS, max_size=14))
@settings(deadline=None, max_examples=400)
@pytest.mark.requirement("COM-calls-nobody")
def test_no_text_mentions_anybody_or_refers_elsewhere_on_github_whatever_stands_before(pieces: list[str]) -> None:
    text = "".join(pieces)
    for page in (rendered(f"- {line(text)}\n"), rendered(f"{block(text)}\n")):
        assert not GITHUB_MENTION.search(linked(page)), page
        assert not GITHUB_ELSEWHERE.search(linked(page)), page


def test_a_service_on_a_host_and_plain_words_stay_readable() -> None:
    for text in ("web@web-1 is down", "not_approved", "12.5 % of 3 hosts", "2026-01-05 - 09:00", "a -> b"):
        assert line(text) == text


def test_an_issue_of_the_same_repository_is_not_referred_to_either() -> None:
    assert line("see #481 (#7) and 支#9") == "see `#481` (`#7`) and `支#9`"
    assert line("count # 4, page#top, &#12;") == "count # 4, page#top, &`#12`;"


def test_a_one_line_field_stays_on_one_line_and_a_block_keeps_its_lines() -> None:
    assert line("one\n\n two\tthree\r\nfour") == "one two three four"
    assert block("one\n   two\n\n\n\n\nthree") == "one\ntwo\n\nthree"


def test_invisible_and_direction_characters_never_pass() -> None:
    text = "a\u202eb\u200bc\x1b[31md\x00e\u2066f\ufefff"
    for made in (line(text), block(text), code(text), fence(text)):
        assert not re.search("[\u200b\u202e\u2066\ufeff\x00\x1b]", made)
    assert line(text) == "abcdeff"


def test_a_fence_is_longer_than_any_in_its_text() -> None:
    assert fence("a\n````\nb").splitlines()[0] == "`````sh"


def test_code_is_never_cut_but_lines_and_blocks_say_what_was_cut() -> None:
    long = "x" * 100_000
    assert long in code(long)
    assert long in fence(long)
    assert "cut:" in line(long)
    assert "cut:" in block(long)


def test_what_a_statement_stands_on_is_named_in_brackets_or_not_at_all() -> None:
    assert refs(["#12"], ["E1", "E2", "E3"]) == " (`#12`, `E1-E3`)"
    assert refs([]) == ""


def test_escaping_takes_time_in_proportion_to_the_text() -> None:
    began = time.perf_counter()
    for text in (
        "a" * 8000,
        "a." * 4000,
        "@" * 8000,
        "a@" * 4000,
        "x:" * 4000,
        "`" * 8000,
        "www." * 2000,
        "a/" * 4000,
        "a#" * 4000,
        "a-" * 4000,
    ):
        line(text)
        block(text)
    assert time.perf_counter() - began < 5


def test_text_that_was_shown_before_is_cleaned_again_once_another_secret_is_known() -> None:
    text = "the word is xyzzy"
    assert "xyzzy" in line(text)
    assert "xyzzy" in code(text)
    cast_also(lambda said: said.replace("xyzzy", MASK))
    try:
        assert "xyzzy" not in line(text)
        assert "xyzzy" not in code(text)
    finally:
        cast_also()
    assert "xyzzy" in line(text)
