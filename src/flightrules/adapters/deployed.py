"""Reading how a running compose project was deployed, from its host, for a first settings file.

Knows: the labels of containers, and that a survey says what settings do not explain. Must not know: the file.
Settings are tried until compose itself would change nothing about what runs; what is left is told.
"""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flightrules.adapters.frames import parse
from flightrules.adapters.production import SshProduction
from flightrules.adapters.programs import answer, part
from flightrules.adapters.reading.records import Records
from flightrules.adapters.reading.unreadable import Unreadable
from flightrules.adapters.ssh import SshHost
from flightrules.errors import Refused, Unavailable
from flightrules.ports import Clock
from flightrules.state.composing import RELEASE, SHORT, compose_command
from flightrules.state.operation import Survey
from flightrules.state.redaction import redact
from flightrules.state.target import ComposeRuntime, Host, Target
from flightrules.state.untrusted import lines_of, one_line

LIMIT_S = "30"
TRIES = 6
"""Number of times that settings are mended and tried again."""
_NAME = re.compile(r"(?!COMPOSE_)[A-Za-z_][A-Za-z0-9_]*")
_PORT = re.compile(r"(?:127\.0\.0\.1|localhost|0\.0\.0\.0):(\d{2,5})(/[^\s\"']*)?")
_PATHS = ("/health", "/healthz", "/api/health", "/api/v1/health", "/up", "/status", "/")


@dataclass(kw_only=True)
class Deployed:
    """Settings that were read from a running project, and what could not be told from it."""

    branch: str
    runtime: ComposeRuntime
    addresses: tuple[str, ...] = ()
    """Addresses at which the service may answer, most likely first."""
    open: list[str] = field(default_factory=list)
    """Points that a person must still settle."""


async def read(host: Host, folder: str, clock: Clock, *, project: str = "") -> Deployed:
    """Read a project.

    Raises:
        Refused: there is none in the folder, or more than one.
        Unavailable: the host or its engine could not be read.
    """
    ssh = SshHost(host)
    try:
        text = "".join(map(part, ("frames", "deployed")))
        heard = await ssh.run(("sh", "-c", text, "deployed", folder, LIMIT_S), limit_s=120.0)
        records = Records(parse(answer(heard.out)), one_line(heard.err.decode(errors="replace"), 400))
        containers = _of_project([json.loads(line) for line in _lines(host, records, "all") if line], folder, project)
        head = _lines(host, records, "head")[0]
        found = Deployed(
            branch=_first(records, "branch") or "main",
            runtime=_labelled(containers, folder),
            addresses=tuple(_addresses(host, containers)),
        )
        await _explained(found, _Place(host, folder, head, _first(records, "tag"), ssh, clock), containers)
    finally:
        await ssh.close()
    return found


def _lines(host: Host, records: Records, name: str) -> list[str]:
    try:
        return lines_of(records.text(name))
    except Unreadable as error:
        raise Unavailable(f"host {host.name}", str(error)) from error


def _first(records: Records, name: str) -> str:
    frame = records.frames.get(name)
    return one_line(frame.text, 200).strip() if frame is not None and frame.status == 0 else ""


Container = Mapping[str, Any]


def _of_project(containers: Sequence[Container], folder: str, project: str) -> list[Container]:
    mine = [item for item in containers if _inside(item, folder) and project in {"", item["project"]}]
    names = sorted({str(item["project"]) for item in mine})
    if not names:
        known = ", ".join(sorted({f"{item['project']} in {item['folder']}" for item in containers})) or "none"
        reason = f"No compose project was deployed from {folder}; projects of that host: {one_line(known, 400)}."
        raise Refused("no_project", reason, "Name the folder of the checkout that runs.")
    if len(names) > 1:
        raise Refused("many_projects", f"{folder} runs {', '.join(names)}.", "Name one with --project.")
    return mine


