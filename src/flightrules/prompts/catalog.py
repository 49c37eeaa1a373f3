"""All prompts as data, each read from the template beside this module.

Knows: the form of a template. Must not know: how a prompt is served, nor any incident.
A template begins with lines `name: value` between two rules; what stands in double braces is filled in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

NAMES = ("respond", "status_update", "root_cause", "report", "review")
"""In the order in which an incident needs them."""

ARGUMENTS = {
    "incident": "Incident id",
    "target": "Configured target",
    "release": "Suspected release, a commit id",
}
"""Every argument any prompt takes, and what it is."""

UNSAID = {
    "incident": "the incident at hand (`incident_status` lists them)",
    "target": "as configured (`incident_status` lists them)",
    "release": "the one that ran when it began",
}
"""Words that stand in the place of an argument that was not given."""

_HOLE = re.compile(r"\{\{(\w+)\}\}")
_ADDRESS = re.compile(r"(?<=incident://)\{\{incident\}\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptSpec:
    """One prompt."""

    name: str
    title: str
    description: str
    version: int
    """Raised with every change of what it says."""
    required: tuple[str, ...]
    optional: tuple[str, ...]
    body: str

    def text(self, given: Mapping[str, str]) -> str:
        """The prompt, with what was given in its places; the caller vouches for what was given."""
        addressed = _ADDRESS.sub(given.get("incident") or "{incident}", self.body)
        return _HOLE.sub(lambda hole: given.get(hole[1]) or UNSAID[hole[1]], addressed)


@cache
def prompts() -> tuple[PromptSpec, ...]:
    """Every prompt there is."""
    folder = files("flightrules.prompts")
    return tuple(read((folder / f"{name}.md").read_text("utf-8")) for name in NAMES)


def read(template: str) -> PromptSpec:
    """The prompt of a template."""
    _, head, body = template.split("---\n", 2)
    fields = dict(line.split(": ", 1) for line in head.strip().split("\n"))
    return PromptSpec(
        name=fields["name"],
        title=fields["title"],
        description=fields["description"],
        version=int(fields["version"]),
        required=_names(fields.get("required", "")),
        optional=_names(fields.get("optional", "")),
        body=body,
    )


def _names(listed: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in listed.split(",") if name.strip())
