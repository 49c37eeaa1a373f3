"""No text of an agent or of production mentions anybody in an issue (dependabot-core 427 and 2820, renovate 1238)."""

from __future__ import annotations

import re

import pytest

from flightrules.testing.drill import Drill

MENTION = re.compile(r"(?:^|[^0-9A-Za-z_`])@([a-z0-9][a-z0-9-]*(?:/[a-z0-9-]+)?)", re.IGNORECASE)
ELSEWHERE = re.compile(r"\bGH-\d+|[\w.-]+/[\w.-]+#\d+|(?<![\w&])#\d+", re.IGNORECASE)
CASE = ("signed off: -@sam, and .@acme/oncall did not see it", "Ask +@lee", "no canary -@sam")
HOSTILE = "-@sam, .@acme/oncall, +@lee, é@ana; see GH-5 and other/repo#12, #12 (#13) 支#14"


@pytest.mark.parametrize(("cause", "action", "debt"), [CASE, (HOSTILE, f"Ask {HOSTILE}", f"no canary {HOSTILE}")])
def test_mentions_get_through(cause: str, action: str, debt: str) -> None:
    with Drill("planner/github") as drill:
        i = drill.restored()
        actions = [{"action": action, "assignee": "-@kim", "due": "2026-01-20"}]
        drill.call(
            "write_report", incident=i, root_cause=f"Pool cut in half; {cause}", actions=actions, improve=[action]
        )
        drill.call("report_to_planner", incident=i, technical_debt=[debt])
        drill.advance(1)
        for text in (drill.mail["planner/github"].texts[0], drill.report()):
            body = re.sub(r"`[^`]*`", "", text)
            assert not MENTION.findall(body), f"the issue mentions nobody: {MENTION.findall(body)}"
            assert not ELSEWHERE.findall(body)
            assert "lee" in text
