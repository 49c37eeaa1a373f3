"""The team: its repository, its host's own files, and its deployments by plain git and plain docker compose.

Knows: what people type to deploy. Must not know: the product.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.equivalence.drafting import Draft, File, words_of
from tests.equivalence.features import drafted
from tests.equivalence.pictures import Picture
from tests.equivalence.project import Project, Release, Words
from tests.equivalence.yamltext import dump

LIMIT_S = 120
_WHO = {
    f"GIT_{role}_{key}": value
    for role in ("AUTHOR", "COMMITTER")
    for key, value in {"NAME": "team", "EMAIL": "team@example.invalid"}.items()
}
_GIT = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "GIT_ALLOW_PROTOCOL": "file"}
_DAY_S = 24 * 60 * 60


class TeamError(Exception):
    """The team's own step failed; the message holds its words."""


def run(*argv: str | Path, cwd: Path | None = None, env: Mapping[str, str] | None = None, fine: bool = False) -> str:
    """Run a command of the team's.

    Raises:
        TeamError: it failed, and nobody said that this is fine.
    """
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "COMPOSE_"))}
    done = subprocess.run(
        [str(word) for word in argv],
        cwd=cwd,
        env={**plain, **_WHO, **_GIT, **(env or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=LIMIT_S,
    )
    if done.returncode != 0 and not fine:
        raise TeamError(f"{' '.join(map(str, argv))}: {(done.stderr + done.stdout).decode(errors='replace')[-1500:]}")
    return done.stdout.decode(errors="replace")


@dataclass(kw_only=True)
class Team:
    """One project's team, on one host."""

    project: Project
    folder: Path
    """The team's folder on the host."""
    hub: Path
    """Where repositories lie."""
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
        """What a release holds."""
        return drafted(Draft(project=self.project, release=release, port=self.port, name=self.name, ops=str(self.ops)))

    @property
    def words(self) -> Words:
        """With what this team calls `docker compose`."""
        return words_of(self.draft("A"))

    # Repository

    def commit(self, release: Release) -> str:
        """Commit a release with its tag."""
        draft, git = self.draft(release), self._origin
        if not self.origin.exists():
            self.origin.mkdir(parents=True)
            git("init", "-q", "-b", "main")
        for line in git("ls-files", "--stage").splitlines():
            path = line.partition("\t")[2]
            if not line.startswith("160000"):
                (self.origin / path).unlink() if path != ".gitmodules" else None
            elif path not in draft.libs:
                git("rm", "-q", "-f", path)
        self._write(draft)
        for path, content in draft.libs.items():
            self._pin(path, content)
        git("add", "-A")
        git("commit", "-q", "--allow-empty", "-m", f"release {release}")
        git("tag", f"v-{release}")
        self.shas[release] = git("rev-parse", "HEAD").strip()
        return self.shas[release]

    def _origin(self, *words: str) -> str:
        return run("git", *words, cwd=self.origin)

    def _write(self, draft: Draft) -> None:
        own = [f"/{path}" for path in sorted(draft.host) if not path.startswith("/")]
        ignored = "".join(f"{line}\n" for line in (*own, *draft.ignored))
        texts = {path: File(dump(doc)) for path, doc in draft.others.items()}
        if self.project.kind == "compose":
            texts[self.project.file] = File(dump(draft.compose))
        for path, file in {".gitignore": File(ignored), **draft.files, **texts}.items():
            place = self.origin / path
            place.parent.mkdir(parents=True, exist_ok=True)
            if file.link:
                place.symlink_to(file.link)
            else:
                place.write_text(file.content)
                place.chmod(0o755 if file.executable else 0o644)

    def _pin(self, path: str, content: str) -> None:
        lib = self.hub / f"lib-{path.replace('/', '-')}"
        if not lib.exists():
            lib.mkdir()
            run("git", "init", "-q", "-b", "main", cwd=lib)
        (lib / "core.txt").write_text(content)
        run("git", "add", "-A", cwd=lib)
        run("git", "commit", "-q", "--allow-empty", "-m", "lib", cwd=lib)
        inside = self.origin / path
        if not inside.exists():
            self._origin("submodule", "--quiet", "add", "--force", f"file://{lib}", path)
        run("git", "fetch", "-q", "origin", cwd=inside)
        run("git", "checkout", "-q", "--detach", "origin/main", cwd=inside)

    # Host

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

    def stop(self) -> None:
        """End what was deployed; what lies on the disk stays."""
        raise NotImplementedError

    def picture(self, names: tuple[str, ...]) -> Picture:
        """What stands now, with the names of this team's projects told alike."""
        raise NotImplementedError

    @property
    def tree(self) -> Path:
        """The folder with the files that are served."""
        return self.app

    def checkout(self, release: Release) -> None:
        """Bring the checkout to a release."""
        run("git", "fetch", "-q", "--tags", "origin", cwd=self.app)
        dated = {"GIT_COMMITTER_DATE": f"@{int(time.time()) - _DAY_S} +0000"} if release == "A" else {}
        run("git", "checkout", "-q", "--detach", f"v-{release}", cwd=self.app, env=dated)
        run("git", "submodule", "--quiet", "update", "--init", "--recursive", cwd=self.app)

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
        """Clone, without a deployment in the reflog."""
        run("git", "clone", "-q", "--no-checkout", f"file://{self.origin}", self.app, cwd=self.folder)
        (self.app / ".git" / "logs" / "HEAD").write_text("")
