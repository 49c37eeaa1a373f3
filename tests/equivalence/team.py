"""The team: its repository, its host's own files, and its deployments by plain git and plain docker compose.

Knows: what people type to deploy. Must not know: the product.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.equivalence.drafting import Draft, words_of
from tests.equivalence.features import drafted
from tests.equivalence.pictures import Picture
from tests.equivalence.project import Project, Release, Words
from tests.equivalence.repository import Repository, TeamError, run

__all__ = ["Team", "TeamError", "run"]

_TURN = "tr A-Za-z N-ZA-Mn-za-m"
_FILTER = {"clean": _TURN, "smudge": _TURN, "required": "true"}
"""A filter that changes each letter, so that a file that went past it shows."""
_DAY_S = 24 * 60 * 60


@dataclass(kw_only=True)
class Team:
    """One project's team, on one host."""

    project: Project
    folder: Path
    """The team's folder on the host."""
    hub: Path
    """Path of the folder that holds the repositories."""
    port: int
    name: str
    """The compose project's name."""
    shas: dict[Release, str] = field(default_factory=dict)

    @property
    def origin(self) -> Path:
        """The repository that is pushed to."""
        return self.hub / "origin"

    @property
    def app(self) -> Path:
        """The checkout on the host."""
        return self.folder / "app"

    @property
    def ops(self) -> Path:
        """The host's folder outside of the checkout."""
        return self.folder / "site"

    def draft(self, release: Release) -> Draft:
        """Return the draft of a release: everything that it holds."""
        return drafted(Draft(project=self.project, release=release, port=self.port, name=self.name, ops=str(self.ops)))

    @property
    def words(self) -> Words:
        """With what this team calls `docker compose`."""
        return words_of(self.draft("A"))

    def commit(self, release: Release) -> str:
        """Commit a release with its tag."""
        self.shas[release] = Repository(self.origin).commit(self.draft(release), tag=f"v-{release}")
        return self.shas[release]

    def settle_in(self) -> None:
        """Clone, and put the host's own files in their places."""
        self.clone()
        self.write_host_files()

    def write_host_files(self) -> None:
        """Write what the host alone has."""
        host = {**self.draft("B").host, **self.draft("A").host}
        for path, content in host.items():
            place = self.app / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(content)

    def deploy(self, release: Release, *, fine: bool = False) -> None:
        """Deploy as this team does; a broken release may fail to come up, which is `fine`."""
        raise NotImplementedError

    def deploy_anew(self, release: Release) -> None:
        """Deploy once more, so that nothing of what ran stays."""
        self.deploy(release)

    def stop(self) -> None:
        """End what was deployed; what lies on the disk stays."""
        raise NotImplementedError

    def picture(self, names: tuple[str, ...]) -> Picture:
        """Return a picture of what exists now, with the names of this team's projects made alike."""
        raise NotImplementedError

    @property
    def tree(self) -> Path:
        """The folder with the files that are served."""
        return self.app

    def checkout(self, release: Release) -> None:
        """Bring the checkout to a release."""
        self.fetch(release)
        dated = {"GIT_COMMITTER_DATE": f"@{int(time.time()) - _DAY_S} +0000"} if release == "A" else {}
        how = ["-B", "main"] if "branch" in self.habits else ["--detach"]
        run("git", "checkout", "-q", *how, f"v-{release}", cwd=self.app, env=dated)
        run("git", "submodule", "--quiet", "update", "--init", "--recursive", cwd=self.app)

    def fetch(self, release: Release) -> None:
        """Fetch what was pushed."""
        what = ["--depth", "1", "origin", "tag", f"v-{release}"] if "shallow" in self.habits else ["--tags", "origin"]
        run("git", "fetch", "-q", *what, cwd=self.app)

    @property
    def habits(self) -> set[str]:
        """In which way the host's checkout is one."""
        return self.draft("A").git

    @property
    def common(self) -> Path:
        """The folder with the objects and hooks of the checkout."""
        return self.app / run("git", "rev-parse", "--git-common-dir", cwd=self.app).strip()

    def settle_in_with(self, held: Mapping[str, Path]) -> None:
        """Put the host's own files, as they lie elsewhere, where the release tracks nothing."""
        for path, place in held.items():
            here = self.tree / path
            if not os.path.lexists(here) and not any(parent.is_file() for parent in here.parents):
                here.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(place, here, follow_symlinks=False)

    def site_of(self, other: Team) -> None:
        """Take over what lies outside of the checkout of another host of this team."""
        if other.ops.exists():
            shutil.copytree(other.ops, self.ops)

    def clone(self) -> None:
        """Clone, without a deployment in the reflog, with the filters that this host has."""
        source = f"file://{self.origin}"
        if "worktree" in self.habits:
            bare = self.folder / "repository.git"
            run("git", "clone", "-q", "--bare", source, bare, cwd=self.folder)
            run("git", "worktree", "add", "-q", "--no-checkout", "--detach", self.app, "v-A", cwd=bare)
        else:
            depth = ["--depth", "1"] if "shallow" in self.habits else []
            run("git", "clone", "-q", "--no-checkout", *depth, source, self.app, cwd=self.folder)
        own = run("git", "rev-parse", "--git-dir", cwd=self.app).strip()
        (self.app / own / "logs" / "HEAD").write_text("")
        for name, value in _FILTER.items():
            run("git", "config", f"filter.turn.{name}", value, cwd=self.app)
