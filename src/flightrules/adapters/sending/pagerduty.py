"""Hands pages to PagerDuty's Events API v2, or to what takes the same: one alarm for each incident, by its key.

Knows: the request. Must not know: who is paged, or when. The key of the integration appears in no receipt.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from pydantic import JsonValue

from flightrules.adapters.secrets import secret_of
from flightrules.adapters.sending.posting import OK, ask
from flightrules.ports import Clock, OutboundMessage, Receipt
from flightrules.state.alerts.pagerduty import OWN_KEY
from flightrules.state.canonical import canonical
from flightrules.state.untrusted import one_line

SEVERITIES = {"P1": "critical", "P2": "error", "P3": "warning", "P4": "info"}
"""Their words for ours; an incident without a severity counts as an error."""
LONGEST_SUMMARY = 1_000
"""Characters; 1,024 are taken."""


class PagerDutySender:
    """Keeps ports.Sender with events: `trigger`, `acknowledge` and `resolve` under the key of the incident.

    The same event again changes nothing there, since the key is the same.
    """

    at_once = False

    def __init__(self, routing_key: str, url: str, clock: Clock) -> None:
        """`routing_key` is a reference: `file:PATH` or `env:NAME`."""
        self._routing_key = routing_key
        self._url = url
        self._clock = clock

    async def send(self, outbound: OutboundMessage) -> Receipt:
        """Post the event once."""
        event: dict[str, JsonValue] = {
            "routing_key": secret_of(self._routing_key),
            "event_action": str(outbound.data.get("action") or "trigger"),
            "dedup_key": f"{OWN_KEY}{outbound.incident}",
        }
        if event["event_action"] == "trigger":
            event["payload"] = {
                "summary": one_line(outbound.title, LONGEST_SUMMARY),
                "source": str(outbound.data.get("target") or "flightrules"),
                "severity": SEVERITIES.get(str(outbound.data.get("severity")), "error"),
                "timestamp": outbound.at.isoformat(),
                "custom_details": {"text": outbound.text, "incident": outbound.incident},
            }
        answer = await ask("POST", self._url, {"content-type": "application/json"}, content=canonical(event))
        if answer.status in OK:
            return Receipt(arrived=True)
        return Receipt(arrived=False, why=answer.why, again=answer.again, wait_s=answer.wait_s(self._clock.now()))

    async def check(self) -> str:
        """Return the host of the address, and check that the key can be read."""
        secret_of(self._routing_key)
        return f"Events API v2 at {urlsplit(self._url).hostname}"
