"""Right of the login user to restart the service, as far as it can be known without restarting it.

Knows: what sudo lists of a rule. Must not know: how it was asked.
That `sudo -l` ends well proves nothing: a rule that matches may still want a password, which nobody types at night.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Literal, Protocol

from flightrules.state.untrusted import one_line
from flightrules.state.value import Value

_MAY_ASK = frozenset({"doas", "pkexec", "run0", "su", "systemctl", "service"})
"""Programs that may ask for a password, and cannot be asked whether they would."""


_SPECIAL = re.compile(r"[,:=\\ ]")
"""Characters that sudoers reads otherwise in the words of a command."""


class RestartRight(Value):
    """Right to restart the service, and the reason for it in the words of the source."""

    right: Literal["yes", "no", "unknown"] = "yes"
    why: str = ""


MAY = RestartRight()


class Restarted(Protocol):
    """Settings that have a command for the restart."""

    @property
    def restart(self) -> tuple[str, ...]:
        """The command."""


def by_sudo(runtime: Restarted) -> bool:
    """Return True if the restart goes through sudo."""
    return _program(runtime) == "sudo"


def _program(runtime: Restarted) -> str:
    return PurePosixPath(runtime.restart[0]).name


def unlisted(runtime: Restarted, user: str) -> RestartRight:
    """The right to a restart that does not go through sudo."""
    program = _program(runtime)
    if user == "root" or program not in _MAY_ASK or "--user" in runtime.restart:
        return MAY
    return RestartRight(right="unknown", why=f"whether {program} asks {user} for a password is not known until then")


def listed(status: int, out: str, complaint: str) -> RestartRight:
    """The right to a restart, by what `id -u` and then `sudo -n -ll COMMAND` printed."""
    uid, _, rule = out.partition("\n")
    if status != 0:
        said = one_line(complaint or rule, 300) or f"sudo ended with exit status {status}"
        return RestartRight(right="no", why=said)
    if uid.strip() == "0" or "!authenticate" in rule:
        return MAY
    if "Options:" in rule or "RunAs" in rule:
        return RestartRight(right="unknown", why="the sudo rule that matches is not NOPASSWD, so it wants a password")
    return RestartRight(right="unknown", why="this sudo does not show the rule that matches, which may want a password")


def sudo_rule(settings: Restarted, user: str) -> str:
    """Return the line of sudoers that lets a user restart the service; empty without sudo, or if it is not plain.

    sudoers wants the program's whole path, and a backslash before some characters.
    """
    words = settings.restart[1:] if by_sudo(settings) and user != "root" else ()
    words = words[1:] if words[:1] == ("-n",) else words
    program = f"/usr/bin/{words[0]}" if words[:1] == ("systemctl",) else "".join(words[:1])
    if not program.startswith("/"):
        return ""
    command = " ".join(_SPECIAL.sub(r"\\\g<0>", word) for word in (program, *words[1:]))
    return f"{user} ALL=(root) NOPASSWD: {command}"
