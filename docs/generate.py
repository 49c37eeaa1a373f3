# ruff: noqa: INP001 - docs/ is no package
"""Write what is read off the code by `python -m docs.generate`: pages of docs/ and skills/, and a file of the server's.

A test holds each to it.

Knows: which page comes from where. Must not know: what a page says; the code it is read off does.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from docs.commands_page import commands_page
from docs.listed_file import listed
from docs.protocol_page import protocol_rules
from flightrules.prompts.skill import skill_files
from flightrules.state.phases import LEGAL, PERSON_DECIDES, TRANSITIONS, diagram
from flightrules.state.vocabulary import Phase

ROOT = Path(__file__).parents[1]


def protocol_states() -> str:
    """The transition table as a diagram and as tables."""
    legal = [f"| {phase} | {_listed(LEGAL[phase])} | {_decides(phase)} |" for phase in Phase]
    moves = [f"| {old} | `{event}` | {new} |" for (old, event), new in TRANSITIONS.items() if event != "stood_down"]
    return "\n".join(
        [
            "# Phases of an incident",
            "",
            "Read off `flightrules/state/phases.py` by `python -m docs.generate`; do not edit.",
            "",
            "```mermaid",
            diagram().rstrip(),
            "```",
            "",
            "## What may be called in which phase",
            "",
            "The natural next call comes first. A call that is listed can still be refused: the refusal says why,",
            "and what is legal instead. `incident_status` is legal always. Some calls are only for a person, on the",
            "command line: `flightrules approve`, `reject`, `decide`, `accept` and `close`.",
            "",
            "| phase | calls | a person may decide anew |",
            "| --- | --- | --- |",
            *legal,
            "",
            "## Which event leads where",
            "",
            "An event with an outcome is written `event:outcome`. Events not listed for a phase leave it as it is.",
            "A person may stand down any incident that is not rolling back, for a reason.",
            "",
            "| phase | event | next phase |",
            "| --- | --- | --- |",
            *moves,
            "",
        ]
    )


def _listed(calls: tuple[str, ...]) -> str:
    return ", ".join(f"`{call}`" for call in calls) or "none"


def _decides(phase: Phase) -> str:
    return "yes" if phase in PERSON_DECIDES else "no"


SKILL = "skills/flightrules"
"""The folder that agents which read skills can load."""

PAGES: dict[str, Callable[[], str]] = {
    "docs/commands.md": commands_page,
    "docs/protocol-states.md": protocol_states,
    "docs/protocol.md": protocol_rules,
    "src/flightrules/server/listed.json": listed,
    **{f"{SKILL}/{path}": partial(str, text) for path, text in skill_files().items()},
}
"""Page, by its path in the repository, and what renders it."""


def main() -> None:
    """Write every page."""
    for name, render in PAGES.items():
        (ROOT / name).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / name).write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    main()
