"""Gates in front of the host's programs: a fault test holds the world at one exact point, and lets it go.

Knows: which programs were called with which words. Must not know: why they are called.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from anyio import to_thread

from sandbox.process import wait_until

LIMIT_S = 40.0
"""No condition takes longer on a machine with other work to do; a test that waits so long has failed."""

_GATE = """\
#!/bin/sh
# Stands in front of a program: writes down what it is asked, and waits while a gate for it is closed.
here={here}
printf '%s %s\\n' {name} "$*" >>"$here/calls"
for gate in "$here"/closed/*; do
  [ -e "$gate" ] || continue
  read -r word <"$gate"
  case " {name} $* " in *$word*) ;; *) continue ;; esac
  : >"$here/reached/${{gate##*/}}"
  while [ -e "$gate" ]; do sleep 0.02; done
done
exec {program} "$@"
"""


class Gates:
    """Programs of the host that can be stopped where they are called with certain words."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("closed", "reached", "bin"):
            (folder / name).mkdir(parents=True)
        for name in ("git", "docker", "sha256sum", "sync"):
            self._stand_before(name)

    @property
    def path(self) -> str:
        """The search path of the host's commands."""
        return os.pathsep.join([str(self.folder / "bin"), os.environ["PATH"]])

    def _stand_before(self, name: str) -> None:
        program = shutil.which(name)
        if program is not None:
            script = self.folder / "bin" / name
            script.write_text(_GATE.format(here=self.folder, name=name, program=program))
            script.chmod(0o755)

    def close(self, name: str, words: str) -> None:
        """Hold every program called with these words from now on."""
        (self.folder / "reached" / name).unlink(missing_ok=True)
        fresh = self.folder / f"{name}.new"
        fresh.write_text(f"{words}\n")
        fresh.rename(self.folder / "closed" / name)

    async def reached(self, name: str) -> None:
        """Wait until a program stands before a closed gate."""
        await eventually((self.folder / "reached" / name).exists, f"gate {name} reached")

    def open(self, name: str) -> None:
        """Let go what stands before a gate."""
        (self.folder / "closed" / name).unlink(missing_ok=True)

    def calls(self, *words: str) -> list[str]:
        """The calls, in order, that hold all of these words."""
        seen = self.folder / "calls"
        lines = seen.read_text().splitlines() if seen.exists() else []
        return [line for line in lines if all(word in f"{line} " for word in words)]


async def eventually(condition: Callable[[], bool], what: str, limit_s: float = LIMIT_S) -> None:
    """Wait for a condition without holding up the loop; the test fails where it does not come."""
    came = await to_thread.run_sync(lambda: wait_until(condition, limit_s=limit_s, every_s=0.02))
    assert came, f"never: {what}"
