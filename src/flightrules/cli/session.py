"""What every command of a person needs: the settings, the application, and who the person is.

Knows: the environment of the terminal. Must not know: any single command.
"""

from __future__ import annotations

import argparse
import asyncio
import getpass
import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TypeVar

from pydantic import JsonValue

from flightrules.bootstrap import application
from flightrules.config import Settings, find, load
from flightrules.service.application import Application
from flightrules.service.turn import Call
from flightrules.state.log import Actor
from flightrules.state.vocabulary import ActorKind

T = TypeVar("T")


def settings_of(arguments: argparse.Namespace) -> Settings:
    """The settings this command works with."""
    return load(find(Path.cwd(), arguments.config, os.environ.get("FLIGHTRULES_CONFIG")))


def with_application(arguments: argparse.Namespace, work: Callable[[Application], Awaitable[T]]) -> T:
    """Do some work with the application, and close it."""

    async def run() -> T:
        async with application(settings_of(arguments)) as app:
            return await work(app)

    return asyncio.run(run())


def person() -> str:
    """The name of the person at this terminal, as the operating system knows them."""
    return getpass.getuser()


def call_of(tool: str, incident: str, arguments: Mapping[str, JsonValue]) -> Call:
    """A person's call."""
    actor = Actor(kind=ActorKind.PERSON, name=person(), face="cli")
    return Call(tool=tool, arguments=arguments, actor=actor, incident=incident)
