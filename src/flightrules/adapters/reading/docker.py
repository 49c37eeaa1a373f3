"""Parsing of what the Docker CLI prints.

Knows: `docker ps`, `inspect`, `stats`, `image ls` and `compose config` as host/*.sh ask for them.
Must not know: how they were run. Names are checked before anything uses them again.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from flightrules.adapters.reading.unreadable import Unreadable
from flightrules.state.evidence import ContainerStats, ServiceState
from flightrules.state.untrusted import lines_of, one_line

SERVICE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_ID = re.compile(r"[0-9a-f]{64}")
_IMAGE = re.compile(r"sha256:[0-9a-f]{64}")
_STATES = {name: name for name in ("running", "exited", "created", "restarting", "paused", "dead")} | {
    "removing": "dead"
}
_HEALTHS = {"healthy": "healthy", "unhealthy": "unhealthy", "starting": "starting", "none": "none", "": "none"}
_UNITS = {"B": 1, "kB": 1000, "KB": 1000, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_UNITS |= {"KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}
_NO_LIMIT = 2**60
"""cgroup v1 says "no limit" with a number near 2**63."""


def containers(text: str) -> dict[str, str]:
    """Container id and its service, of `docker ps`."""
    found = {}
    for line in lines_of(text):
        words = line.split()
        if len(words) != 3 or not _ID.fullmatch(words[0]) or not SERVICE.fullmatch(words[1]):  # noqa: PLR2004
            raise Unreadable(f"docker ps printed {one_line(line, 100)!r}")
        found[words[0]] = words[1]
    return found


def services(text: str) -> tuple[ServiceState, ...]:
    """One state a container, of `docker inspect`, ordered by service."""
    states = [_service(_object(line, "docker inspect")) for line in lines_of(text) if line]
    return tuple(sorted(states, key=lambda state: (state.service, state.container)))


def _service(item: Mapping[str, Any]) -> ServiceState:
    state = item.get("state")
    if not isinstance(state, dict):
        raise Unreadable("docker inspect printed a container without a state")
    try:
        status = _STATES[state["Status"]]
        health = _HEALTHS[(state.get("Health") or {}).get("Status", "")]
        return ServiceState(
            service=_matching(SERVICE, item.get("service"), "service"),
            container=_matching(_ID, item.get("id"), "container id")[:12],
            state=status,
            health=health,
            image=_matching(_IMAGE, item.get("image"), "image id"),
            image_ref=one_line(str(item.get("ref") or ""), 300),
            started_at=moment(str(state.get("StartedAt") or "")),
            created_at=moment(str(item.get("created") or "")),
            restarts=int(item.get("restarts") or 0),
            exit_code=int(state["ExitCode"]) if status in {"exited", "dead"} else None,
            config_hash=one_line(str(item.get("hash") or ""), 100),
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise Unreadable(f"docker inspect printed a container that is not understood ({error})") from error


def moment(text: str) -> datetime | None:
    """A time as Docker prints it (nanoseconds, `Z`); its zero time is none."""
    found = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)", text)
    if found is None or text.startswith("0001-"):
        return None
    second, fraction, zone = found.groups()
    try:
        return datetime.fromisoformat(f"{second}{(fraction or '.0')[:7].ljust(7, '0')}{zone}")
    except ValueError:
        return None


def stats(text: str, names: Mapping[str, str]) -> tuple[ContainerStats, ...]:
    """Use of each container: two looks at its cgroup, or `docker stats` where the first line says `engine`."""
    lines = lines_of(text)
    read = _engine_stats if lines[:1] == ["engine"] else _counted_stats
    try:
        return tuple(read(line, names) for line in (lines[1:] if read is _engine_stats else lines))
    except (KeyError, ValueError, ArithmeticError) as error:
        raise Unreadable(f"container use is not understood ({one_line(str(error), 100)})") from error


def _counted_stats(line: str, names: Mapping[str, str]) -> ContainerStats:
    ident, spent, elapsed, used, top = line.split()
    limit = None if top == "max" or int(top) >= _NO_LIMIT else int(top)
    return ContainerStats(
        service=names[ident],
        cpu_percent=round(max(100 * int(spent) / int(elapsed), 0.0), 1),
        memory_bytes=max(int(used), 0),
        memory_limit_bytes=limit,
    )


def _engine_stats(line: str, names: Mapping[str, str]) -> ContainerStats:
    ident, processor, memory = line.split("\t")
    used, _, top = memory.partition("/")
    return ContainerStats(
        service=names[ident],
        cpu_percent=max(_finite(processor.rstrip("%")), 0.0),
        memory_bytes=_bytes(used),
        memory_limit_bytes=_bytes(top) or None,
    )


def _finite(text: str) -> float:
    """A number; `nan` and `inf` are words that Python reads as one and no log can keep."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _bytes(text: str) -> int:
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]+)\s*", text)
    if found is None or found[2] not in _UNITS:
        raise ValueError(text)
    return int(_finite(found[1]) * _UNITS[found[2]])


