"""A preview of a document: Markdown as HTML that can run nothing and load nothing.

Knows: CommonMark and a short list of elements. Must not know: which document it is.
The documents escape what they quote; this does not rely on it.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

TAGS = frozenset(
    {"h1", "h2", "h3", "h4", "h5", "h6", "p", "ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td"}
    | {"strong", "em", "code", "pre", "blockquote", "hr", "br", "a"}
)
"""Elements that a preview may hold: no image, no frame, no form, no script, no style."""
ATTRIBUTES = {"a": {"href"}, "ol": {"start"}}


def as_html(markdown: str) -> Markup:
    """Return Markdown as HTML: HTML in it is text, and what is not on the list is left out."""
    import nh3

    made = _parser().render(markdown)
    cleaned: str = nh3.clean(
        made,
        tags=set(TAGS),
        attributes=ATTRIBUTES,
        url_schemes={"https", "http"},
        link_rel="noopener noreferrer nofollow",
    )
    return Markup(cleaned)  # noqa: S704 - nh3 left the elements of the list # nosec B704


@functools.cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False}).enable("table")
