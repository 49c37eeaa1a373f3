"""No text of an agent or of production mentions anybody in an issue or a report."""

from __future__ import annotations

import re

from tests.incidents.room import room

MENTION = re.compile(r"(?:^|[^0-9A-Za-z_`])@([a-z0-9][a-z0-9-]*(?:/[a-z0-9-]+)?)", re.IGNORECASE)
ELSEWHERE = re.compile(r"\bGH-\d+|[\w.-]+/[\w.-]+#\d+|(?<![\w&])#\d+", re.IGNORECASE)
HOSTILE = "-@sam, .@acme/oncall, +@lee, é@ana; see GH-5 and other/repo#12, #12 (#13) 支#14"


def outside_of_code(text: str) -> str:
    return re.sub(r"`[^`]*`", "", text)


def test_the_issue_and_the_report_mention_nobody_and_refer_nowhere_else() -> None:
    with room() as r:
        r.mailboxes("planner/github")
        incident = r.restored()
        r.call(
            "write_report",
            incident=incident,
            root_cause=f"Pool cut in half; signed off: {HOSTILE}",
            actions=[{"action": f"Ask {HOSTILE}", "assignee": "-@kim", "due": "2026-01-20"}],
            improve=[HOSTILE],
        )
        r.call("report_to_planner", incident=incident, technical_debt=[f"no canary {HOSTILE}"])
        r.round(1)
        for text in (r.mail["planner/github"].handed[0].text, r.report()):
            assert "lee" in text
            assert MENTION.findall(outside_of_code(text)) == []
            assert ELSEWHERE.findall(outside_of_code(text)) == []
