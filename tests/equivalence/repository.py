"""The repository that a team pushes to: releases as commits with tags, submodules pinned.

Knows: plain git. Must not know: hosts, Docker, or the product.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.equivalence.drafting import Draft, File
from tests.equivalence.yamltext import dump

LIMIT_S = 120
_WHO = {
    f"GIT_{role}_{key}": value
    for role in ("AUTHOR", "COMMITTER")
    for key, value in {"NAME": "team", "EMAIL": "team@example.invalid"}.items()
}
_GIT = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "GIT_ALLOW_PROTOCOL": "file"}


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


@dataclass(frozen=True)
class Repository:
    """One repository, with its submodules beside it."""

    path: Path

    def commit(self, draft: Draft, tag: str) -> str:
        """Commit a release; gives the commit."""
        self._begin(draft)
        self._write(draft)
        for path, content in draft.libs.items():
            self._pin(path, content, nested=path in draft.nested)
        return self._end(tag)

    def git(self, *words: str) -> str:
        """Run git here."""
        return run("git", *words, cwd=self.path)

    def _begin(self, draft: Draft) -> None:
        """Take out what the last release had."""
        if not self.path.exists():
            self.path.mkdir(parents=True)
            self.git("init", "-q", "-b", "main")
        for line in self.git("ls-files", "-z", "--stage").split("\0"):
            path = line.partition("\t")[2]
            if line.startswith("160000") and path not in draft.libs:
                self.git("rm", "-q", "-f", path)
            elif line and not line.startswith("160000") and path != ".gitmodules":
                (self.path / path).unlink()
                _prune((self.path / path).parent)

    def _write(self, draft: Draft) -> None:
        own = [f"/{path}" for path in sorted(draft.host) if not path.startswith("/")]
        lines = {".gitignore": [*own, *draft.ignored], ".gitattributes": draft.attributes}
        texts = {path: File("".join(f"{line}\n" for line in said)) for path, said in lines.items()}
        texts |= {path: File(dump(doc)) for path, doc in draft.others.items()}
        if draft.project.kind == "compose":
            texts[draft.project.file] = File(dump(draft.compose))
        for path, file in {**draft.files, **texts}.items():
            place = self.path / path
            place.parent.mkdir(parents=True, exist_ok=True)
            if file.link:
                place.symlink_to(file.link)
            else:
                place.write_text(file.content)
                place.chmod(0o755 if file.executable else 0o644)

    def _pin(self, path: str, content: str, *, nested: bool) -> None:
        lib = Repository(self.path.parent / f"{self.path.name}-{path.replace('/', '-')}")
        if not lib.path.exists():
            lib.path.mkdir()
            lib.git("init", "-q", "-b", "main")
        (lib.path / "core.txt").write_text(content)
        if nested:
            lib._pin("inner", content, nested=False)
        lib._end(tag="")
        inside = Repository(self.path / path)
        if not inside.path.exists():
            self.git("submodule", "--quiet", "add", "--force", f"file://{lib.path}", path)
        inside.git("fetch", "-q", "origin")
        inside.git("checkout", "-q", "--detach", "origin/main")
        inside.git("submodule", "--quiet", "update", "--init")

    def _end(self, tag: str) -> str:
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", f"release {tag}")
        if tag:
            self.git("tag", tag)
        return self.git("rev-parse", "HEAD").strip()


def _prune(folder: Path) -> None:
    """Remove folders that hold nothing."""
    while not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
