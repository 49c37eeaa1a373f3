"""Fills in what a host's table leaves to the operator's ssh_config, as OpenSSH itself reads it (`ssh -G`).

Knows: the words of `ssh -G`. Must not know: how a connection is made. Host keys are never taken from there: they stay
pinned in the settings.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from flightrules.errors import Refused
from flightrules.paths import expanded

LIMIT_S = 10.0
_ALIAS = re.compile(r"[A-Za-z0-9_.:%@\[][^\s\x00]*")
_JUMP = re.compile(r"(?:ssh://)?(?:(?P<user>.+)@)?(?P<alias>\[[^\]]+\]|[^:]+)(?::(?P<port>\d+))?")
_UNSET = {"", "none"}


def filled(tables: dict[str, Any], folder: Path) -> None:
    """Fill in the hosts that name an `ssh_config`. Raises `Refused` for what cannot be taken over."""
    for target in _tables(tables.get("targets")):
        for host in _tables(target.get("hosts")):
            path, alias = host.get("ssh_config"), host.get("address")
            if isinstance(path, str) and path and isinstance(alias, str):
                _fill(host, folder / expanded(path), alias)


def _fill(host: dict[str, Any], path: Path, alias: str) -> None:
    told = _asked(path, alias)
    _take(host, told)
    between = told["proxyjump"]
    if between in _UNSET:
        return
    found = _JUMP.fullmatch(between)
    if found is None or "," in between:
        raise _refused(alias, f"ProxyJump {between} is more than one jump", "Name one, or set `jump`.")
    jump = host.setdefault("jump", {})
    if not isinstance(jump, dict):
        return
    over = _asked(path, found["alias"].strip("[]"))
    if over["proxyjump"] not in _UNSET:
        raise _refused(alias, f"its jump server has a ProxyJump of its own, {over['proxyjump']}", "Set `jump`.")
    jump.setdefault("address", over["hostname"])
    _take(jump, over | {name: found[name] for name in ("user", "port") if found[name]})


def _take(table: dict[str, Any], told: Mapping[str, str]) -> None:
    """Fill in what ssh told of a host.

    What the settings say themselves stays.
    """
    if "ssh_config" in table:
        table["address"] = told["hostname"]
    table.setdefault("user", told["user"])
    table.setdefault("port", int(told["port"]))
    table.setdefault("key", told["identityfile"])


def _asked(path: Path, alias: str) -> dict[str, str]:
    """Return what ssh would do for this name."""
    if not path.is_file() or not _ALIAS.fullmatch(alias):
        raise _refused(alias, f"{path} is not a file", "Name an ssh_config.")
    try:
        done = subprocess.run(  # noqa: S603 - a name and a file of the operator's own settings
            ["ssh", "-G", "-F", str(path), "--", alias],  # noqa: S607 - whichever ssh the operator uses
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT_S, check=False, errors="replace",
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _refused(alias, f"ssh did not say what {path} has ({error})", "Install OpenSSH's client.") from error
    if done.returncode:
        raise _refused(alias, f"ssh does not take {path}: {done.stderr.strip()[:300]}", "Correct it.")
    told: dict[str, str] = {"proxyjump": "none", "proxycommand": "none", "identityfile": ""}
    keys = []
    for line in done.stdout.splitlines():
        name, _, value = line.partition(" ")
        told[name] = value
        keys += [value] * (name == "identityfile")
    if told["proxycommand"] not in _UNSET:
        raise _refused(alias, "it has a ProxyCommand, which flightrules does not run", "Use ProxyJump, or set `jump`.")
    told["identityfile"] = next((key for key in keys if expanded(key).is_file()), keys[0] if keys else "")
    if "%" in told["identityfile"]:
        raise _refused(alias, f"IdentityFile {told['identityfile']} has a token in it", "Set `key`.")
    return told


def _refused(alias: str, why: str, remedy: str) -> Refused:
    return Refused("config", f"host {alias[:100]}: {why}.", remedy)


def _tables(value: object) -> Iterable[dict[str, Any]]:
    return (item for item in (value if isinstance(value, list) else ()) if isinstance(item, dict))
