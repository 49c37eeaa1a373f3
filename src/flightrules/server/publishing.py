"""Publication, from the log, of what clients of the 2026-07-28 protocol subscribed to.

Knows: which addresses an event changes. Must not know: who listens, nor what an event means.
An event says that something changed, never what: whoever hears of it reads the address again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from mcp.shared.subscriptions import ResourceUpdated, ServerEvent

if TYPE_CHECKING:
    from flightrules.state.log import Recorded

CHANGES = frozenset({"listChanged"})
"""Capabilities that the SDK announces as soon as anything can be subscribed to. No list of this server ever changes."""


class Published:
    """The SDK's SubscriptionBus, which the log speaks on."""

    def __init__(self) -> None:
        self._listeners: dict[object, Callable[[ServerEvent], None]] = {}

    async def publish(self, event: ServerEvent) -> None:
        """Tell everybody of an event."""
        for listener in list(self._listeners.values()):
            listener(event)

    def subscribe(self, listener: Callable[[ServerEvent], None]) -> Callable[[], None]:
        """Add a listener; gives what takes it away again."""
        token = object()
        self._listeners[token] = listener

        def unsubscribe() -> None:
            self._listeners.pop(token, None)

        return unsubscribe

    def record(self, record: Recorded) -> None:
        """Tell everybody of what an event in the log changes."""
        for uri in _addresses(record):
            for listener in list(self._listeners.values()):
                listener(ResourceUpdated(uri=uri))


def _addresses(record: Recorded) -> Iterator[str]:
    if not record.stream.startswith("INC-"):
        return
    yield f"incident://{record.stream}/log"
    yield f"incident://{record.stream}/status"
    if record.kind == "evidence_recorded":
        yield f"incident://{record.stream}/evidence/{record.data['id']}"
    elif record.kind == "planner_reported":
        yield f"incident://{record.stream}/brief"


def announced(discovered: dict[str, Any]) -> dict[str, Any]:
    """Return what `server/discover` answers, with no more than what is published."""
    capabilities = {
        name: {key: value for key, value in told.items() if key not in CHANGES} if isinstance(told, dict) else told
        for name, told in discovered.get("capabilities", {}).items()
    }
    return {**discovered, "capabilities": capabilities}
