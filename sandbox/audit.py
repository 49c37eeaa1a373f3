"""Looks every locked dependency up among known vulnerabilities, as far as the package index tells any: `make audit`.

Knows: pip-audit and requirements.lock. Must not know: what is done about a vulnerability.
An index that knows no advisories (a mirror, mostly) is no failure, but it is said: what could not be asked is not safe.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LOCK = Path(__file__).parents[1] / "requirements.lock"
LIMIT_S = 90.0
FOUND, CLEAN = 1, 0


@dataclass(frozen=True, slots=True)
class Audit:
    """Result of an audit."""

    asked: int
    audited: int
    found: tuple[str, ...]
    """One line a vulnerability."""
    why: str = ""
    """Reason that the others could not be looked up; empty if all were."""

    @property
    def words(self) -> str:
        """All of it, for a person."""
        rest = self.asked - self.audited
        missing = f", {rest} could not be ({self.why})" if rest else ""
        return "\n".join([f"{self.audited} of {self.asked} packages audited{missing}.", *self.found])


def read(answer: str, locked: int) -> Audit:
    """Read what pip-audit printed as JSON; `locked` packages were asked about."""
    try:
        items: list[dict[str, Any]] = json.loads(answer)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return Audit(locked, 0, (), "pip-audit printed no result")
    skipped = [item["skip_reason"] for item in items if "skip_reason" in item]
    found = tuple(
        f"VULNERABLE {item['name']} {item['version']}: {one['id']}, fixed in {', '.join(one['fix_versions']) or 'none'}"
        for item in items
        for one in item.get("vulns", ())
    )
    return Audit(
        max(locked, len(items)), len(items) - len(skipped), found, str(skipped[0]).partition(":")[0] if skipped else ""
    )


def locked(text: str) -> int:
    """Return the number of packages that a lock pins."""
    return sum("==" in line and not line.startswith(("#", " ")) for line in text.splitlines())


def main() -> int:
    """Ask; 1 only where a vulnerability is known."""
    words = ["--requirement", str(LOCK), "--disable-pip", "--require-hashes", "--format", "json"]
    command = [sys.executable, "-m", "pip_audit", *words, "--progress-spinner", "off"]
    count = locked(LOCK.read_text(encoding="utf-8"))
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=LIMIT_S)
    except subprocess.TimeoutExpired:
        audit = Audit(count, 0, (), f"no answer within {LIMIT_S:g} s")
    else:
        audit = read(done.stdout, count)
        if not audit.audited and done.stderr.strip() and not audit.why.startswith("Dependency"):
            audit = Audit(count, 0, (), done.stderr.strip().splitlines()[-1])
    print(f"audit: {audit.words}")
    return FOUND if audit.found else CLEAN


if __name__ == "__main__":
    raise SystemExit(main())
