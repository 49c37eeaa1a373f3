"""Types that describe a change of an incident.

Knows: the shape. Must not know: any event.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flightrules.state.events import Event
from flightrules.state.incident import Incident

Change = dict[str, Any]
"""Fields of `Incident` that an event replaces."""

Table = dict[type[Event], Callable[[Incident, Any, datetime], Change]]
"""Table from a type of event to the function that returns its change, given (incident, event, time)."""
