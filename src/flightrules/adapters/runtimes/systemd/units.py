"""State of units out of the words of `systemctl show`.

Knows: its properties, and which state of ours each combination is. Must not know: how it was called.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal

from flightrules.adapters.reading.unreadable import Unreadable
from flightrules.state.evidence import UNKNOWN, ServiceState
from flightrules.state.untrusted import lines_of, one_line

_TIMES = ("%a %Y-%m-%d %H:%M:%S.%f UTC", "%a %Y-%m-%d %H:%M:%S UTC")
_STATES = {
    **dict.fromkeys(("active", "activating", "reloading", "refreshing", "maintenance"), "running"),
    **dict.fromkeys(("inactive", "failed", "deactivating"), "exited"),
}
MOST_WHY = 200


def unit_states(services: Sequence[str], text: str) -> tuple[ServiceState, ...]:
    """Return the state of each unit, in the order in which they were asked for.

    Raises `Unreadable` if there is not one block for each.
    """
    blocks = _blocks(text)
    if len(blocks) != len(services):
        raise Unreadable(f"systemctl showed {len(blocks)} units of {len(services)}")
    return tuple(_state_of(name, block) for name, block in zip(services, blocks, strict=True))


def _blocks(text: str) -> list[dict[str, str]]:
    blocks: list[dict[str, str]] = [{}]
    for line in lines_of(text):
        key, found, value = line.partition("=")
        if found:
            blocks[-1][key] = value
        elif not line.strip() and blocks[-1]:
            blocks.append({})
    return [block for block in blocks if block]


def _state_of(service: str, block: Mapping[str, str]) -> ServiceState:
    state, health, why = _state(block)
    return ServiceState(
        service=service,
        state=state,
        health=health,
        started_at=_time(block.get("ExecMainStartTimestamp", "")) or _time(block.get("ActiveEnterTimestamp", "")),
        restarts=_number(block.get("NRestarts", "")) or 0,
        exit_code=_exit_code(state, block),
        pid=_number(block.get("MainPID", "")) or None,
        invocation=one_line(block.get("InvocationID", ""), 64),
        why=why,
    )


def _state(block: Mapping[str, str]) -> tuple[str, Literal["starting", "none"], str]:
    """Return our word for the state of a unit, its health, and the reason that its state is not known."""
    load, active, sub = (block.get(key, "") for key in ("LoadState", "ActiveState", "SubState"))
    if load in {"not-found", "masked"}:
        return "absent", "none", ""
    state = _ended_or_not(active, sub) if load == "loaded" else UNKNOWN
    if state == UNKNOWN:
        why = f"systemd says {load or 'nothing'} of the unit's file and {active or 'nothing'} of the unit"
        return UNKNOWN, "none", one_line(why, MOST_WHY)
    return state, "starting" if active == "activating" and state == "running" else "none", ""


def _ended_or_not(active: str, sub: str) -> str:
    """Return our word for a unit whose file was loaded. A unit may have done its work and stay active."""
    if active == "activating" and sub.startswith("auto-restart"):
        return "restarting"
    if active == "active" and sub == "exited":
        return "exited"
    return _STATES.get(active, UNKNOWN)


def _exit_code(state: str, block: Mapping[str, str]) -> int | None:
    """Return the exit status of a unit that has ended: 0 only if ending is what the unit is for."""
    if state != "exited":
        return None
    status = _number(block.get("ExecMainStatus", ""))
    finished = block.get("Type") == "oneshot" and block.get("Result") == "success"
    return status if finished or status else None


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None  # noqa: PLR2004 - of 64 bits


def _time(text: str) -> datetime | None:
    for form in _TIMES:
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None
