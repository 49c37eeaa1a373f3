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
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

from flightrules.adapters.sessions import session_files, session_text
from flightrules.cli.side_by_side import cores, on_all
from flightrules.cli.terminal import terminal_width
from flightrules.config import Settings, load_policy
from flightrules.errors import Refused, Unavailable
from flightrules.paths import expanded
from flightrules.replay.replay import replay
from flightrules.replay.what_if import Others, suppose
from flightrules.state.archive.replays import ReplayVerdict
from flightrules.state.archive.sessions import read_session
from flightrules.state.archive.what_if import Supposed
from flightrules.state.policy import Policy
from flightrules.state.target import Target
from flightrules.templates import what_if

T = TypeVar("T")
DIVERGED, NOT_REPLAYABLE = 1, 3


def run(arguments: argparse.Namespace) -> int:
    """Replay the files."""
    if arguments.format and not arguments.policy:
        raise Refused("no_policy", "--format applies only to a what-if.", "Add --policy SETTINGS.")
    paths = session_files(arguments.file)
    jobs = arguments.jobs or cores()
    if arguments.policy:
        work = partial(_all_supposed, load_policy(expanded(arguments.policy)))
        return _suppose(on_all(work, paths, jobs), arguments.format or "table")
    return _told(paths, on_all(_all_replayed, paths, jobs), quiet=arguments.quiet)


def _all_replayed(paths: Sequence[Path]) -> list[ReplayVerdict]:
    return asyncio.run(_in_turn(_replayed, paths))


def _all_supposed(settings: Settings, paths: Sequence[Path]) -> list[Supposed]:
    return asyncio.run(_in_turn(partial(_supposed, _others(settings)), paths))


async def _in_turn(work: Callable[[Path], Awaitable[T]], paths: Sequence[Path]) -> list[T]:
    done: list[T] = []
    for number, path in enumerate(paths):
        done.append(await work(path))
        if number == 0:
            gc.freeze()  # all that is ever loaded is loaded: the collector need not look through it each time
    return done


async def _replayed(path: Path) -> ReplayVerdict:
    try:
        session = read_session(session_text(path))
    except (Refused, Unavailable) as no:  # one bad file must not cost the verdicts on the others
        return ReplayVerdict(word="not_replayable", reason=str(no))
    return await replay(session)


async def _supposed(others: Others, path: Path) -> Supposed:
    try:
        return await suppose(read_session(session_text(path)), others)
    except (Refused, Unavailable) as no:
        return Supposed(incident=path.name, reason=str(no))


def _told(paths: Sequence[Path], verdicts: Sequence[ReplayVerdict], *, quiet: bool) -> int:
    for path, verdict in zip(paths, verdicts, strict=True):
        if not (quiet and verdict.good):
            print(f"{path}: {verdict}")
    words = [verdict.word for verdict in verdicts]
    print(", ".join(f"{words.count(word)} {word}" for word in dict.fromkeys(words)))
    if "diverged" in words:
        return DIVERGED
    return NOT_REPLAYABLE if "not_replayable" in words else 0


def _others(settings: Settings) -> Others:
    """The other policy for a target; where the file has the target itself, its checks count as well."""
    named = {target.name: target for target in settings.targets}

    def other(target: Target) -> tuple[Target, Policy]:
        there = named.get(target.name)
        if there is None:
            return target, settings.policy
        return target.model_copy(update={"checks": there.checks}), settings.policy_of(target.name)

    return other


def _shown(supposed: Sequence[Supposed], form: str) -> str:
    if form == "json":
        return json.dumps([one.model_dump(mode="json") for one in supposed], indent=1) + "\n"
    if form == "table":
        return what_if.as_table(supposed, terminal_width())
    return what_if.as_markdown(supposed) if form == "markdown" else what_if.as_html(supposed)


def _suppose(supposed: Sequence[Supposed], form: str) -> int:
    print(_shown(supposed, form), end="")
    if any(change.kind == "permission" for one in supposed for change in one.changes):
        return DIVERGED
    return NOT_REPLAYABLE if any(one.reason for one in supposed) else 0
