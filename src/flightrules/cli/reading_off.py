"""`flightrules init --from HOST FOLDER`: a settings file out of what runs on a host.

Knows: how HOST is written, known_hosts, and the lines of the file. Must not know: what explains a deployment.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import urllib.request
from collections.abc import Iterable
from pathlib import Path

from flightrules.adapters import deployed
from flightrules.adapters.clock import SystemClock
from flightrules.adapters.files import write_new
from flightrules.cli.located import here
from flightrules.errors import Refused, Unavailable
from flightrules.paths import expanded
from flightrules.state.target import ComposeRuntime, Host

KEYS = ("id_ed25519", "id_ecdsa", "id_rsa")
_HOST = re.compile(r"(?:([A-Za-z_][^@\s]*)@)?([^@:\s]+|\[[0-9a-fA-F:]+\])(?::(\d{1,5}))?")
_HEALTH_S = 5.0
NEXT = """\
Wrote {path} from what runs on {host}.
Compare its host key with the host's own: {key}
Then: flightrules doctor
"""


def init_from(arguments: argparse.Namespace) -> int:
    """Read a running project, and write the settings that explain it; never over a file that is there."""
    path = here() / expanded(arguments.path)
    path = path / "flightrules.toml" if path.is_dir() else path
    name, folder = arguments.source
    host = asyncio.run(_host(name, arguments.key))
    found = asyncio.run(deployed.read(host, folder.rstrip("/"), SystemClock(), project=arguments.project))
    health = next((url for url in found.addresses if _answers(url)), "")
    if not health:
        found.open.append("no address was found that answers with 200: set health_url")
    lines = _lines(host, folder.rstrip("/"), found, health or f"http://{host.address}/health")
    try:
        write_new(path, "\n".join(lines) + "\n")
    except FileExistsError as error:
        raise Refused("exists", f"{path} already exists.", "Edit it, or name another path.") from error
    except OSError as error:
        raise Unavailable(f"settings file {path}", f"{error.strerror or error}.", "Name another path.") from error
    print(NEXT.format(path=path, host=host.name, key=host.host_key), end="")
    for point in found.open:
        print(f"Not known: {point}")
    return 1 if found.open else 0


async def _host(text: str, key: str) -> Host:
    """The host, with the key that it presents; one that known_hosts does not know is compared by a person."""
    import asyncssh

    match = _HOST.fullmatch(text)
    if match is None:
        raise Refused("bad_host", f"{text!r} is not a host.", "Write USER@ADDRESS or USER@ADDRESS:PORT.")
    user, address, port = match[1] or Path.home().name, match[2].strip("[]"), int(match[3] or 22)
    known = [path for path in (Path.home() / ".ssh" / name for name in KEYS) if path.exists()]
    if not key and not known:
        raise Refused("no_key", "There is no key in ~/.ssh.", "Name one with --key.")
    try:
        presented = await asyncssh.get_server_host_key(address, port)
    except (OSError, asyncssh.Error) as error:
        raise Unavailable(f"host {address}", f"{error}.", "Is the address right, and does sshd listen?") from error
    if presented is None:
        raise Unavailable(f"host {address}", "it presents no host key.", "Look at its sshd.")
    public = " ".join(presented.export_public_key().decode().split()[:2])
    _require_known(address, port, public)
    name = re.sub(r"[^a-z0-9_-]", "-", address.lower()).strip("-") or "host"
    return Host(name=name, address=address, port=port, user=user, key=key or str(known[0]), host_key=public)


def _require_known(address: str, port: int, public: str) -> None:
    """Refuse a host whose key is another than the one that known_hosts has."""
    import asyncssh

    try:
        known = asyncssh.read_known_hosts(str(Path.home() / ".ssh" / "known_hosts"))
    except (OSError, ValueError, asyncssh.Error):
        return
    keys = [" ".join(key.export_public_key().decode().split()[:2]) for key in known.match(address, address, port)[0]]
    of_type = [key for key in keys if key.split()[0] == public.split(maxsplit=1)[0]]
    if of_type and public not in of_type:
        reason = f"{address} presents another host key than ~/.ssh/known_hosts has."
        raise Refused("host_key_changed", reason, "Find out why before you go on.")


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=_HEALTH_S) as answer:  # noqa: S310  # nosec - http, built here
            return bool(answer.status == 200)  # noqa: PLR2004 - HTTP's OK
    except (OSError, ValueError):
        return False


def _lines(host: Host, folder: str, found: deployed.Deployed, health: str) -> Iterable[str]:
    yield "# Written by `flightrules init --from`; docs/configuration.md explains each key."
    yield from ("[[targets]]", _key("name", found.runtime.project), _key("app_dir", folder), _key("health_url", health))
    yield _key("branch", found.branch)
    yield from ("", "[[targets.hosts]]")
    yield from (_key(name, getattr(host, name)) for name in ("name", "address", "port", "user", "key", "host_key"))
    yield from ("", "[targets.runtime]", _key("kind", "compose"))
    yield from _runtime(found.runtime)


def _runtime(runtime: ComposeRuntime) -> Iterable[str]:
    yield _key("project", runtime.project)
    for name in ("folder", "files", "env_files", "profiles", "release_variable"):
        value = getattr(runtime, name)
        if value != ComposeRuntime.model_fields[name].default:
            yield _key(name, list(value) if isinstance(value, tuple) else value)
    for table in ("scale", "variables"):
        pairs = ", ".join(f"{json.dumps(key)} = {json.dumps(value)}" for key, value in getattr(runtime, table).items())
        if pairs:
            yield f"{table} = {{ {pairs} }}"


def _key(name: str, value: object) -> str:
    return f"{name} = {json.dumps(value)}"
