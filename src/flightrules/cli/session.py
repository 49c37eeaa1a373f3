"""Requisites of every command of a person: the settings, the application, and who the person is.

Knows: the environment of the terminal. Must not know: any single command.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any, TypeVar

from pydantic import JsonValue

from flightrules.account import account
from flightrules.bootstrap import application
from flightrules.cli.located import settings_of
from flightrules.service.application import Application
from flightrules.service.invocation import Call
from flightrules.state.log import Actor
from flightrules.state.untrusted import one_line
from flightrules.state.vocabulary import ActorKind

T = TypeVar("T")

Host = Callable[[Callable[[Application], Awaitable[Any]]], Any]
"""Does some work with an application that runs already."""


def with_application(
    arguments: argparse.Namespace, work: Callable[[Application], Awaitable[T]], *, reads: bool = False
) -> T:
    """Do some work with the application, and close it. Work that only `reads` is done on a full disk too."""
    host: Host | None = arguments.work_host
    if host is not None:
        done: T = host(work)
        return done

    async def run() -> T:
        async with application(settings_of(arguments), reads=_say if reads else None) as app:
            return await work(app)

    with _interrupted_at_once():
        return asyncio.run(run())


def _say(line: str) -> None:
    print(f"flightrules: {line}", file=sys.stderr)


@contextmanager
def _interrupted_at_once() -> Iterator[None]:
    """Let Ctrl-C end a question; by itself asyncio would wait for its answer first."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


LONGEST_REASON = 64_000


def said(reason: str) -> str:
    """A reason as it may be kept: people paste from logs."""
    return one_line(reason, LONGEST_REASON)


def call_of(tool: str, incident: str, arguments: Mapping[str, JsonValue]) -> Call:
    """A person's call."""
    actor = Actor(kind=ActorKind.PERSON, name=account(), face="cli")
    return Call(tool=tool, arguments=arguments, actor=actor, incident=incident, account=account())
