"""A fix as values: the points it is held against before it counts, a run of its tests, and the commit it went out as.

Knows: the protocol's validation checklist (phase 3B), and how a commit stands in a reference.
Must not know: when a fix is allowed (rules), nor how tests are run (adapters).
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field

from flightrules.state.value import Value

FixItem = Literal["root_cause", "side_effects", "tested_locally", "tests_passing", "documented"]

CHECKLIST: dict[FixItem, str] = {
    "root_cause": "addresses the root cause",
    "side_effects": "has no side effects",
    "tested_locally": "was tested locally",
    "tests_passing": "passes its tests",
    "documented": "is documented",
}
"""Every point of the checklist, in the protocol's order, as a statement about the fix."""


class FixCheck(Value):
    """One point of the checklist, with what somebody says shows it."""

    item: Annotated[FixItem, Field(description="Point of the checklist")]
    evidence: Annotated[str, Field(description="What shows that it holds", max_length=300)]


class SuiteRun(Value):
    """One run of the tests, and of which work tree."""

    outcome: Literal["passed", "failed", "timed_out", "not_started", "lost"]
    """`lost`: the process that ran it is gone, and nothing tells how it ended."""
    exit_status: int | None = None
    commit: str = ""
    """Commit that was checked out; empty if it could not be read."""
    changed: bool = False
    """True if tracked files differed from that commit."""
    took_s: float = 0.0
    output: str = ""
    """The end of what it printed, cleaned and bounded; text of a stranger."""

    @property
    def says(self) -> str:
        """Return one line that says how the run ended, and on which commit."""
        ended = "" if self.exit_status is None else f", exit status {self.exit_status}"
        where = f" at {self.commit[:12]}" if self.commit else ""
        return f"{self.outcome.replace('_', ' ')}{ended}{where}{' with uncommitted changes' if self.changed else ''}"


_COMMIT = re.compile(
    r"(?:^|[\s(,;@]|/commits?/)(?=[a-f]*[0-9]|[a-f]{12})(?=[0-9]*[a-f]|[0-9]{12})([0-9a-f]{7,64})(?=$|[\s),;.])"
)
"""Something short that is all digits is rather a number, and all letters a word."""


def commit_in(reference: str) -> str | None:
    """The one commit that a reference names, perhaps abbreviated; None where it names none, or several.

    A number behind `#` or in the path of a pull request is no commit, though its digits could be one.
    """
    found = set(_COMMIT.findall(reference.strip().lower()))
    return found.pop() if len(found) == 1 else None
