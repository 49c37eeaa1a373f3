"""The files of one release of a project, and what its team keeps on the host.

Knows: a compose file under work, tracked files, host files and words. Must not know: which features there are.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.equivalence.project import Project, Release, Words

BASE = "flightrules-sandbox-base:1"
"""The image that all others build on: busybox and nothing else."""

START = """#!/bin/sh
# Keeps what it reads when it starts, and serves it; it is not healthy with a broken word in it.
mkdir -p /seen /www
env | grep -v -e ^HOSTNAME= -e ^PWD= -e ^SHLVL= | sort >/seen/env
for place in /app /mnt /run/secrets; do [ ! -e $place ] || cp -R $place /seen/; done
grep -rq BROKEN /seen || (sleep ${START_DELAY:-0}; echo ok >/www/health) &
[ "${START_DELAY:-0}" != 0 ] || wait
echo "$(date -u +%Y-%m-%dT%H:%M:%SZ) started"
exec httpd -f -p 8080 -h /www
"""
DOCKERFILE = f"""FROM {BASE}
RUN mkdir -m 1777 /seen /www
COPY start.sh /start.sh
COPY src /app
CMD ["sh", "/start.sh"]
"""


@dataclass(frozen=True)
class File:
    """One file: its bytes and its mode, or where it links to."""

    content: str = ""
    executable: bool = False
    link: str = ""


@dataclass
class Draft:
    """One release under work; features write into it, each what it is about."""

    project: Project
    release: Release
    port: int
    name: str
    """The compose project's name: in container names and in images that are always called alike."""
    ops: str
    """A folder of the host outside the checkout."""
    files: dict[str, File] = field(default_factory=dict)
    compose: dict[str, Any] = field(default_factory=lambda: {"services": {}})
    others: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Further compose files of the repository, by path."""
    host: dict[str, str] = field(default_factory=dict)
    """Files that are on the host alone, by path: relative paths are ignored by git."""
    ignored: list[str] = field(default_factory=list)
    """Patterns that git is told to ignore besides the files on the host."""
    attributes: list[str] = field(default_factory=list)
    """Lines of `.gitattributes`."""
    git: set[str] = field(default_factory=set)
    """In which way the host's checkout is one: `branch`, `shallow`, `worktree`."""
    nested: set[str] = field(default_factory=set)
    """The submodules that hold another with the same content."""
    libs: dict[str, str] = field(default_factory=dict)
    """Submodules by path, with the content of the one file that each holds."""
    words: dict[str, Any] = field(default_factory=dict)

    def text(self, feature: str) -> str:
        """Return the text that this feature carries in this release."""
        return self.project.text(feature, self.release)

    def has(self, feature: str) -> bool:
        """Say if this release has a feature."""
        return feature in self.project.has(self.release)

    @property
    def web(self) -> dict[str, Any]:
        """The service that people talk to."""
        return self.service("web")

    def service(self, name: str) -> dict[str, Any]:
        """A service of this release; one that runs the same start script as the others, where there is none yet."""
        services: dict[str, Any] = self.compose["services"]
        if name not in services:
            services[name] = {"image": BASE, "init": True, "command": ["sh", "-c", _inline(START)]}
        found: dict[str, Any] = services[name]
        return found

    def built(self, name: str, **build: object) -> dict[str, Any]:
        """A service with an image of its own."""
        made = self.service(name)
        made.pop("command", None)
        image = self.image(name)
        made.pop("image", None)
        if image:
            made["image"] = image
        made["build"] = {"context": ".", **build}
        return made

    def image(self, name: str) -> str:
        """Return the name of the image of a service; empty if compose names it."""
        forms = {
            "commit": f"${{COMPOSE_PROJECT_NAME}}-{name}:${{GIT_SHA:-dev}}",
            "default": "",
            "fixed": f"{self.name}-{name}:latest",
            "tag": f"${{COMPOSE_PROJECT_NAME}}-{name}:${{TAG:-dev}}",
        }
        return forms[self.project.naming]

    def put(self, path: str, content: str, *, executable: bool = False) -> None:
        """A tracked file."""
        self.files[path] = File(content, executable)

    def mount(self, service: str, volume: str) -> None:
        """One more mount of a service."""
        self.service(service).setdefault("volumes", []).append(volume)

    def env(self, service: str, **values: str) -> None:
        """More environment of a service."""
        self.service(service).setdefault("environment", {}).update(values)

    def say(self, word: str, *values: str) -> None:
        """More words of the team's `docker compose`."""
        self.words.setdefault(word, []).extend(value for value in values if value not in self.words.get(word, []))


def _inline(script: str) -> str:
    """A script as an argument in a compose file."""
    return script.partition("\n")[2].replace("$", "$$")


def words_of(draft: Draft) -> Words:
    """With what the team of this project calls `docker compose`."""
    said = draft.words
    return Words(
        files=tuple(said.get("files", ())),
        env_files=tuple(said.get("env_files", ())),
        profiles=tuple(said.get("profiles", ())),
        scale=said.get("scale", {}),
        variables=said.get("variables", {}),
        release_variable="GIT_SHA" if draft.project.naming == "commit" else "",
    )
