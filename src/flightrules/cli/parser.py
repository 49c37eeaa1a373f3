"""The words of the command line.

Knows: commands and options. Must not know: what a command does; each is imported when it is run.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, TypeAlias

from flightrules import __version__

Run = Callable[[argparse.Namespace], int]


def _later(module: str, function: str) -> Run:
    """A command that is imported only when it is run."""
    return lambda arguments: int(getattr(import_module(f"flightrules.cli.{module}"), function)(arguments))


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Parse the command line; exits with 2 and a usage line when it is not understood."""
    parser = argparse.ArgumentParser(prog="flightrules", description="Run a production incident by the protocol.")
    parser.add_argument("--version", action="version", version=f"flightrules {__version__}")
    parser.add_argument("--config", metavar="FILE", help="the settings file (default: ./flightrules.toml)")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_server(commands)
    _add_people(commands)
    _add_log(commands)
    return parser.parse_args(argv)


if TYPE_CHECKING:
    Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 - it has no public name


def _add(commands: Commands, name: str, help_: str, run: Run) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=help_, description=help_)
    parser.set_defaults(run=run)
    return parser


def _add_server(commands: Commands) -> None:
    serve = _add(commands, "serve", "speak MCP, over stdio or HTTP", _later("serving", "serve"))
    serve.add_argument("--http", metavar="HOST:PORT", help="streamable HTTP instead of stdio; loopback only")
    init = _add(commands, "init", "write a commented flightrules.toml", _later("setting_up", "init"))
    init.add_argument("path", nargs="?", default="flightrules.toml")
    _add(commands, "doctor", "try every part for real and say what to mend", _later("setting_up", "doctor"))
    observe = _add(
        commands, "observe", "look whether targets are healthy, and remember the release", _later("people", "observe")
    )
    observe.add_argument("target", nargs="*")


def _add_people(commands: Commands) -> None:
    status = _add(commands, "status", "where an incident stands; all incidents without one", _later("people", "status"))
    status.add_argument("incident", nargs="?", default="")
    approve = _add(commands, "approve", "review a rollback plan and approve it", _later("approving", "approve"))
    approve.add_argument("incident")
    reject = _add(commands, "reject", "reject a rollback plan; the agent is told why", _later("approving", "reject"))
    reject.add_argument("incident")
    reject.add_argument("--reason", required=True)
    decide = _add(commands, "decide", "decide as a person, whatever the rules say", _later("people", "decide"))
    decide.add_argument("incident")
    decide.add_argument("path", choices=["rollback", "fix", "investigate"])
    decide.add_argument("--reason", required=True)
    decide.add_argument("--to", metavar="SHA", help="the release to go back to")
    decide.add_argument("--without", metavar="HOST", action="append", default=[], help="leave a host out (repeatable)")
    classify = _add(commands, "classify", "set a severity as a person", _later("people", "classify"))
    classify.add_argument("incident")
    classify.add_argument("--severity", required=True, choices=["P1", "P2", "P3", "P4"])
    classify.add_argument("--reason", required=True)
    unlock = _add(commands, "unlock", "end an operation that is stuck on a host", _later("unlocking", "unlock"))
    unlock.add_argument("target")
    unlock.add_argument("host")
    unlock.add_argument("operation")
    unlock.add_argument("--reason", required=True)
    accept = _add(
        commands, "accept", "take production for restored where verify stays inconclusive", _later("people", "accept")
    )
    accept.add_argument("incident")
    accept.add_argument("--reason", required=True)
    close = _add(commands, "close", "close an incident, or stand it down with a reason", _later("people", "close"))
    close.add_argument("incident")
    close.add_argument("--reason", default="")


def _add_log(commands: Commands) -> None:
    log = _add(commands, "log", "verify or export the event log", _later("logs", "run"))
    actions = log.add_subparsers(dest="action", required=True, metavar="ACTION")
    verify = actions.add_parser("verify", help="check the hash chain; names the first event that does not hold")
    verify.add_argument("incident", nargs="?", default="")
    verify.add_argument("--head", metavar="HASH", default="", help="a hash noted earlier that must still be there")
    export = actions.add_parser("export", help="print an incident's events as JSON lines")
    export.add_argument("incident")
