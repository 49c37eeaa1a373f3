"""A survey out of the records of host/survey.sh.

Knows: which records make up which field. Must not know: how they were collected or what a plan makes of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from flightrules.adapters.programs import SENT
from flightrules.adapters.reading import docker, git, system
from flightrules.adapters.reading.alone import host_files
from flightrules.adapters.reading.findings import Records, service_states, states_or_unknown, told
from flightrules.adapters.reading.mounts import mounts
from flightrules.adapters.reading.present import differences, kept_volumes
from flightrules.adapters.reading.reach import touches
from flightrules.adapters.reading.rehearsal import patch, rehearsal
from flightrules.adapters.reading.unreadable import Unreadable
from flightrules.state.composing import templates
from flightrules.state.evidence import ServiceState
from flightrules.state.migrations import MigrationPlaces, places_of
from flightrules.state.operation import ImageState, ReleaseTold, Survey, Touch
from flightrules.state.restarting import RestartRight, by_sudo, listed, unlisted
from flightrules.state.target import CommandsRuntime, ComposeRuntime, Target
from flightrules.state.untrusted import clean, lines_of, one_line

_FOLDER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
MOST_PATCH = 65_536
MOST_WHY = 500


def survey(target: Target, host: str, release: str, records: Records, *, sent_at: datetime) -> Survey:
    """Return what the host showed.

    Raises `Unreadable` if something that every plan needs is not there.
    """
    head, branch = git.head(records.text("head"))
    known = records.frames.get("release")
    if known is None:
        raise Unreadable(records.missing)
    present = known.status == 0
    fields: dict[str, Any] = {
        "host": host,
        "head": head,
        "branch": branch,
        "dirty": git.dirty(records.text("dirty")),
        "release_present": present,
        "fetched": present and known.text.strip() == "fetched",
        "changed_paths": git.paths(records.text("paths")) if present else (),
        "told": _told(records) if present else (),
        "submodules": present and records.text("submodules").strip() == "yes",
        "migrations": _migrations(target, records) if present else None,
        "nothing_arrives": records.text("arrived").encode() != SENT,
        "read_at": sent_at,
        "clock_skew_s": round((system.clock(records.text("clock")) - sent_at).total_seconds(), 1),
    } | _lock(records)
    if present:
        text = records.text("rehearsal")
        fields |= {"rehearsal": rehearsal(text), "dirty_patch": clean(patch(text), MOST_PATCH)}
    runtime = target.runtime
    if isinstance(runtime, ComposeRuntime):
        return Survey(**fields, **_engine(target, runtime, release, records, fields))
    fields["free_bytes"], fields["free_inodes"] = _free(records)
    fields["release"] = told(runtime, records.frames.get("told"))
    fields |= _folders(target, records)
    fields["restart"] = _restart(target, runtime, host, records)
    return Survey(**fields, services=states_or_unknown(runtime, records), config_ok=True)


def _free(records: Records) -> tuple[int | None, int | None]:
    """Free bytes and inodes; None where only what an approval is held against was read."""
    return system.free(records.text("space")) if "space" in records.frames else (None, None)


def _told(records: Records) -> tuple[ReleaseTold, ...]:
    """Return what the commits tell; empty if they could not be read, since nothing rests on it."""
    try:
        return git.releases(records.text("described"))
    except Unreadable:
        return ()


def _migrations(target: Target, records: Records) -> MigrationPlaces | None:
    """Return the places of migrations; None if they could not be read, or not completely."""
    frame = records.frames.get("places")
    if frame is None or frame.status != 0 or not frame.out.endswith(b"\0"):
        return None
    return places_of(target.migrations, git.paths(frame.text))


def _restart(target: Target, runtime: CommandsRuntime, host: str, records: Records) -> RestartRight:
    """Return whether the login user may restart the service."""
    if not by_sudo(runtime):
        return unlisted(runtime, next(item.user for item in target.hosts if item.name == host))
    frame = records.frames.get("right")
    if frame is None:
        return RestartRight(right="unknown", why=one_line(records.missing, MOST_WHY))
    return listed(frame.status, frame.text, frame.err.decode(errors="replace"))


def _folders(target: Target, records: Records) -> dict[str, Any]:
    """Return which folder is current and which holds the release, if releases lie side by side."""
    if target.side_by_side is None:
        return {}
    lines = [line.partition(" ") for line in lines_of(records.text("folders"))]
    names = {word: name for word, _, name in lines if _FOLDER.fullmatch(name) or word == "taken"}
    return {
        "current_folder": names.get("current", ""),
        "release_folder": names.get("release", ""),
        "release_folder_taken": "taken" in names and "release" not in names,
    }


def _lock(records: Records) -> dict[str, Any]:
    state, _, holder = records.text("lock").partition("\n")
    if state not in {"held", "free"}:
        raise Unreadable("the state of the lock was not printed")
    held = state == "held"
    unnamed = "an operation that has not said its name yet" if held else ""
    return {"lock_alive": held, "lock_holder": one_line(holder, MOST_WHY) or unnamed}


def _engine(
    target: Target, runtime: ComposeRuntime, release: str, records: Records, fields: Mapping[str, Any]
) -> dict[str, Any]:
    try:
        states = service_states(runtime, records)
        images = docker.images(records.text("images"))
        free_bytes, free_inodes = _free(records)
        found: dict[str, Any] = {"services": states, "free_bytes": free_bytes, "free_inodes": free_inodes}
    except Unreadable as error:
        return {"engine_ok": False, "engine_why": one_line(str(error), MOST_WHY), "config_why": "the engine is down"}
    if not fields["release_present"]:
        return found | {"config_why": "the release is not there"}
    try:
        records.get("export")
        config = _config(runtime, records)
    except Unreadable as error:
        return found | {"config_why": one_line(_complaint(records) or str(error), MOST_WHY)}
    changed = (*fields["changed_paths"], *fields["dirty"])
    moved, late = _changed_env_files(target, config, states, records, fields["changed_paths"])
    present = _present(target, runtime, records)
    return (
        found
        | present
        | {
            "health_after_s": tuple(docker.health_after(config)),
            "touches": _touches(target, records, changed),
            "host_files": host_files(docker.project(records.text("config")), records),
            "kept_volumes": kept_volumes(docker.project(records.text("config")), records),
            "config_ok": True,
            "shadowed": tuple(one_line(line, 200) for line in lines_of(records.text("shadows"))),
            "config_hashes": tuple(
                (name, "")
                for name, item in sorted(config.items())
                if docker.replicas(item) and runtime.scale.get(name, 1)
            ),
            "images": tuple(
                _image(runtime, release, name, item, images).model_copy(
                    update={"named_by": _named_by(runtime, records, name, item)}
                )
                for name, item in sorted(config.items())
            ),
            "env_files_changed": moved,
            # Compose itself compared what they say with what runs, if it could be asked.
            "env_files_written": late if "differs_why" in present else (),
        }
    )


def _config(runtime: ComposeRuntime, records: Records) -> dict[str, Any]:
    """The services of the release. Raises `Unreadable`, also when an env file is missing that `up` would want."""
    config = docker.config(records.text("config"))
    absent = set(lines_of(records.text("lacking")))
    if missing := [path for path in docker.required_env_files(config) if path in absent]:
        raise Unreadable(f"env file {one_line(missing[0], 300)} is not there at that release")
    if unknown := sorted(runtime.scale.keys() - config.keys()):
        raise Unreadable(f"`scale` of the settings names {unknown[0]}, which that release does not have")
    return config


def _present(target: Target, runtime: ComposeRuntime, records: Records) -> dict[str, Any]:
    """Return whether the settings explain what runs."""
    try:
        return {"differs": differences(target, runtime, records)}
    except Unreadable as error:
        return {"differs_why": one_line(str(error), MOST_WHY)}


def _touches(target: Target, records: Records, changed: Iterable[str]) -> tuple[Touch, ...]:
    """Return what going to the release does to each service."""
    prefix = records.text("prefix").strip().strip("/")
    top = target.app_dir.rstrip("/").removesuffix(f"/{prefix}") if prefix else target.app_dir.rstrip("/")
    try:
        current = docker.project(records.text("current"))
    except Unreadable:
        current = None
    lines = (line.partition("\t") for line in lines_of(records.text("links")))
    links = {path: real for path, _, real in lines if real}
    release = docker.project(records.text("config"))
    stale = {item.service: item.source for item in mounts(records) if item.sees == "old"}
    return touches(current, release, [f"{top}/{path}" for path in changed], links, stale)


def _complaint(records: Records) -> str:
    """Return what compose itself says is wrong.

    Its last line is only a summary at times.
    """
    frame = records.frames.get("config")
    return frame.err.decode(errors="replace") if frame is not None and frame.status else ""


def _image(
    runtime: ComposeRuntime, release: str, service: str, item: Mapping[str, Any], images: Mapping[str, str]
) -> ImageState:
    named = item.get("image")
    ref = one_line(named, 300) if isinstance(named, str) else f"{runtime.project}-{service}"
    return ImageState(
        service=service,
        ref=ref,
        present=images.get(docker.image_name(ref), ""),
        remembered=images.get(f"flightrules/{runtime.project}/{service}".lower() + f":{release}", ""),
        buildable="build" in item,
    )


_VARIABLE = re.compile(r"(?<!\$)\$(?:\{([A-Za-z_][A-Za-z0-9_]*)(?::?-([^{}]*))?[^{}]*\}|([A-Za-z_][A-Za-z0-9_]*))")


def _named_by(runtime: ComposeRuntime, records: Records, service: str, item: Mapping[str, Any]) -> str:
    """The variable in the image's name that only the host sets; empty if both releases name another image."""
    try:
        raw = docker.config(records.text("raw")).get(service, {}).get("image")
        now = docker.config(records.text("current")).get(service, {}).get("image")
    except Unreadable:
        return ""
    by_default = _VARIABLE.sub(lambda found: found[2] or "", raw) if isinstance(raw, str) else raw
    if not isinstance(raw, str) or now != item.get("image") or by_default == now:
        return ""
    names = (found[1] or found[3] for found in _VARIABLE.finditer(raw))
    return next((name for name in names if name not in templates(runtime)), "")


def _changed_env_files(
    target: Target,
    config: Mapping[str, Any],
    states: Iterable[ServiceState],
    records: Records,
    changed_paths: Iterable[str],
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Env files that differ between the releases, and others written since a service that reads them started."""
    written = system.written(records.text("env_files"))
    starts: dict[str, datetime] = {}
    for state in states:
        if state.started_at is not None:
            starts[state.service] = min(state.started_at, starts.get(state.service, state.started_at))
    readers: dict[str, set[str]] = {f"{target.app_dir.rstrip('/')}/.env": set(starts)}
    for service, paths in docker.env_files(config).items():
        for path in paths:
            readers.setdefault(path, set()).add(service)
    moved = {f"{target.app_dir.rstrip('/')}/{path}" for path in changed_paths}
    late = [
        path
        for path, services in sorted(readers.items())
        if path in written and any(written[path] > starts[name] for name in services if name in starts)
    ]
    differ = [one_line(path, 300) for path in sorted(readers) if path in moved]
    return tuple(differ), tuple(one_line(path, 300) for path in late if path not in moved)
