"""Services that the difference between two releases reaches, and the way in which it reaches them.

Knows: the configuration as `docker compose config` renders it, at the release that runs and at the one to go back to.
Must not know: how a service is made anew. Compose sees what it renders; it does not see the bytes behind a mount, a
config or a secret, so services that read changed ones must be made anew by name.
"""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from flightrules.state.operation import Touch
from flightrules.state.untrusted import one_line

_UNWATCHED = ("build", "depends_on", "profiles", "develop", "pull_policy", "scale", "env_file")
"""Parts of a service that compose does not hold against its container."""
_SHARED = ("network_mode", "pid", "ipc")
NAMES = 3

Project = Mapping[str, Any]


def touches(
    current: Project | None,
    release: Project,
    changed: Sequence[str],
    links: Mapping[str, str],
    stale: Mapping[str, str] | None = None,
) -> tuple[Touch, ...]:
    """The fate of each service of a release. `changed` are absolute paths, `links` where linked paths really lead.

    `current` is the configuration of the release that runs; None when it cannot be read. `stale` has a mounted path for
    each service that sees an older file or folder than lies there now.
    """
    before, stale = _services(current or {}), stale or {}
    found = {
        name: _stale(name, stale[name]) if name in stale else _fate(name, current, release, changed, links)
        for name in sorted(_services(release))
    }
    _follow(found, release)
    # A container may still stand of one that the running release does not have, with files that are gone since.
    kept = (current is None or name in before or fate.fate == "recreated" for name, fate in found.items())
    return tuple(fate if keep else _new(fate.service) for fate, keep in zip(found.values(), kept, strict=True))


def with_numbers(fates: Sequence[Touch], release: Project, scale: Collection[str]) -> tuple[Touch, ...]:
    """Make services anew whose number the settings give, if one that is made anew needs them.

    Compose brings up what a named service needs, and takes the number of those only that are named.
    """
    needed = {
        other: touch.service
        for touch in fates
        if touch.fate == "recreated"
        for other in _needs(_services(release), touch.service) & {*scale}
    }
    says = "which is made anew, needs it, and compose keeps its number only by name"
    return tuple(
        Touch(service=one.service, fate="recreated", why=f"{needed[one.service]}, {says}")
        if one.service in needed and one.fate != "recreated"
        else one
        for one in fates
    )


def read_by(project: Project) -> Mapping[str, tuple[str, ...]]:
    """Each path of the host that containers see, with the services that do; env files are read for them."""
    found: dict[str, tuple[str, ...]] = {}
    for name, service in sorted(_services(project).items()):
        for path in {*(path for path, _ in _read(service, project)), *_env_files(service)}:
            found[path] = (*found.get(path, ()), name)
    return found


def _services(project: Project) -> Mapping[str, Any]:
    services = project.get("services")
    return services if isinstance(services, dict) else {}


def _new(name: str) -> Touch:
    return Touch(service=name, fate="made", why="the release that runs does not have it")


def _stale(name: str, path: str) -> Touch:
    return Touch(
        service=name, fate="recreated", why=f"it still sees what {one_line(path, 200)} was before it was replaced"
    )


def _fate(
    name: str, current: Project | None, release: Project, changed: Sequence[str], links: Mapping[str, str]
) -> Touch:
    service = _services(release)[name]
    read = {path: what for path, what in _read(service, release) if path}
    hits = [f"{what} {path}" for path, what in read.items() if _hit(links.get(path, path), changed)]
    hits += [f"{what} is another" for what in _declared(service, current, release)]
    if hits:
        return Touch(service=name, fate="recreated", why=f"changed: {_listed(hits)}")
    if current is None:
        return Touch(service=name, fate="compose", why="what it is made of now could not be compared")
    differs = _differs(_services(current).get(name, {}), service)
    env_files = [path for path in _env_files(service) if _hit(links.get(path, path), changed)]
    if differs or env_files:
        why = [*differs, *(f"env_file {path}" for path in env_files)]
        return Touch(service=name, fate="compose", why=f"differs: {_listed(why)}")
    if any(_hit(links.get(path, path), changed) for path in _built_from(service)):
        return Touch(service=name, fate="compose", why="what its image is built from differs")
    return Touch(service=name, fate="left", why="nothing that it is made of differs")


