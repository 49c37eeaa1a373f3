"""Comparison of what runs with what the settings would make, by compose's own dry run and the labels of the containers.

Knows: the lines of `docker compose --dry-run create`, and what labels tell of a deployment.
Must not know: what follows from a difference. The oracle is compose: labels only help to say what differs.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flightrules.adapters.reading import docker
from flightrules.adapters.reading.records import Records
from flightrules.adapters.reading.unreadable import Unreadable
from flightrules.state.composing import path_of
from flightrules.state.operation import Difference
from flightrules.state.target import ComposeRuntime, Target
from flightrules.state.untrusted import lines_of, one_line

_LINE = re.compile(
    r"^\s*(?:DRY-RUN MODE -\s+)?(Container|Network|Volume)\s+\"?([A-Za-z0-9][^\s\"]*)\"?\s+([A-Z][a-z]+)\s*$"
)
_KNOWN = {"Running", "Restart", "Restarted", "Starting", "Started", "Waiting", "Healthy", "Exited", "Recreated"}
"""Words that say nothing of a difference: what is paused or stopped is told by its state."""
_UNSET = re.compile(r"The \\?\"([A-Za-z_][A-Za-z0-9_]*)\\?\" variable is not set")
_TEMPORARY = re.compile(r"^[0-9a-f]{12}_")
_DEFAULTS = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
_OVERRIDES = tuple(name.replace("compose.", "compose.override.") for name in _DEFAULTS)
MOST_SAID = 300


def differences(target: Target, runtime: ComposeRuntime, records: Records) -> tuple[Difference, ...]:
    """Return what compose would change about what runs.

    Raises `Unreadable` if compose could not be asked.
    """
    done = would(records)
    made = [_Made(item) for item in map(_item, lines_of(records.text("services"))) if item]
    try:
        current = docker.config(records.text("current"))
    except Unreadable:
        current = {}
    unset = sorted(set(_UNSET.findall(_said(records))))
    seen = _Seen(target, runtime, made, current, unset, _hidden(records))
    return tuple(seen.differences(done))


def kept_volumes(project: Mapping[str, Any], records: Records) -> tuple[str, ...]:
    """Volumes that are there and that a configuration declares otherwise: compose keeps them as they are."""
    try:
        there = [_item(line) for line in lines_of(records.text("volumes")) if line]
    except Unreadable:
        return ()
    declared = project.get("volumes")
    volumes = declared if isinstance(declared, dict) else {}
    made = {str(item.get("volume")): (item.get("driver"), item.get("options") or {}) for item in there}
    wanted = {
        name: (item.get("driver") or "local", item.get("driver_opts") or {})
        for name, item in volumes.items()
        if isinstance(item, dict) and not item.get("external")
    }
    return tuple(
        one_line(name, MOST_SAID) for name in sorted(made.keys() & wanted.keys()) if made[name] != wanted[name]
    )


def would(records: Records) -> dict[tuple[str, str], str]:
    """Return what a dry run would do to each container, network and volume, by its kind and name."""
    found: dict[tuple[str, str], str] = {}
    for line in lines_of(records.text("would")):
        match = _LINE.match(line)
        if match and match[3] not in _KNOWN:
            found.setdefault((match[1], _TEMPORARY.sub("", match[2])), match[3])
    return found


def plain_differences(runtime: ComposeRuntime, records: Records) -> tuple[Difference, ...]:
    """The same in fewer words, from the dry run alone. Raises `Unreadable` when it could not be asked."""
    found = would(records)
    named = {(kind, name): _service_of(runtime, name) if kind == "Container" else "" for kind, name in found}
    return tuple(
        Difference(service=named[key], saw=f"{key[0].lower()} {one_line(key[1], 100)}: {_WORDS.get(word, word)}")
        for key, word in sorted(found.items())
    )


_WORDS = {
    "Recreate": "compose would recreate it",
    "Creating": "compose would make it",
    "Created": "compose would make it",
    "Stopping": "compose would remove it",
    "Removing": "compose would remove it",
    "Removed": "compose would remove it",
}


def _service_of(runtime: ComposeRuntime, container: str) -> str:
    found = re.fullmatch(rf"{re.escape(runtime.project)}[-_](.+)[-_]\d+", container)
    return found[1] if found else ""


def _said(records: Records) -> str:
    frames = (records.frames.get(name) for name in ("would", "current"))
    return "".join(frame.text + frame.err.decode(errors="replace") for frame in frames if frame is not None)


def _hidden(records: Records) -> Mapping[str, Sequence[str]]:
    """Services that only a profile would name, with their profiles."""
    try:
        found = docker.config(records.text("hidden"))
    except Unreadable:
        return {}
    return {name: [str(word) for word in item.get("profiles") or ()] for name, item in found.items()}


def _item(line: str) -> dict[str, Any]:
    try:
        found = json.loads(line) if line else {}
    except ValueError as error:
        raise Unreadable("docker inspect printed no JSON") from error
    return found if isinstance(found, dict) else {}


class _Made:
    """One container as its labels tell of it."""

    def __init__(self, item: Mapping[str, Any]) -> None:
        self.name = one_line(str(item.get("name") or ""), 200).lstrip("/")
        self.service = one_line(str(item.get("service") or ""), 200)
        self.ref = one_line(str(item.get("ref") or ""), MOST_SAID)
        self.files = _paths(item.get("files"))
        self.env_files = _paths(item.get("env_files"))
        self.folder = one_line(str(item.get("folder") or ""), MOST_SAID)
        state = item.get("state")
        self.lives = isinstance(state, dict) and state.get("Status") in {"running", "paused", "restarting"}


def _paths(label: object) -> tuple[str, ...]:
    return tuple(one_line(path, MOST_SAID) for path in str(label or "").split(",") if path)


class _Seen:
    """Everything that says in what a service differs."""

    def __init__(  # noqa: PLR0913, PLR0917 - all that was read
        self,
        target: Target,
        runtime: ComposeRuntime,
        made: Sequence[_Made],
        current: Mapping[str, Mapping[str, Any]],
        unset: Sequence[str],
        hidden: Mapping[str, Sequence[str]],
    ) -> None:
        self.target, self.runtime = target, runtime
        self.made, self.current, self.unset, self.hidden = made, current, unset, hidden
        self.of_name = {item.name: item for item in made}
        self.count = Counter(item.service for item in made)

    def differences(self, done: Mapping[tuple[str, str], str]) -> Iterable[Difference]:
        """One a service, and one for each network and volume."""
        services: dict[str, list[str]] = {}
        for (kind, name), word in done.items():
            if kind == "Container":
                services.setdefault(self._service(name), []).append(word)
            else:
                yield Difference(saw=f"{kind.lower()} {one_line(name, 100)} is not there as the settings name it")
        for service, words in sorted(services.items()):
            yield self._difference(service, words)
        yield from self._strangers()

    def _service(self, container: str) -> str:
        if container in self.of_name:
            return self.of_name[container].service
        named = (name for name, item in self.current.items() if item.get("container_name") == container)
        return next(named, "") or _service_of(self.runtime, container) or one_line(container, 100)

    def _difference(self, service: str, words: Sequence[str]) -> Difference:
        mine = [item for item in self.made if item.service == service]
        if "Recreate" in words and mine:
            return self._otherwise(service, mine[0])
        live, change = self.count[service], len(words)
        if set(words) <= {"Creating", "Created"}:
            if not mine:
                return Difference(service=service, saw="has no container, and the settings name it")
            saw = f"runs {live} times, and the settings make {len(mine) + change}"
        else:
            saw = f"runs {live} times, and the settings make {max(live - change, 0)}"
        return Difference(service=service, saw=saw, mend=f"scale = {{ {service} = {live} }}")

    def _otherwise(self, service: str, made: _Made) -> Difference:
        reasons, mends = [], []
        for saw, mend in (self._files(made), self._env_files(made), self._folder(made), self._image(service, made)):
            reasons += [saw] * bool(saw)
            mends += [mend] * bool(mend)
        if self.unset:
            reasons.append(f"the settings leave {', '.join(self.unset[:5])} blank")
            mends += [] if any(mend.startswith("env_files") for mend in mends) else [_BLANK]
        said = "; ".join(reasons) or "its configuration (variables, ports, mounts ...) is another"
        return Difference(service=service, saw=f"was not made by these settings: {said}", mend=", ".join(mends))

    def _files(self, made: _Made) -> tuple[str, str]:
        named = tuple(path_of(self.target, name) for name in self.runtime.files)
        if not made.files or made.files == named or (not named and self._by_itself(made.files)):
            return "", ""
        short = ", ".join(map(self._short, made.files))
        return f"it was made from {short}", f"files = {_toml(map(self._short, made.files))}"

    def _by_itself(self, files: Sequence[str]) -> bool:
        """Return True if compose takes these files when it is not told any."""
        folder = path_of(self.target, self.runtime.folder)
        names = [path.removeprefix(f"{folder}/") for path in files]
        return names[0] in _DEFAULTS and all(name in _OVERRIDES for name in names[1:])

    def _env_files(self, made: _Made) -> tuple[str, str]:
        named = tuple(path_of(self.target, name) for name in self.runtime.env_files)
        own = (f"{path_of(self.target, self.runtime.folder)}/.env",)
        if made.env_files == named or (not named and made.env_files in {(), own}):
            return "", ""
        short = list(map(self._short, made.env_files))
        return f"with the variables of {', '.join(short) or 'no file'}", f"env_files = {_toml(short)}"

    def _folder(self, made: _Made) -> tuple[str, str]:
        if not made.folder or made.folder == path_of(self.target, self.runtime.folder):
            return "", ""
        return f"in the folder {made.folder}", f'folder = "{self._short(made.folder)}"'

    def _image(self, service: str, made: _Made) -> tuple[str, str]:
        named = self.current.get(service, {}).get("image")
        if not isinstance(named, str) or not made.ref or docker.image_name(named) == docker.image_name(made.ref):
            return "", ""
        return f"it runs image {made.ref}, the settings name {one_line(named, MOST_SAID)}", ""

    def _strangers(self) -> Iterable[Difference]:
        """Yield a difference for each service that runs and is not named.

        Its profile is not enabled, or its file is not read.
        """
        for service in sorted({item.service for item in self.made if item.lives} - set(self.current)):
            made = next(item for item in self.made if item.service == service)
            profiles = self.hidden.get(service, ())
            if not self.current:
                continue
            if profiles:
                mend = f"profiles = {_toml([*self.runtime.profiles, profiles[0]])}"
                yield Difference(service=service, saw=f"runs by profile {profiles[0]}, which is not enabled", mend=mend)
            elif service not in self.hidden:
                saw, mend = self._files(made)
                if saw:
                    yield Difference(service=service, saw=f"is not part of the settings' files: {saw}", mend=mend)

    def _short(self, path: str) -> str:
        return path.removeprefix(f"{self.target.app_dir.rstrip('/')}/") or path


_BLANK = "variables = { NAME = VALUE } or env_files = [FILE]"


def _toml(words: Iterable[str]) -> str:
    return json.dumps(list(words))
