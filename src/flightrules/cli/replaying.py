"""`flightrules replay`: recorded incidents once more, as they were or under another policy.

Knows: files, the exit codes, and how verdicts read in a terminal. Must not know: how a replay is made.
Exit codes: 0 nothing differs that must not; 1 something diverged (or, with --policy, a refusal becomes a permission);
3 something could not be replayed.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
from collections.abc import Sequence
from pathlib import Path

from flightrules.adapters.sessions import session_files, session_text
from flightrules.config import Settings, load
from flightrules.errors import Refused
from flightrules.service.replaying.replay import replay
from flightrules.service.replaying.what_if import Others, suppose
from flightrules.state.policy import Policy
from flightrules.state.replays import Verdict
from flightrules.state.sessions import read_session
from flightrules.state.target import Target
from flightrules.state.what_if import Supposed
from flightrules.templates import what_if

DIVERGED, NOT_REPLAYABLE = 1, 3
FORMS = {"table": what_if.as_table, "markdown": what_if.as_markdown, "html": what_if.as_html}


def run(arguments: argparse.Namespace) -> int:
    """Replay the files."""
    paths = list(session_files(arguments.file))
    if not paths:
        raise Refused(
            "no_session",
            "There is no session in what was named.",
            "Take one out with `flightrules session export INC-...`.",
        )
    if arguments.policy:
        others = _others(load(Path(arguments.policy)))
        return _suppose(asyncio.run(_all_supposed(paths, others)), arguments.format)
    return _told(paths, asyncio.run(_all_replayed(paths)), quiet=arguments.quiet)


async def _all_replayed(paths: Sequence[Path]) -> list[Verdict]:
    verdicts: list[Verdict] = []
    for number, path in enumerate(paths):
        verdicts.append(await _replayed(path))
        if number == 0:
            gc.freeze()  # all that is ever loaded is loaded: the collector need not look through it each time
    return verdicts


async def _replayed(path: Path) -> Verdict:
    text = session_text(path)
    try:
        session = read_session(text)
    except Refused as no:
        return Verdict(word="not_replayable", reason=str(no))
    return await replay(session)


def _told(paths: Sequence[Path], verdicts: Sequence[Verdict], *, quiet: bool) -> int:
    for path, verdict in zip(paths, verdicts, strict=True):
        if not (quiet and verdict.good):
            print("\n".join(_lines(path, verdict)))
    words = [verdict.word for verdict in verdicts]
    print(", ".join(f"{words.count(word)} {word}" for word in dict.fromkeys(words)))
    if "diverged" in words:
        return DIVERGED
    return NOT_REPLAYABLE if "not_replayable" in words else 0


def _lines(path: Path, verdict: Verdict) -> list[str]:
    lines = [f"{path}: {verdict.word}" + (f", {verdict.events} events" if verdict.good else "")]
    if verdict.first:
        first = verdict.first
        lines += [f"  at {first.place}", f"    expected  {first.expected}", f"    got       {first.got}"]
    if verdict.reason:
        lines.append(f"  {verdict.reason}")
    if verdict.free:
        lines.append(f"  differs only where it may: {', '.join(verdict.free)}")
    if verdict.taken:
        lines.append(f"  taken as recorded, not made again: {', '.join(verdict.taken)}")
    return lines


def _others(settings: Settings) -> Others:
    """The other policy for a target; where the file has the target itself, its checks count as well."""
    named = {target.name: target for target in settings.targets}

    def other(target: Target) -> tuple[Target, Policy]:
        there = named.get(target.name)
        if there is None:
            return target, settings.policy
        return target.model_copy(update={"checks": there.checks}), settings.policy_of(target.name)

    return other


async def _all_supposed(paths: Sequence[Path], others: Others) -> list[Supposed]:
    found: list[Supposed] = []
    for path in paths:
        try:
            found.append(await suppose(read_session(session_text(path)), others))
        except Refused as no:
            found.append(Supposed(incident=path.name, reason=str(no)))
    return found


def _suppose(supposed: Sequence[Supposed], form: str) -> int:
    if form == "json":
        print(json.dumps([one.model_dump(mode="json") for one in supposed], indent=1))
    else:
        print(FORMS[form](supposed), end="")
    if any(change.kind == "permission" for one in supposed for change in one.changes):
        return DIVERGED
    return NOT_REPLAYABLE if any(one.reason for one in supposed) else 0
