"""The part of a survey that is compose's: services, images, configuration, and what a rollback does to each.

Knows: which records of host/survey.sh make up which field. Must not know: what a plan makes of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from flightrules.adapters.reading import docker, system
from flightrules.adapters.reading.alone import host_files
from flightrules.adapters.reading.folders import free
from flightrules.adapters.reading.mounts import mounts
from flightrules.adapters.reading.present import differences, kept_volumes
from flightrules.adapters.reading.reach import touches, with_numbers
from flightrules.adapters.reading.records import Records
from flightrules.adapters.reading.unreadable import Unreadable
from flightrules.adapters.runtimes.compose.containers import container_states
from flightrules.state.composing import templates
from flightrules.state.evidence import ServiceState
from flightrules.state.operation import ImageState, Touch
from flightrules.state.runtimes.compose.settings import ComposeRuntime
from flightrules.state.target import Target
from flightrules.state.untrusted import lines_of, one_line

MOST_WHY = 500


def engine(
    target: Target, runtime: ComposeRuntime, release: str, records: Records, fields: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the fields that the engine and compose fill."""
    try:
        states = container_states(records)
        images = docker.images(records.text("images"))
        free_bytes, free_inodes = free(records)
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
            "touches": _touches(target, runtime, records, changed),
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


def _touches(target: Target, runtime: ComposeRuntime, records: Records, changed: Iterable[str]) -> tuple[Touch, ...]:
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
    found = touches(current, release, [f"{top}/{path}" for path in changed], links, stale)
    return with_numbers(found, release, runtime.scale)


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