def _listed(words: Sequence[str]) -> str:
    more = f" and {len(words) - NAMES} more" if len(words) > NAMES else ""
    return ", ".join(one_line(word, 200) for word in words[:NAMES]) + more


def _hit(path: str, changed: Sequence[str]) -> bool:
    """Return True if a path is, holds or lies in something that changed; a submodule is one changed path."""
    path = posixpath.normpath(path)
    inside = path if path.endswith("/") else f"{path}/"
    return any(item == path or item.startswith(inside) or path.startswith(f"{item}/") for item in changed)


def _read(service: Mapping[str, Any], project: Project) -> Iterable[tuple[str, str]]:
    """Files and folders of the host that the service's containers see, and as what."""
    for mount in _tables(service.get("volumes")):
        if mount.get("type") == "bind":
            yield str(mount.get("source") or ""), "mount"
        elif mount.get("type") == "volume":
            options = _table(_table(_table(project, "volumes"), str(mount.get("source"))), "driver_opts")
            if str(options.get("device") or "").startswith("/"):
                yield str(options["device"]), "volume"
    for kind, word in (("configs", "config"), ("secrets", "secret")):
        for use in _tables(service.get(kind)):
            declared = _table(_table(project, kind), str(use.get("source")))
            yield str(declared.get("file") or ""), word


def _declared(service: Mapping[str, Any], current: Project | None, release: Project) -> Iterable[str]:
    """Configs and secrets that are declared otherwise: other content, another file or variable."""
    for kind, word in (("configs", "config"), ("secrets", "secret")):
        for use in _tables(service.get(kind)):
            source = str(use.get("source"))
            now = _table(_table(release, kind), source)
            if current is not None and _table(_table(current, kind), source) != now:
                yield f"{word} {source}"


def _built_from(service: Mapping[str, Any]) -> Iterable[str]:
    build = _table(service, "build")
    context = str(build.get("context") or "")
    if context.startswith("/"):
        yield context
        yield posixpath.join(context, str(build.get("dockerfile") or "Dockerfile"))
    contexts = build.get("additional_contexts")
    yield from (str(path) for path in (contexts.values() if isinstance(contexts, dict) else ()))


def _differs(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    names = sorted((before.keys() | after.keys()) - {*_UNWATCHED})
    return [name for name in names if before.get(name) != after.get(name)]


def _env_files(service: Mapping[str, Any]) -> Iterable[str]:
    entry = service.get("env_file")
    for item in entry if isinstance(entry, list) else [entry]:
        path = item.get("path") if isinstance(item, dict) else item
        if isinstance(path, str):
            yield path


def _follow(found: dict[str, Touch], project: Project) -> None:
    """Whoever shares a namespace or volumes with a service that is made anew, or asks for it, is made anew as well."""
    grown = True
    while grown:
        grown = False
        for name, touch in list(found.items()):
            if touch.fate in {"recreated", "compose"}:
                continue
            leaders = [other for other in _leaders(_services(project)[name]) if _moves(found.get(other))]
            if leaders:
                found[name] = Touch(
                    service=name, fate="recreated", why=f"it depends on {leaders[0]}, which is recreated"
                )
                grown = True


def _needs(services: Mapping[str, Any], name: str) -> set[str]:
    """Return the services that one needs to be up, and those that these need."""
    found: set[str] = set()
    left = [name]
    while left:
        service = services.get(left.pop())
        for other in {*_table(service, "depends_on"), *_leaders(service if isinstance(service, dict) else {})} - found:
            found.add(other)
            left.append(other)
    return found


def _moves(touch: Touch | None) -> bool:
    return touch is not None and touch.fate in {"recreated", "compose"}


def _leaders(service: Mapping[str, Any]) -> Iterable[str]:
    for key in _SHARED:
        kind, _, name = str(service.get(key) or "").partition(":")
        if kind == "service":
            yield name
    for entry in service.get("volumes_from") or ():
        yield str(entry).partition(":")[0]
    for name, how in _table(service, "depends_on").items():
        if isinstance(how, dict) and how.get("restart"):
            yield name


def _table(value: object, key: str) -> Mapping[str, Any]:
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def _tables(value: object) -> Iterable[Mapping[str, Any]]:
    return (item for item in (value if isinstance(value, list) else ()) if isinstance(item, dict))
