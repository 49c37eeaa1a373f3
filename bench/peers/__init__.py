"""Programs that run a command on many hosts over SSH, each started as its own documentation says.

Knows: how each is installed, called and told to check host keys. Must not know: what is measured.
They live in a virtual environment of their own, pinned in bench/peers.lock.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

_HERE = Path(__file__).parent
_LOCK = _HERE.with_name("peers.lock")
_VENV = Path("build/peers")
_INSTALL_LIMIT_S = 300
FORKS = 50
"""Number of processes that ansible may use; its default of 5 would make it slower still."""

Plan = dict[str, Any]
"""Hosts, key and known_hosts, and the command: as words, and as one shell text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """One program to fan out with."""

    name: str
    host_keys: str
    """Text that says whether the tool checks host keys here."""
    argv: Callable[[Path, Plan], Sequence[str]]
    """The words that start it in a folder, in which it may lay files."""
    env: Mapping[str, str] = field(default_factory=dict)
    count: Callable[[str], int] = lambda out: _said(out).fine
    """Function that returns the number of hosts that the tool's output says went well."""
    driven: bool = False
    """True if it is a library: its driver tells how long the work alone took, without interpreter and imports."""
    compiled: bool = False
    """True if a C library does its work."""


def install() -> str:
    """Make the environment of the peers, or find it made; says why that is not possible, nothing where it is."""
    stamp = _VENV / "installed"
    if stamp.exists() and stamp.read_text() == _LOCK.read_text():
        return ""
    pip = (f"{_VENV}/bin/python", "-m", "pip", "install", "--disable-pip-version-check", "--quiet", "--require-hashes")
    try:
        for words in ((sys.executable, "-m", "venv", "--clear", str(_VENV)), (*pip, "-r", str(_LOCK))):
            subprocess.run(words, check=True, capture_output=True, timeout=_INSTALL_LIMIT_S)
    except (OSError, subprocess.SubprocessError) as error:
        said = getattr(error, "stderr", None) or b""
        return f"{type(error).__name__}: {said.decode(errors='replace').strip()[-300:] or error}"
    stamp.write_text(_LOCK.read_text())
    return ""


def versions() -> str:
    """Names and versions of the peers, as installed."""
    words = (f"{_VENV}/bin/python", "-m", "pip", "list", "--disable-pip-version-check", "--format=json")
    listed = json.loads(subprocess.run(words, check=True, capture_output=True, timeout=60).stdout)
    wanted = {line.strip() for line in _HERE.with_name("peers.in").read_text().splitlines()}
    return ", ".join(f"{item['name']} {item['version']}" for item in listed if item["name"] in wanted)


def peers() -> list[Tool]:
    """All peers."""
    return [
        Tool(name="parallel-ssh", host_keys="no: it cannot", argv=_driven("with_pssh.py"), driven=True, compiled=True),
        Tool(name="fabric", host_keys="yes", argv=_driven("with_fabric.py"), driven=True),
        Tool(name="pyinfra", host_keys="yes", argv=_pyinfra, count=lambda out: len(re.findall(r"\] +Success", out))),
        Tool(name="ansible", host_keys="yes", argv=_ansible, env=_ANSIBLE, count=lambda out: out.count("rc=0")),
    ]


class Said(NamedTuple):
    """Values of the last line that a driver prints, `ok COUNT SECONDS CPU`."""

    fine: int
    wall: float
    """Seconds."""
    cpu: float
    """Seconds of processor time."""


def worked(tool: Tool, out: str) -> Said | None:
    """Return what the work alone took, if the tool is a library and its driver finished."""
    said = _said(out)
    return said if tool.driven and said.wall else None


def _said(out: str) -> Said:
    words = out.rpartition("ok ")[2].split()
    return Said(int(words[0]), float(words[1]), float(words[2])) if len(words) == 3 else Said(0, 0.0, 0.0)  # noqa: PLR2004 - the three


def _program(name: str) -> str:
    return str((_VENV / "bin" / name).absolute())


def _driven(driver: str) -> Callable[[Path, Plan], Sequence[str]]:
    return lambda folder, _plan: (_program("python"), str(_HERE / driver), str(folder / "plan.json"))


def _pyinfra(folder: Path, plan: Plan) -> Sequence[str]:
    data = {
        "ssh_user": plan["hosts"][0]["user"],
        "ssh_port": plan["hosts"][0]["port"],
        "ssh_key": plan["key"],
        "ssh_known_hosts_file": plan["known_hosts"],
        "ssh_strict_host_key_checking": "yes",
        "ssh_config_file": "/dev/null",
    }
    hosts = [host["address"] for host in plan["hosts"]]
    (folder / "inventory.py").write_text(f"hosts = ({hosts!r}, {data!r})\n")
    return _program("pyinfra"), "-y", str(folder / "inventory.py"), "exec", "--", plan["shell"]


_ANSIBLE = {
    "ANSIBLE_HOST_KEY_CHECKING": "True",
    "ANSIBLE_NOCOLOR": "1",
    "LC_ALL": "C.UTF-8",
}


def _ansible(folder: Path, plan: Plan) -> Sequence[str]:
    first = plan["hosts"][0]
    # No connection is left open for later: one command is all there is, and nothing may stay behind.
    options = f"-F none -o ControlMaster=no -o UserKnownHostsFile={plan['known_hosts']} -o IdentitiesOnly=yes"
    variables = {
        "ansible_user": first["user"],
        "ansible_port": first["port"],
        "ansible_ssh_private_key_file": plan["key"],
        "ansible_ssh_args": options,
    }
    names = {host["address"]: None for host in plan["hosts"]}
    (folder / "ansible.cfg").touch()
    (folder / "hosts.json").write_text(json.dumps({"all": {"hosts": names, "vars": variables}}))
    words = ("all", "-i", str(folder / "hosts.json"), "-m", "raw", "-a", plan["shell"], "-f", str(FORKS))
    return (_program("ansible"), *words)
