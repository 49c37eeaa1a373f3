"""A picture of what stands on a host: containers, images, mounts and what each service read, by plain docker.

Knows: `docker inspect`, `docker export` and the files of a container. Must not know: the product, or what is right.
A picture holds no ids, addresses or times, and names project and folder alike wherever they are.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import re
import subprocess
import tarfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.equivalence.trees import Entry, below

Facts = dict[str, Any]
_PROJECT = "com.docker.compose.project"
_SERVICE = "com.docker.compose.service"
_VOLATILE_CONFIG = {"Hostname", "AttachStdin", "AttachStdout", "AttachStderr"}
_VOLATILE_HOST = {"ConsoleSize", "ContainerIDFile"}
_DOCKERS_OWN = re.compile(r"^(\.dockerenv|dev(/.*)?|proc(/.*)?|sys(/.*)?|etc/(hosts|hostname|resolv\.conf|mtab))$")
_HEX = re.compile(r"\b[0-9a-f]{64}\b")
_WAIT_S = 12.0


@dataclass(kw_only=True)
class Picture:
    """Everything that exists in one project."""

    services: dict[str, list[Facts]] = field(default_factory=dict)
    """Each replica of each service, in no order that matters."""
    images: dict[str, Facts] = field(default_factory=dict)
    """By service: what its image holds."""
    answers: dict[str, int] = field(default_factory=dict)
    """HTTP status by address."""
    volumes: dict[str, dict[str, Entry]] = field(default_factory=dict)
    """Files in each named volume."""


def docker(*words: str) -> str:
    """Return the output of docker."""
    return subprocess.run(["docker", *words], capture_output=True, check=True, text=True, timeout=60).stdout


def containers(project: str) -> list[Facts]:
    """All containers that compose made for a project, whatever their state, one-off ones left out."""
    ids = docker("ps", "-aq", "--no-trunc", "--filter", f"label={_PROJECT}={project}").split()
    found = json.loads(docker("inspect", *ids)) if ids else []
    return [one for one in found if one["Config"]["Labels"].get("com.docker.compose.oneoff") != "True"]


def settled(project: str, limit_s: float = _WAIT_S) -> bool:
    """Wait until no container is about to be something else: starting, being made, restarting."""
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        states = [one["State"] for one in containers(project)]
        moving = [s for s in states if s.get("Health", {}).get("Status") == "starting" or s["Restarting"]]
        if not moving:
            return True
        time.sleep(0.3)
    return False


def picture(project: str, folder: Path, addresses: Mapping[str, int], names: tuple[str, ...]) -> Picture:
    """Take the picture of a project whose checkout is `folder`; `names` are what projects of this team are called."""
    settled(project)
    taken = Picture(answers={path: status(port, path) for path, port in addresses.items()})
    found = containers(project)
    plain = _Plain(project=project, folder=folder, names=names, services={one["Id"]: _service(one) for one in found})
    for one in sorted(found, key=lambda each: str(each["Name"])):
        taken.services.setdefault(_service(one), []).append(plain.facts(one))
        taken.images[_service(one)] = plain.image(one["Image"])
    taken.volumes = {plain.text(name): content for name, content in volumes(project).items()}
    return taken


def volumes(project: str) -> dict[str, dict[str, Entry]]:
    """Return the files in the named volumes of a project."""
    names = docker("volume", "ls", "-q", "--filter", f"label={_PROJECT}={project}").split()
    found = json.loads(docker("volume", "inspect", *names)) if names else []
    points = {one["Name"]: Path(one["Mountpoint"]) for one in found}
    return {name: below(point) for name, point in points.items()}


def status(port: int, path: str) -> int:
    """The HTTP status of a GET; 0 where nothing answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


def _service(one: Facts) -> str:
    return str(one["Config"]["Labels"][_SERVICE])