def images(text: str) -> dict[str, str]:
    """Image name (with tag, with digest if there is one, and the id itself) and the id, of `docker image ls`."""
    found = {}
    for line in lines_of(text):
        words = line.split()
        if len(words) != 4 or not _IMAGE.fullmatch(words[0]):  # noqa: PLR2004
            raise Unreadable(f"docker image ls printed {one_line(line, 100)!r}")
        ident, repository, tag, digest = words
        found[ident] = ident
        if tag != "<none>":
            found[f"{repository}:{tag}"] = ident
        if digest != "<none>":
            found[f"{repository}@{digest}"] = ident
    return found


def image_name(ref: str) -> str:
    """A name as `docker image ls` would print it: the default registry and folder left out, `latest` added."""
    name = ref.removeprefix("docker.io/").removeprefix("index.docker.io/").removeprefix("library/")
    if "@" in name:
        before, _, digest = name.partition("@")
        folder, slash, last = before.rpartition("/")
        return f"{folder}{slash}{last.partition(':')[0]}@{digest}"
    return name if ":" in name.rpartition("/")[2] else f"{name}:latest"


def config(text: str) -> dict[str, Any]:
    """The services of `docker compose config --format json`."""
    return _services_of(project(text))


def project(text: str) -> dict[str, Any]:
    """All of `docker compose config --format json`; warnings before the JSON are passed over."""
    item = _object(text[text.find("{") :] if "{" in text else text, "docker compose config")
    _services_of(item)
    return item


def _services_of(item: Mapping[str, Any]) -> dict[str, Any]:
    found = item.get("services") or {}
    if not isinstance(found, dict) or not all(isinstance(v, dict) and SERVICE.fullmatch(k) for k, v in found.items()):
        raise Unreadable("docker compose config printed services that are none")
    return found


def replicas(item: Mapping[str, Any]) -> int:
    """Return the number of containers that the configuration asks for."""
    deploy = item.get("deploy")
    wanted = deploy.get("replicas") if isinstance(deploy, dict) else item.get("scale")
    return wanted if isinstance(wanted, int) else 1


def health_after(found: Mapping[str, Any]) -> Iterable[tuple[str, float]]:
    """Services with a health check, and the seconds until it is first asked."""
    for name, item in sorted(found.items()):
        check = item.get("healthcheck")
        if isinstance(check, dict) and not check.get("disable") and check.get("test") not in (None, ["NONE"]):
            yield name, _seconds(check.get("interval")) or DEFAULT_INTERVAL_S


DEFAULT_INTERVAL_S = 30.0
"""Between two health checks, where nothing else is set."""
_PARTS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001, "us": 1e-6, "ns": 1e-9}


def _seconds(text: object) -> float:
    """A duration as compose writes it (`1m30s`); 0 where it is none."""
    parts = re.findall(r"(\d+(?:\.\d+)?)(h|ms|m|us|ns|s)", text) if isinstance(text, str) else []
    return sum(float(number) * _PARTS[unit] for number, unit in parts)


def env_files(found: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Each service's env files, as the configuration names them."""
    return {name: tuple(_paths(item.get("env_file"))) for name, item in found.items()}


def required_env_files(found: Mapping[str, Any]) -> Iterable[str]:
    """Env files without which compose does not go on."""
    for item in found.values():
        entries = item.get("env_file")
        for entry in entries if isinstance(entries, list) else [entries]:
            if isinstance(entry, dict) and entry.get("required", True):
                yield str(entry.get("path"))
            elif isinstance(entry, str):
                yield entry


def _paths(entry: object) -> Iterable[str]:
    for item in entry if isinstance(entry, list) else [entry]:
        path = item.get("path") if isinstance(item, dict) else item
        if isinstance(path, str):
            yield path


def remembered(lines: str) -> tuple[tuple[str, str], ...]:
    """Service and image id, as host/remember.sh prints them."""
    pairs = [line.split() for line in lines_of(lines)]
    if not all(len(p) == 2 and SERVICE.fullmatch(p[0]) and _IMAGE.fullmatch(p[1]) for p in pairs):  # noqa: PLR2004
        raise Unreadable("the tagged images were not listed as expected")
    return tuple(sorted({(service, image) for service, image in pairs}))


def _object(text: str, program: str) -> dict[str, Any]:
    try:
        item = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"{program} printed no JSON") from error
    if not isinstance(item, dict):
        raise Unreadable(f"{program} printed JSON of another shape")
    return item


def _matching(pattern: re.Pattern[str], value: object, what: str) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise Unreadable(f"docker printed a {what} that is none: {one_line(str(value), 80)!r}")
    return value
