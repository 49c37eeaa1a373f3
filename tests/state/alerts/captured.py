"""The bodies of webhooks that lie beside this file. Not collected as tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "payloads"

KINDS = {
    "alertmanager": "alertmanager",
    "example-grafana": "grafana",
    "example-sentry": "sentry",
    "example-uptime-kuma": "uptime-kuma",
    "example-pagerduty": "pagerduty",
}
"""The kind of source by the beginning of a file's name."""


def names() -> list[str]:
    """The names of all bodies."""
    return sorted(path.stem for path in FOLDER.glob("*.json"))


def body_of(name: str) -> dict[str, Any]:
    """One body as JSON."""
    found: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))["body"]
    return found


def raw(name: str) -> bytes:
    """One body as it is sent."""
    return json.dumps(body_of(name)).encode()


def kind_of(name: str) -> Any:  # noqa: ANN401 - a literal
    """The kind of source that sends it."""
    return next(kind for start, kind in KINDS.items() if name.startswith(start))
