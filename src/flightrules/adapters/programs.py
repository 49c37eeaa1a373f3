"""The host's programs: constant shell texts that are sent whole, with their arguments beside them.

Knows: the verbs and where their texts lie. Must not know: what the arguments mean.
Nothing is ever put into a text: what differs from call to call is an argument, quoted as one word.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Literal

Verb = Literal["compare", "probe", "survey", "launch", "look", "running", "remember", "unlock"]

GREETING = b"\n@@flightrules 1\n"
"""Bytes that a program prints first; anything before them is noise of the login shell."""


SENT = b"flightrules\n"
"""Bytes that a survey is sent, to see whether a plan would arrive."""

PARTS: Mapping[Verb, tuple[str, ...]] = {
    "probe": ("frames", "tree", "releases", "probe"),
    "survey": ("frames", "tree", "releases", "composed", "rehearsal", "mounted", "alone", "survey"),
    "launch": ("frames", "tree", "releases", "launch"),
    "look": ("frames", "releases", "look"),
    "running": ("frames", "tree", "releases", "composed", "rehearsal", "content", "mounted", "running"),
    "compare": ("frames", "releases", "compare"),
    "remember": ("frames", "releases", "remember"),
    "unlock": ("frames", "releases", "unlock"),
}
"""The texts that make up each program, in order."""


def command(verb: Verb, *args: str) -> tuple[str, ...]:
    """The words that run a program on a host."""
    return ("sh", "-c", text(verb), verb, *args)


@cache
def text(verb: Verb) -> str:
    """A program's whole text."""
    return "".join(map(part, PARTS[verb]))


@cache
def part(name: str) -> str:
    """One text."""
    return (files("flightrules.adapters") / "host" / f"{name}.sh").read_text(encoding="utf-8")


def answer(out: bytes) -> bytes:
    """Return what a program printed, without the noise of the login shell; empty if the program never began."""
    return out.partition(GREETING)[2]


def counted(words: Sequence[str]) -> tuple[str, ...]:
    """Words that a program takes as one command."""
    return (str(len(words)), *words)
