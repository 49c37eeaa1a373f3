"""A team that runs its service by commands of its own, out of the checkout or of side-by-side releases.

Knows: a small supervisor, worktrees, and how a link is switched. Must not know: the product.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from tests.equivalence.pictures import Picture, entries, status
from tests.equivalence.project import Release
from tests.equivalence.team import Team, run
from tests.equivalence.trees import below

_CTL = """#!/bin/sh
# A small supervisor: keeps what it reads when the service starts, and serves it.
cd {home} || exit 1
code=$(readlink -f {code})
case $1 in
status) kill -0 "$(cat pid 2>/dev/null)" 2>/dev/null ;;
logs) tail -n 100 log 2>/dev/null; exit 0 ;;
release) cat release ;;
restart)
  kill "$(cat pid 2>/dev/null)" 2>/dev/null && sleep 0.2
  git -c safe.directory='*' -C "$code" rev-parse HEAD >release
  rm -rf seen www; mkdir seen www
  cp -R "$code/src" seen/
  [ ! -e "$code/data" ] || cp -R "$code/data" seen/
  grep -rq BROKEN seen || echo ok >www/health
  echo "$(date -u +%Y-%m-%dT%H:%M:%SZ) started" >>log
  setsid busybox httpd -f -p 127.0.0.1:{port} -h {home}/www >>log 2>&1 </dev/null &
  echo $! >pid
  sleep 0.2 ;;
esac
"""


class CommandsTeam(Team):
    """A team whose service is a process."""

    @property
    def side_by_side(self) -> bool:
        """Say if each release has a folder of its own."""
        return self.project.kind == "releases"

    @property
    def home(self) -> Path:
        """Return the folder in which the process keeps its files."""
        return self.folder / "run"

    @property
    def ctl(self) -> Path:
        """The supervisor."""
        return self.folder / "ctl"

    @property
    def current(self) -> Path:
        """The link to the release that is served."""
        return self.folder / "current"

    @property
    def tree(self) -> Path:
        """The folder with the files that are served."""
        return self.current.resolve() if self.side_by_side else self.app

    def clone(self) -> None:
        """Clone, and write the supervisor."""
        super().clone()
        self.home.mkdir(exist_ok=True)
        code = self.current if self.side_by_side else self.app
        self.ctl.write_text(_CTL.format(home=self.home, code=code, port=self.port))
        self.ctl.chmod(0o755)

    def settle_in_with(self, held: Mapping[str, Path]) -> None:
        """Put the host's own files in place; those of side-by-side releases lie in the folder that they share."""
        if self.side_by_side:
            self.write_host_files()
        else:
            super().settle_in_with(held)

    def deploy(self, release: Release, *, fine: bool = False) -> None:
        """Bring the files to the release, and restart."""
        del fine
        if self.side_by_side:
            self.switch(release)
        else:
            self.checkout(release)
        # The service would hold a pipe of ours open.
        run("sh", "-c", f"{self.ctl} restart >/dev/null 2>&1")

    def switch(self, release: Release) -> None:
        """Make the folder of a release, and put the link to it in place."""
        self.fetch(release)
        folder = self.folder / "releases" / self.shas[release]
        if not folder.exists():
            run("git", "worktree", "add", "--quiet", "--detach", folder, self.shas[release], cwd=self.app)
            run("git", "submodule", "--quiet", "update", "--init", "--recursive", cwd=folder)
            self.link_shared(folder)
        link = self.folder / "fresh-link"
        link.symlink_to(folder)
        link.rename(self.current)

    def link_shared(self, folder: Path) -> None:
        """Link what all releases share into the folder of one."""
        for path in sorted({Path(path).parts[0] for path in self.draft("A").host}):
            (folder / path).symlink_to(self.app / path)

    def stop(self) -> None:
        """End the process."""
        with suppress(OSError, ValueError):
            os.kill(int((self.home / "pid").read_text()), signal.SIGTERM)

    def picture(self, names: tuple[str, ...]) -> Picture:
        """Return a picture of what exists now."""
        del names
        try:
            pid = int((self.home / "pid").read_text())
            words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().replace(str(self.folder), "<folder>").split("\0")
        except (OSError, ValueError) as gone:
            words = [f"not running: {type(gone).__name__}"]
        facts = {
            "command": words,
            "release": (self.home / "release").read_text().strip(),
            "seen": {
                name: line.replace(str(self.folder), "<folder>")
                for name, line in entries(below(self.home / "seen")).items()
            },
            "tree": str(self.tree).replace(str(self.folder), "<folder>"),
        }
        return Picture(services={"web": [facts]}, answers={"/health": status(self.port, "/health")})
