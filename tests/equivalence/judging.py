"""Says what came of one project: equal, told before the approval, or different.

Knows: differences, and what the person could read. Must not know: how either came about.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.equivalence.comparing import Difference

EQUAL, TOLD, REFUSED = "equal", "told", "refused"
SILENT, FAILED, FALSE_ALARM, UNPROVEN, DIED = "DIFFERENT", "FAILED", "FALSE ALARM", "UNPROVEN", "DIED"
GOOD = {EQUAL, TOLD, REFUSED}


@dataclass(kw_only=True)
class Course:
    """Course of the product through the incident, as its callers saw it."""

    approval: str = ""
    """All that the person read before saying yes; nothing where nobody was asked."""
    refusal: str = ""
    """Reason that no rollback was started, in the product's words."""
    state: str = ""
    """The outcome that it told."""
    says: str = ""
    """Its last answer."""
    observed: str = ""
    """Output of `observe` on the good release."""


@dataclass(kw_only=True)
class Verdict:
    """Verdict on a project."""

    word: str
    silent: list[Difference] = field(default_factory=list)
    told: dict[str, str] = field(default_factory=dict)
    """The words that told, by difference."""
    why: str = ""

    @property
    def good(self) -> bool:
        """Say if a person knew, before approving, all that would differ."""
        return self.word in GOOD


def judged(differences: Sequence[Difference], course: Course) -> Verdict:
    """The verdict on a project; without an approval `differences` are those between before and after."""
    if not course.state:
        word = SILENT if differences else FAILED if course.approval else REFUSED if course.refusal else DIED
        return Verdict(word=word, silent=list(differences), why=course.refusal or course.says)
    told = {str(one): words for one in differences if (words := telling(one, course.approval))}
    silent = [one for one in differences if str(one) not in told]
    if told and all(one.kind == "answer" for one in silent):
        # What a service answers follows from what it is.
        told |= {str(one): "as the differences that were told" for one in silent}
        silent = []
    if course.state == "succeeded":
        word = SILENT if silent else TOLD if told else EQUAL
    elif differences:
        word = FAILED if silent else TOLD
    else:
        word = FALSE_ALARM if course.state == "failed" else UNPROVEN
    return Verdict(word=word, silent=silent, told=told, why="" if course.state == "succeeded" else course.says)


_TELLS = re.compile(
    r"\b(not|differs?|stays?|without|remove|missing|lost|left|unknown|cannot|instead|only|overwrit\w+|replaced?|kept)\b",
    re.IGNORECASE,
)
_NO_WORDS = re.compile(r"^```[\s\S]*?^```|^Checked before:\n+(^- .*\n?)*", re.MULTILINE)
"""Parts of an approval that list what will run and what was found: neither says that something will differ."""
_ACKNOWLEDGED = re.compile(r"^By approving you acknowledge:\n+((?:^- .*\n?)*)", re.MULTILINE)
_OTHER_WORDS = re.compile(r"\bnot made by these settings\b")
"""Says that a service will be made by other words than those with which the team made it."""
_UNKNOWN = re.compile(r"^- settings: it is not known whether\b.*", re.MULTILINE)
"""Says that nobody knows it, of any service."""
_FOLDER = re.compile(r".*the folder of that release .* is left alone, and a new one is made under another name.*")
"""Says that the release will lie in another folder than the team made for it."""
_CONFIGURED = ("config.", "host.", "networks.", "ports.", "written.seen/env")


def telling(difference: Difference, approval: str) -> str:
    """The line of the approval that tells of a difference; nothing where none does.

    A line tells where it names the subject and what of it differs. What must be acknowledged tells as it stands.
    """
    unknown = _UNKNOWN.search(approval)
    if unknown and _of_configuration(difference):
        return unknown.group()
    folder = _FOLDER.search(approval)
    if folder and difference.kind == "container" and difference.place == "tree":
        return folder.group().strip()
    acknowledged = {line for found in _ACKNOWLEDGED.findall(approval) for line in found.splitlines()}
    for line in _NO_WORDS.sub("", approval).splitlines():
        warns = line in acknowledged or line.startswith("- Warning:") or _TELLS.search(line)
        if warns and _named(difference.subject, line) and _covers(difference, line):
            return line.strip()
    return ""


def _covers(difference: Difference, line: str) -> bool:
    if _OTHER_WORDS.search(line):
        return _of_configuration(difference)
    return any(word in line.lower() for word in _aspects(difference))


def _of_configuration(difference: Difference) -> bool:
    if difference.kind in {"replicas", "service"}:
        return True
    return difference.kind == "container" and difference.place.startswith(_CONFIGURED)


def _named(subject: str, line: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(subject)}(?![\w-])", line) is not None


_ASPECTS = {
    "env": ("environment", "variable"),
    "networks": ("network",),
    "ports": ("port",),
    "mounts": ("mount", "file", "bytes", "config", "secret"),
    "written": ("read", "mount", "file", "environment", "variable", "config", "secret", "image"),
    "labels": ("label",),
    "state": ("state", "running", "stopped", "paused", "health", "exited", "created", "restart"),
    "files": ("image", "built", "rebuil"),
}


def _aspects(difference: Difference) -> list[str]:
    """Words of which one stands in a line that tells of this difference."""
    if difference.kind == "answer":
        return []
    if difference.kind == "service":
        return [""]
    if difference.kind == "replicas":
        return ["replica", "scale", "times"]
    if difference.kind in {"file", "data", "volume"}:
        return [""]
    places = difference.place.split(".")
    found = [word for place in places for word in _ASPECTS.get(place.lower(), ())]
    return [*found, places[-1].lower(), "configuration", *(["image"] if difference.kind == "image" else [])]
