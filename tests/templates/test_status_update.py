from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from flightrules.state.messages.update import internal_update, update_data
from flightrules.templates import render
from tests.state.stories import POLICY, Story, at, failed_story, fix_story, rollback_story, sparse_story

SHAPE = (
    r"## Incident Update - INC-\w+",
    r"",
    r"\*\*Status\*\*: (Investigating|Identified|Monitoring|Resolved)",
    r"\*\*Started\*\*: [-0-9]{10} [0-9:]{8} UTC",
    r"\*\*Impact\*\*: \S.*",
    r"",
    r"\*\*Latest Update\*\*: [-0-9]{10} [0-9:]{8} UTC",
    r"We look into it\.",
    r"",
    r"Next update: \S.*",
    r"",
)
"""The protocol's template for updates, line by line."""


@pytest.mark.requirement("COM-update-lines", "COM-four-words")
@pytest.mark.parametrize("make", [rollback_story, sparse_story, fix_story, failed_story])
def test_an_update_has_the_protocols_lines_in_the_protocols_order(make: Callable[[], Story]) -> None:
    incident, now = make().incident, at("9:41:00")
    update = update_data(incident.id, internal_update(incident, POLICY, "We look into it.", now), now)
    lines = render.status_update(update).split("\n")
    assert len(lines) == len(SHAPE)
    for number, (shape, told) in enumerate(zip(SHAPE, lines, strict=True)):
        assert re.fullmatch(shape, told), f"line {number}: {told!r} is not {shape!r}"
