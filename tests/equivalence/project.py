"""One generated project: what it is made of, what its bad release changes, and with which words its team deploys.

Knows: names and values. Must not know: files, git, Docker, or the product.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["compose", "checkout", "releases"]
"""Docker Compose, or the team's own commands in one of the two layouts."""
Release = Literal["A", "B"]
"""The good release and the bad one."""

BROKEN = "BROKEN"
"""A service that reads this word when it starts does not answer its health address."""


@dataclass(frozen=True, kw_only=True)
class Project:
    """Project that was drawn; the same value gives the same files, deployments and incident."""

    number: int = 0
    kind: Kind = "compose"
    features: frozenset[str] = frozenset()
    """Features that both releases have."""
    added: frozenset[str] = frozenset()
    """Features that the bad release alone has."""
    dropped: frozenset[str] = frozenset()
    """Features that the good release alone has."""
    changed: frozenset[str] = frozenset()
    """The features whose content differs in the bad release."""
    breaks: str = "image"
    """The feature through which the bad release breaks the service."""
    host: frozenset[str] = frozenset()
    """Changes that somebody made on the host after the bad release was deployed."""
    naming: Literal["commit", "default", "fixed", "tag"] = "commit"
    """Naming of images: by the commit, by compose's default, by a fixed name, or by the git tag."""
    file: Literal["compose.yml", "compose.yaml", "docker-compose.yml"] = "compose.yml"
    """Name of the team's compose file."""
    recreates: bool = True
    """True if the team deploys with `--force-recreate`."""
    told: bool = True
    """True if the settings name the words with which the team deploys."""
    gated: bool = False

    def has(self, release: Release) -> frozenset[str]:
        """The features of one release."""
        return self.features | (self.added if release == "B" else self.dropped)

    def text(self, feature: str, release: Release) -> str:
        """The content that a feature carries in one release."""
        if release == "A":
            return f"{feature} of A"
        if self.breaks == feature:
            return f"{feature} is {BROKEN}"
        return f"{feature} of B" if feature in self.changed else f"{feature} of A"

    def words(self) -> str:
        """The project in one line, for people."""
        sets = {
            "": self.features,
            "added ": self.added,
            "dropped ": self.dropped,
            "changed ": self.changed,
            "host ": self.host,
        }
        parts = [f"{name}{' '.join(sorted(items))}" for name, items in sets.items() if items]
        flags = [
            self.kind,
            f"images by {self.naming}",
            *(["gate"] if self.gated else []),
            *([] if self.told else ["words not told"]),
            *([] if self.recreates else ["no force-recreate"]),
        ]
        return "; ".join([", ".join(flags), *parts, f"breaks {self.breaks}"])


@dataclass(frozen=True, kw_only=True)
class Words:
    """With what a team calls `docker compose`; what is not named here compose finds by itself."""

    files: tuple[str, ...] = ()
    env_files: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    scale: dict[str, int] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    """Exported in the shell of whoever deploys."""
    release_variable: str = ""
    """The variable that holds the commit, where one is exported."""

    def options(self) -> list[str]:
        """The words before the verb."""
        pairs = [("-f", self.files), ("--env-file", self.env_files), ("--profile", self.profiles)]
        return [word for option, values in pairs for value in values for word in (option, value)]

    def scaled(self) -> list[str]:
        """The words of `up` for numbers of replicas."""
        return [word for name, count in self.scale.items() for word in ("--scale", f"{name}={count}")]
