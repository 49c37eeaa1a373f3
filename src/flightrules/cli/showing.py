"""An answer as a person reads it in a terminal: what happened, what was seen, and what can be typed next.

Knows: how answers read in a terminal, and which command is which call. Must not know: rules.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable, Mapping
from typing import Any, TypeVar

from flightrules.service.answers import Answer
from flightrules.state.words import ranges

COMMANDS = {
    "assess": "flightrules assess {}",
    "classify": "flightrules classify {} --impact ...",
    "decide": "flightrules decide {} rules",
    "rollback": "flightrules rollback {}",
    "fix": "flightrules fix {} begin",
    "verify": "flightrules verify {}",
    "analyze": "flightrules analyze {} --why ...",
    "write_report": "flightrules report {}",
    "report_to_planner": "flightrules brief {} --technical-debt ...",
    "post_update": "flightrules update post {} TEXT",
    "close": "flightrules close {}",
}
"""Commands that a person types for each call of an agent."""

STILL_S = 5.0
"""After so long without a word, a person is told that it still goes on."""

Said = TypeVar("Said")


SHOWN = ("review", "tell_user")
"""Names of results that a person at this terminal was shown already, or reads in the sentence."""


def show(answer: Answer[Any], *, steps: bool = True) -> int:
    """Print an answer, with what can be typed next; 0 when it did what was asked."""
    print(answer.says)
    for line in details_of(answer):
        print(f"  {line}")
    if answer.phase is not None:
        print(standing_of(answer))
        for step in answer.next if steps else ():
            print(f"  next: {COMMANDS.get(step.call, step.call).format(answer.incident)}   ({step.why})")
    if answer.monitoring:
        print(f"monitoring: {answer.monitoring}")
    return 0 if answer.ok else 1


def standing_of(answer: Answer[Any]) -> str:
    """Return where the incident stands, on one line."""
    budgets = ", ".join(f"{budget.name} {budget.left}" for budget in answer.budgets) or "no budget runs"
    return f"[{answer.incident} | phase {answer.phase} | severity {answer.severity or 'not classified'} | {budgets}]"


def details_of(answer: Answer[Any]) -> Iterable[str]:
    """The result of a call, a line each."""
    result = answer.plain().get("result")
    for name, value in (result if isinstance(result, Mapping) else {}).items():
        if name in SHOWN:
            continue
        yield from _part(name.replace("untrusted_", "from production, ").replace("_", " "), value)


def _part(name: str, value: object) -> Iterable[str]:
    if isinstance(value, list) and value:
        if name == "evidence":
            yield f"{name}: {', '.join(ranges([str(one) for one in value]))}"
            return
        yield f"{name}:"
        yield from (f"  - {_item(one)}" for one in value)
    elif isinstance(value, str) and "\n" in value:
        yield f"{name}:"
        yield from (f"  | {line}" for line in value.split("\n"))
    elif value not in ("", [], None):
        yield f"{name}: {_item(value)}"


def _item(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name.replace('_', ' ')} {said}" for name, said in value.items() if said not in ("", None))
    return str(value)


async def in_progress(what: str, work: Awaitable[Said]) -> Said:
    """Wait for work, and say at once and from time to time that it goes on."""
    print(f"{what} ...", flush=True)
    task, waited = asyncio.ensure_future(work), 0.0
    while not task.done():
        await asyncio.wait({task}, timeout=STILL_S)
        waited += STILL_S
        if not task.done():
            print(f"  ... {waited:.0f} s", flush=True)
    return task.result()


async def tell(text: str) -> None:
    """Print a line of progress."""
    print(f"  ... {text}", flush=True)
