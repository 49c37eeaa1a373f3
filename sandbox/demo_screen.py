"""Output of the demo: headings, calls, boxes; colours only on a terminal.

Knows: how a line looks. Must not know: what happens in the demo.
"""

from __future__ import annotations

import os
import textwrap
from dataclasses import dataclass
from typing import TextIO

_WIDTH = 110
_COLOURS = {"heading": "1", "call": "36", "good": "32", "bad": "31", "quiet": "2", "person": "35"}


@dataclass(frozen=True, slots=True)
class Screen:
    """Prints to one stream."""

    out: TextIO
    colours: bool

    @classmethod
    def on(cls, out: TextIO) -> Screen:
        """A screen on a stream; in colours where that is a terminal whose user wants them."""
        return cls(out, out.isatty() and not os.environ.get("NO_COLOR"))

    def heading(self, text: str) -> None:
        """Begin a part."""
        self.line()
        self.line(f"== {text} ==", "heading")

    def line(self, text: str = "", look: str = "") -> None:
        """One line as it is."""
        painted = f"\033[{_COLOURS[look]}m{text}\033[0m" if look and self.colours else text
        print(painted, file=self.out, flush=True)

    def say(self, text: str, look: str = "") -> None:
        """A sentence, indented and wrapped."""
        for line in textwrap.wrap(text, _WIDTH, break_long_words=False, break_on_hyphens=False) or [""]:
            self.line(f"   {line}", look)

    def call(self, who: str, text: str) -> None:
        """Print what somebody does."""
        self.line()
        self.line(f"{who}> {text}", "call")

    def box(self, text: str, look: str = "") -> None:
        """Text as somebody else wrote it, with a bar on its left."""
        for line in text.rstrip().splitlines():
            self.line(f"   | {line}".rstrip(), look)
