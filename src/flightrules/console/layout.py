"""Templates of the console: HTML in which every printed value is escaped.

Knows: Jinja and the static files. Must not know: requests, incidents.
"""

from __future__ import annotations

import functools
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from flightrules.console.assets import asset
from flightrules.state.words import command_line, moment, short, span

if TYPE_CHECKING:
    from jinja2 import Environment


def render(template: str, **values: Any) -> str:  # noqa: ANN401 - what a template prints
    """Return a page as HTML."""
    return environment().get_template(template).render(**values)


@functools.cache
def environment() -> Environment:
    """Return the environment of all pages; a page adds no filter of its own."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=PackageLoader("flightrules.console", "templates"),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters |= {
        "moment": moment,
        "stamp": _stamp,
        "clock": _clock,
        "span": span,
        "short": short,
        "shell": command_line,
    }
    made.globals |= {"asset": asset}
    return made


def _stamp(at: datetime) -> str:
    """Return a moment for a `datetime` attribute."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _clock(at: datetime) -> str:
    """Return the time of day in UTC."""
    return f"{at.astimezone(UTC):%H:%M:%S} UTC"