@dataclass(kw_only=True)
class _Plain:
    """Takes out of what docker says the things that differ from host to host."""

    project: str
    folder: Path
    names: tuple[str, ...]
    services: dict[str, str]
    """The service of each container."""

    def text(self, text: str) -> str:
        """Text with ids, folder and project named alike."""
        for ident, service in self.services.items():
            text = text.replace(ident, f"<{service}>").replace(ident[:12], f"<{service}>")
        for name in self.names:
            text = text.replace(name, "<project>")
        return _HEX.sub("<id>", text.replace(str(self.folder), "<app>"))

    def value(self, value: object) -> Any:  # noqa: ANN401 - JSON
        """A JSON value with ids, folder and project named alike."""
        return json.loads(self.text(json.dumps(value, sort_keys=True)))

    def facts(self, one: Facts) -> Facts:
        """All that is compared of one container."""
        config = {name: item for name, item in one["Config"].items() if name not in _VOLATILE_CONFIG}
        if not one["Id"].startswith(one["Config"]["Hostname"]):
            config["Hostname"] = one["Config"]["Hostname"]
        config["Labels"] = own_labels(config["Labels"])
        config["Env"] = dict(sorted(line.partition("=")[::2] for line in config["Env"] or ()))
        host = {name: item for name, item in one["HostConfig"].items() if name not in _VOLATILE_HOST}
        host["Binds"] = sorted(host["Binds"] or ())
        # Compose puts them in any order.
        host["Mounts"] = {mount["Target"]: mount for mount in host.get("Mounts") or ()}
        facts: Facts = self.value({"config": config, "host": host, "name": one["Name"]})
        nets = self.value({name: _network(net) for name, net in _networks(one).items()})
        facts["networks"] = {name: net | {"aliases": sorted(net["aliases"])} for name, net in nets.items()}
        facts["ports"] = self.value(one["NetworkSettings"]["Ports"])
        facts["state"] = _state(one["State"])
        facts["mounts"] = {mount["Destination"]: self._mount(one, mount) for mount in one["Mounts"]}
        facts["written"] = entries(_written(one))
        return facts

    def _mount(self, one: Facts, mount: Facts) -> Facts:
        kept = {name: mount.get(name) for name in ("Type", "Name", "Mode", "RW", "Propagation")}
        facts: Facts = self.value(kept)
        if mount["Type"] == "bind":
            facts["Source"] = self.text(mount["Source"])
            facts["bytes"] = entries(below(_seen_inside(one, mount)))
        return facts

    def image(self, ident: str) -> Facts:
        """All that is compared of an image."""
        one = json.loads(docker("image", "inspect", ident))[0]
        config = {name: item for name, item in one["Config"].items() if name not in {"Hostname", "Image"}}
        config["Labels"] = own_labels(config["Labels"])
        return {
            "config": self.value(config),
            "platform": f"{one['Os']}/{one['Architecture']}",
            "files": files_of(ident),
        }


def own_labels(labels: Mapping[str, str] | None) -> dict[str, str]:
    """The labels that the project gave, without those of compose."""
    return {name: value for name, value in (labels or {}).items() if not name.startswith("com.docker.compose.")}


def files_of(image: str) -> dict[str, str]:
    """Each file of an image: kind, mode, owner, bytes or link target."""
    made = docker("create", "--network", "none", image, "true").strip()
    try:
        with subprocess.Popen(["docker", "export", made], stdout=subprocess.PIPE) as export:
            assert export.stdout is not None
            with tarfile.open(fileobj=export.stdout, mode="r|") as archive:
                return {
                    name: text for member in archive if (name := _name(member)) and (text := _told(archive, member))
                }
    finally:
        docker("rm", "-f", "-v", made)


def _name(member: tarfile.TarInfo) -> str:
    name = member.name.removeprefix("./").rstrip("/")
    return "" if _DOCKERS_OWN.match(name) else name


def _told(archive: tarfile.TarFile, member: tarfile.TarInfo) -> str:
    content = archive.extractfile(member) if member.isreg() else None
    rest = hashlib.sha256(content.read()).hexdigest()[:16] if content else member.linkname
    return f"{member.type.decode()} {member.mode:04o} {member.uid}:{member.gid} {rest}".strip()


def _networks(one: Facts) -> Facts:
    return one["NetworkSettings"]["Networks"] or {}


def _network(net: Facts) -> Facts:
    return {"aliases": list(set(net.get("Aliases") or ())), "options": net.get("DriverOpts")}


def _state(state: Facts) -> Facts:
    told = {"status": state["Status"], "health": state.get("Health", {}).get("Status", "none")}
    return told | ({"exit": state["ExitCode"]} if state["Status"] == "exited" else {})


def _inside(one: Facts) -> Path | None:
    """The file system as the container's first process sees it; none where it does not run."""
    return Path(f"/proc/{one['State']['Pid']}/root") if one["State"]["Pid"] else None


def _seen_inside(one: Facts, mount: Facts) -> Path:
    """The mounted path as the container sees it: one file stays the old one when the host replaces it."""
    root = _inside(one)
    if root is None:
        return Path(mount["Source"])
    place = root / str(mount["Destination"]).lstrip("/")
    return place if os.path.lexists(place) else Path(mount["Source"])


def _written(one: Facts) -> dict[str, Entry]:
    """Return what the container wrote into its own layer, above all what it read when it started."""
    upper = Path(one["GraphDriver"]["Data"]["UpperDir"])
    return {name: found for name, found in below(upper).items() if name != "." and not _DOCKERS_OWN.match(name)}


def entries(found: Mapping[str, Entry]) -> dict[str, str]:
    """Each path of a folder in one line."""
    return {name: f"{one.kind} {one.mode} {one.owner} {one.content}".strip() for name, one in found.items()}
