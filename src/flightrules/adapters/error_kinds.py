"""Error lines that are the same error, by log templates: keeps ports.ErrorKinds.

Knows: how Drain finds templates. Must not know: the incident, or what follows from an error that is seen again.
Every call begins with no template, so the same signatures give the same answer in any process at any time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

SAME = 0.8
"""The share of words two lines must have in common, at their places, to be one template."""

MOST = 1_000
"""So many signatures are looked at in one call; more than that no assessment keeps."""

# A signature has one <n> for each run of digits; a plain 0 in its place makes it a character of its word again.
_ID_ALONE = re.compile(r"(?<![\w-])[A-Za-z_-]*0[A-Za-z_-]+0[\w-]*")
_ID_AS_VALUE = re.compile(r"(?<=[=:#])(?=[\w-]*[A-Za-z])(?=[\w-]*0)[\w-]+")


_ANY = "<*>"
"""A place at which the lines of one template differ."""


class TemplateKinds:
    """Error kinds by the templates of Drain (He et al., ICWS 2017): lines of one length and first word are compared."""

    def kinds(self, known: Sequence[str], seen: Sequence[str]) -> dict[str, str]:
        """For each seen signature the known one it is the same error as, else its template among what was seen."""
        templates = _Templates()
        named: dict[int, str] = {}
        for signature in _bounded(known):
            named.setdefault(templates.of(signature), signature)
        numbers = {signature: templates.of(signature) for signature in _bounded(seen)}
        exact = frozenset(known)
        return {
            signature: signature if signature in exact else named.get(number) or templates.text(number) or signature
            for signature, number in numbers.items()
        }


class _Templates:
    """Templates by number, and the numbers of each length and first word."""

    def __init__(self) -> None:
        self.words: list[list[str]] = []
        self.of_length: dict[int, list[int]] = {}

    def of(self, signature: str) -> int:
        """The template that fits whole, wildcards included; else the most alike one, widened; else a new one."""
        words = _words(signature).split()
        alike = self.of_length.setdefault(len(words), [])
        number = self._fits(alike, words)
        if number is None:
            number = self._nearest(alike, words)
        if number is None:
            number = len(self.words)
            self.words.append(words)
            alike.append(number)
        else:
            both = zip(self.words[number], words, strict=True)
            self.words[number] = [word if word == other else _ANY for word, other in both]
        return number

    def text(self, number: int) -> str:
        return " ".join(self.words[number])

    def _fits(self, alike: Sequence[int], words: Sequence[str]) -> int | None:
        fitting = [number for number in alike if _covers(self.words[number], words)]
        return max(fitting, key=lambda number: self.words[number].count(_ANY), default=None)

    def _nearest(self, alike: Sequence[int], words: Sequence[str]) -> int | None:
        first, wanted = words[:1], SAME * len(words)
        counted = ((_shared(self.words[number], words), number) for number in alike if self.words[number][:1] == first)
        near = [(shared, self.words[number].count(_ANY), -number) for shared, number in counted if shared >= wanted]
        return -max(near)[2] if near else None


def _covers(template: Sequence[str], words: Sequence[str]) -> bool:
    for mine, other in zip(template, words, strict=True):  # noqa: SIM110 - the loop is twice as fast as `all`
        if mine not in (other, _ANY):
            return False
    return True


def _shared(template: Sequence[str], words: Sequence[str]) -> int:
    return sum(mine == other != _ANY for mine, other in zip(template, words, strict=True))


def _bounded(signatures: Iterable[str]) -> list[str]:
    """Each once, in an order that does not depend on who saw it first."""
    return sorted(set(signatures))[:MOST]


def _words(signature: str) -> str:
    """The signature with ids that are half letters, half digits masked whole, wherever they stand in a line."""
    text = signature.replace("<n>", "0")
    text = _ID_AS_VALUE.sub("<id>", _ID_ALONE.sub("<id>", text))
    return text.replace("0", "<n>")
