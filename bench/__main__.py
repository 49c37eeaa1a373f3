"""`python -m bench [NAME ...]`: print each ratio beside its goal; `rollback --against COMMIT` measures two trees."""

from __future__ import annotations

import os
import platform
import sys
from importlib import import_module

NAMES = ("sizes", "startup", "call", "store", "assess", "rollback", "fanout", "replay", "redaction", "load", "console")


def main(names: list[str]) -> int:
    """Run the named benchmarks, or all. 1 when something could not be measured."""
    against = ""
    if len(names) == 3 and names[:2] == ["rollback", "--against"]:  # noqa: PLR2004 - two words and the commit
        against, names = names[2], ["against"]
    for name in names:
        if name not in NAMES and not against:
            print(f"no benchmark {name!r}; there are {', '.join(NAMES)}", file=sys.stderr)
            return 2
    built = f"{platform.python_implementation()} {platform.python_version()} of {sys.base_prefix}"
    print(f"{built}, {os.cpu_count()} cores, ", end="")
    print(f"load {os.getloadavg()[0]:.2f}\n")
    failed = False
    for name in names or NAMES:
        try:
            for outcome in import_module(f"bench.{name}").bench(*([against] if against else [])):
                print("\n".join(outcome.lines()), flush=True)
        except Exception as failure:  # noqa: BLE001 - one that cannot be measured must not hide the others
            failed = True
            print(f"## {name} could not be measured\n\n{type(failure).__name__}: {failure}\n", flush=True)
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
