"""The runtimes that hosts can be read for, as a list: the same kinds as in state/runtimes/known.py.

Knows: which class belongs to which kind. Must not know: what a runtime reads.
"""

from __future__ import annotations

from typing import Any

from flightrules.adapters.runtimes.commands.runtime import CommandsOnHost
from flightrules.adapters.runtimes.compose.runtime import ComposeOnHost
from flightrules.adapters.runtimes.contract import HostRuntime
from flightrules.adapters.runtimes.systemd.runtime import SystemdOnHost
from flightrules.errors import Defect
from flightrules.state.target import Runtime

HOST_RUNTIMES: tuple[type[HostRuntime[Any]], ...] = (ComposeOnHost, CommandsOnHost, SystemdOnHost)

_BY_KIND = {runtime.kind: runtime for runtime in HOST_RUNTIMES}


def on_host(settings: Runtime) -> HostRuntime[Any]:
    """Return the runtime of these settings. Raises `Defect` for a kind that is not in the list."""
    known = _BY_KIND.get(settings.kind)
    if known is None:
        msg = f"no host can be read for a runtime of kind {settings.kind!r}"
        raise Defect(msg)
    return known(settings)