def _inside(item: Container, folder: str) -> bool:
    paths = [str(item.get("folder") or ""), *str(item.get("files") or "").split(",")]
    return any(path == folder or path.startswith(f"{folder}/") for path in paths)


def _labelled(containers: Sequence[Container], folder: str) -> ComposeRuntime:
    """The settings that the labels of the newest container tell."""
    made = containers[0]
    place = str(made.get("folder") or folder)
    files = [path for path in str(made.get("files") or "").split(",") if path]
    env_files = [path for path in str(made.get("env_files") or "").split(",") if path]
    return ComposeRuntime(
        project=str(made["project"]),
        folder=_short(place, folder) or ".",
        files=() if _by_itself(files, place) else tuple(_short(path, folder) for path in files),
        env_files=() if env_files == [f"{place}/.env"] else tuple(_short(path, folder) for path in env_files),
    )


def _short(path: str, folder: str) -> str:
    return "" if path == folder else path.removeprefix(f"{folder}/")


def _by_itself(files: Sequence[str], place: str) -> bool:
    """Return True if compose takes these files when it is not told any."""
    named = [path.removeprefix(f"{place}/") for path in files]
    first = re.fullmatch(r"(docker-)?compose\.ya?ml", named[0]) if named else None
    return bool(first) and all(re.fullmatch(r"(docker-)?compose\.override\.ya?ml", name) for name in named[1:])


@dataclass(frozen=True, slots=True)
class _Place:
    """A checkout on a host, and the way to it."""

    host: Host
    folder: str
    head: str
    tag: str
    ssh: SshHost
    clock: Clock

    def target(self, runtime: ComposeRuntime) -> Target:
        return Target(
            name="new", hosts=(self.host,), app_dir=self.folder, runtime=runtime, health_url="http://127.0.0.1/"
        )

    async def survey(self, runtime: ComposeRuntime) -> Survey:
        production = SshProduction(self.target(runtime), self.clock)
        try:
            return await production.survey(self.host.name, self.head)
        finally:
            await production.close()

    async def config(self, runtime: ComposeRuntime, variables: Mapping[str, str], *words: str) -> str:
        """Return what `docker compose config` prints there with these variables."""
        command = (*compose_command(self.target(runtime), runtime), "config", *words)
        named = [f"{name}={value}" for name, value in variables.items()]
        heard = await self.ssh.run(
            ("sh", "-c", f'cd {shlex.quote(self.folder)} && exec env "$@"', "sh", *named, *command)
        )
        return heard.out.decode(errors="replace") if heard.status == 0 else ""


async def _explained(found: Deployed, place: _Place, containers: Sequence[Container]) -> None:
    """Mend the settings until they explain what runs."""
    await _variables(found, place, containers)
    left: tuple[str, ...] = ()
    for _ in range(TRIES):
        survey = await place.survey(found.runtime)
        if not survey.config_ok:
            raise Unavailable(f"host {place.host.name}", f"compose does not take the files: {survey.config_why}.")
        left = tuple(f"{item.service} {item.saw}".strip() for item in survey.differs)
        if survey.differs_why:
            left = (f"it is not known whether these settings make what runs: {survey.differs_why}",)
        mended = _mended(found.runtime, [item.mend for item in survey.differs])
        if mended == found.runtime:
            break
        found.runtime = mended
    found.open += left


def _mended(runtime: ComposeRuntime, mends: Iterable[str]) -> ComposeRuntime:
    """The settings with what a survey says of profiles and replicas."""
    fields = runtime.model_dump()
    for mend in mends:
        try:
            told = tomllib.loads(mend)
        except tomllib.TOMLDecodeError:
            continue
        fields["profiles"] = tuple(dict.fromkeys([*fields["profiles"], *told.get("profiles", ())]))
        fields["scale"] = {**fields["scale"], **told.get("scale", {})}
    return ComposeRuntime.model_validate(fields)


