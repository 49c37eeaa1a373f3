"""`flightrules host-setup`: prints the gate for a host, and the line of authorized_keys that puts the key behind it.

Knows: where a gate usually lies, and the form of such a line. Must not know: what a gate lets through.
"""

from __future__ import annotations

import argparse
import re
import sys

from flightrules.adapters.gate import authorized, gate
from flightrules.adapters.login import public_half
from flightrules.cli.located import settings_of
from flightrules.config import Settings
from flightrules.errors import Refused, Unavailable
from flightrules.paths import expanded
from flightrules.state.runtimes.known import runtime_of
from flightrules.state.target import Host, Target

FOLDER = "/usr/local/lib/flightrules"
NEXT = """\

That is the gate of {host}; docs/host-setup.md tells what it lets through. On the host, as root:
  put it at {path}, owned by root, mode 755, its folder too writable by root alone
Then let this be the only line with this key, in the authorized_keys of {user}:
  {line}
{sudo}Then, here: flightrules doctor
"""

SUDO = """\
Let {user} restart the service, by this line in sudoers (visudo -f /etc/sudoers.d/flightrules):
  {rule}
"""

_PATH = re.compile(r"/[A-Za-z0-9._/-]+")
_SOURCES = re.compile(r"[A-Za-z0-9.:*?!,/_-]*")


def run(arguments: argparse.Namespace) -> int:
    """Print the gate, or with --line only what authorized_keys must say."""
    target, host = _named(settings_of(arguments), arguments.target, arguments.host)
    path = arguments.path or f"{FOLDER}/{target.name}"
    if not _PATH.fullmatch(path) or not _SOURCES.fullmatch(arguments.sources):
        reason = "The path or the addresses hold characters that authorized_keys would read otherwise."
        raise Refused("bad_words", reason, "Give a plain absolute path, and addresses in the form of from= in sshd(8).")
    line = authorized(_public(arguments.public_key) or public_half(host), path, sources=arguments.sources)
    if arguments.line:
        print(line)
        return 0
    print(gate(target, host.role), end="")
    rule = runtime_of(target).sudo_rule(host.user)
    sudo = SUDO.format(user=host.user, rule=rule) if rule else ""
    print(NEXT.format(host=host.name, path=path, user=host.user, line=line, sudo=sudo), end="", file=sys.stderr)
    return 0


def _named(settings: Settings, name: str, host_name: str) -> tuple[Target, Host]:
    target = next((target for target in settings.targets if target.name == name), None)
    if target is None:
        known = ", ".join(target.name for target in settings.targets)
        raise Refused("no_such_target", f"There is no target {name}.", f"Targets: {known}.")
    host = next((host for host in target.hosts if host.name == host_name), None)
    if host is None:
        known = ", ".join(host.name for host in target.hosts)
        raise Refused("no_such_host", f"Target {name} has no host {host_name}.", f"Its hosts: {known}.")
    return target, host


def _public(path: str) -> str:
    """The public key in a file; empty where none is named."""
    if not path:
        return ""
    try:
        return expanded(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Unavailable(f"public key {path}", f"it cannot be read ({error}).", "Name another file.") from error
