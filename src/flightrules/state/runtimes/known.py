"""The runtimes that there are, as a list. A new one is added here, and to the list of adapters/runtimes/known.py.

Knows: which class belongs to which kind. Must not know: what a runtime does.
"""

from __future__ import annotations

from typing import Any

from flightrules.errors import Defect
from flightrules.state.runtimes.commands.runtime import Commands
from flightrules.state.runtimes.compose.runtime import Compose
from flightrules.state.runtimes.contract import Runtime
from flightrules.state.runtimes.systemd.runtime import Systemd
from flightrules.state.target import Target

RUNTIMES: tuple[type[Runtime[Any]], ...] = (Compose, Commands, Systemd)

_BY_KIND = {runtime.kind: runtime for runtime in RUNTIMES}


def runtime_of(target: Target) -> Runtime[Any]:
    """Return the runtime of a target. Raises `Defect` for a kind that is not in the list: none stands in for it."""
    known = _BY_KIND.get(target.runtime.kind)
    if known is None:
        msg = f"no runtime is known for kind {target.runtime.kind!r} of target {target.name}"
        raise Defect(msg)
    return known(target, target.runtime)