async def _variables(found: Deployed, place: _Place, containers: Sequence[Container]) -> None:
    """The variables that whoever deployed exported: compose's files say where each stands, the containers its value."""
    every = found.runtime.model_copy(update={"profiles": ("*",)})
    listed = (await place.config(every, {}, "--variables")).splitlines()[1:]
    names = [line.split()[0] for line in listed if line.strip()]
    names = [name for name in names if _NAME.fullmatch(name) and name not in {"PWD", "HOME"}]
    marks = {name: f"fr0{number}x" for number, name in enumerate(names)}
    rendered = _json(await place.config(every, marks, "--format", "json"))
    plain = _json(await place.config(every, {}, "--format", "json"))
    values: dict[str, str] = {}
    for name, mark in marks.items():
        value = next(iter(_values(mark, rendered, containers)), None)
        if value is not None and not _stands(value, mark, rendered, plain):
            values[name] = value
    released = {place.head: RELEASE, place.head[:7]: SHORT}
    fields = found.runtime.model_dump() | {"release_variable": "" if "GIT_SHA" in names else "GIT_SHA"}
    for name, value in values.items():
        if (
            value == place.head
            and re.fullmatch(r"[A-Z_][A-Z0-9_]*", name)
            and fields["release_variable"] in {"", "GIT_SHA"}
        ):
            fields["release_variable"] = name
        elif redact(f"{name}={value}") != f"{name}={value}":
            found.open.append(f"{name} seems to hold a secret: put it into a file on the host and name it in env_files")
        else:
            fields["variables"][name] = released.get(value, value)
            if value == place.tag:
                found.open.append(f"{name} is the release's tag, {value}: a rollback would set the same one")
    found.runtime = ComposeRuntime.model_validate(fields)


def _values(mark: str, rendered: Mapping[str, Any], containers: Sequence[Container]) -> Iterable[str]:
    """Values that containers have in the place of a mark: in their image's name, or in their environment."""
    services = rendered.get("services") or {}
    for item in containers:
        service = services.get(item.get("service")) or {}
        env = dict(entry.partition("=")[::2] for entry in item.get("env") or ())
        pairs = [(service.get("image"), item.get("ref"))]
        pairs += [(text, env.get(name)) for name, text in (service.get("environment") or {}).items()]
        for text, seen in pairs:
            if isinstance(text, str) and isinstance(seen, str) and mark in text:
                pattern = ".*".join(map(re.escape, text.split(mark)))
                match = re.fullmatch(pattern.replace(".*", "(.*)", 1), seen)
                if match and not re.search(r"fr0\d+x", match[1]):
                    yield match[1]


def _stands(value: str, mark: str, rendered: Mapping[str, Any], plain: Mapping[str, Any]) -> bool:
    """Return True if compose has that value without being told it, from `.env` or a default."""
    told = json.dumps(rendered.get("services"), sort_keys=True).replace(mark, value)
    known = json.dumps(plain.get("services"), sort_keys=True)
    return told == known


def _json(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _addresses(host: Host, containers: Sequence[Container]) -> Iterable[str]:
    """Yield the addresses at which the service may answer.

    They come from published ports, and from addresses in health checks and commands.
    """
    for item in containers:
        said = json.dumps([item.get("check"), item.get("command")])
        hints = {int(port): path or "" for port, path in _PORT.findall(said)}
        published = {
            int(inside.partition("/")[0]): int(bound[0]["HostPort"])
            for inside, bound in (item.get("ports") or {}).items()
            if bound and inside.endswith("/tcp")
        }
        ports = {published.get(port, port): path for port, path in hints.items()} | dict.fromkeys(
            set(published.values()) - {published.get(port, port) for port in hints}, ""
        )
        for port, path in ports.items():
            for tried in dict.fromkeys([path.rstrip("\\") or "/health", *_PATHS]):
                yield f"http://{host.address}:{port}{tried}"
