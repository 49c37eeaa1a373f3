"""Geometry of a chart over time: a gap in what was seen is a gap in the line, and is marked.

Knows: coordinates of an SVG drawing. Must not know: what is measured, nor colours (the style sheet has them).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

Reading = tuple[datetime, float | None]
"""Time of a look and its value; None if the value could not be seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A word at a place."""

    x: int
    y: int
    text: str
    anchor: str = "middle"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """One drawing of a chart, for one width."""

    width: int
    height: int
    line: str
    """Path of the line; it is broken where nothing was seen."""
    area: str
    dots: tuple[tuple[int, int], ...]
    """Readings that no line joins, since nothing was seen on either side."""
    unseen: tuple[tuple[int, int], ...]
    """(x, width) of each span in which nothing was seen."""
    events: tuple[int, ...]
    grid: tuple[int, ...]
    left: int
    right: int
    top: int
    bottom: int
    texts: tuple[Text, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A chart in two drawings, and in words for those who do not see it."""

    title: str
    says: str
    wide: Drawing
    narrow: Drawing
    gaps: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int
    most_marks: int


WIDE = _Frame(width=760, height=190, left=46, right=740, top=34, bottom=150, most_marks=4)
NARROW = _Frame(width=340, height=200, left=40, right=330, top=40, bottom=160, most_marks=2)


def chart(  # noqa: PLR0913 - a drawing and its annotations, by name
    title: str,
    readings: Sequence[Reading],
    *,
    marks: Sequence[tuple[datetime, str]] = (),
    gaps: Sequence[tuple[datetime, datetime]] = (),
    unit: str = "",
    top: float = 0.0,
) -> Chart | None:
    """Draw readings in the order of time; None if all are of one moment.

    A line joins two readings only if both have a value and no gap lies between them. `top` is the least height of the
    scale, so that a small value does not look large.
    """
    if not readings or readings[0][0] == readings[-1][0]:
        return None
    unseen = _unseen(readings, gaps)
    runs = _runs(readings, unseen)
    highest = max([top, *(value for run in runs for _, value in run)]) or 1.0
    return Chart(
        title=title,
        says=_words(title, readings, unseen, unit),
        wide=_draw(WIDE, readings, runs, unseen, marks, highest, unit),
        narrow=_draw(NARROW, readings, runs, unseen, marks, highest, unit),
        gaps=len(unseen),
    )


def _unseen(readings: Sequence[Reading], gaps: Sequence[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    """Return the spans in which nothing was seen: those that are told, and those around a look without a value."""
    found = list(gaps)
    for place, (at, value) in enumerate(readings):
        if value is None:
            before = readings[place - 1][0] if place else at
            after = readings[place + 1][0] if place + 1 < len(readings) else at
            found.append((before, after))
    joined: list[tuple[datetime, datetime]] = []
    for begin, end in sorted(found):
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    return joined


def _runs(
    readings: Sequence[Reading], unseen: Sequence[tuple[datetime, datetime]]
) -> list[list[tuple[datetime, float]]]:
    """Return the readings in runs that a line may join."""
    runs: list[list[tuple[datetime, float]]] = []
    last: datetime | None = None
    for at, value in readings:
        if value is None:
            last = None
            continue
        broken = last is None or any(begin < at and end > last for begin, end in unseen)
        if broken:
            runs.append([])
        runs[-1].append((at, value))
        last = at
    return runs


def _draw(  # noqa: PLR0913, PLR0917 - one frame and all that is drawn in it
    frame: _Frame,
    readings: Sequence[Reading],
    runs: Sequence[Sequence[tuple[datetime, float]]],
    unseen: Sequence[tuple[datetime, datetime]],
    marks: Sequence[tuple[datetime, str]],
    highest: float,
    unit: str,
) -> Drawing:
    begin, end = readings[0][0], readings[-1][0]
    whole = max((end - begin).total_seconds(), 1.0)

    def x(at: datetime) -> int:
        share = min(max((at - begin).total_seconds() / whole, 0.0), 1.0)
        return round(frame.left + share * (frame.right - frame.left))

    def y(value: float) -> int:
        return round(frame.bottom - value / highest * (frame.bottom - frame.top))

    points = [[(x(at), y(value)) for at, value in run] for run in runs]
    seen_marks = [(x(at), word) for at, word in marks if begin <= at <= end][: frame.most_marks]
    return Drawing(
        width=frame.width,
        height=frame.height,
        line=" ".join(_path(run) for run in points if len(run) > 1),
        area=" ".join(_area(run, frame.bottom) for run in points if len(run) > 1),
        dots=tuple(run[0] for run in points if len(run) == 1),
        unseen=tuple((x(one), max(x(other) - x(one), 2)) for one, other in unseen if other >= begin and one <= end),
        events=tuple(place for place, _ in seen_marks),
        grid=tuple(y(highest * share) for share in (0, 0.5, 1)),
        left=frame.left,
        right=frame.right,
        top=frame.top,
        bottom=frame.bottom,
        texts=(*_scale(frame, highest, unit, y), *_times(frame, begin, end), *_tags(frame, seen_marks)),
    )


def _path(run: Sequence[tuple[int, int]]) -> str:
    return "M" + " L".join(f"{x} {y}" for x, y in run)


def _area(run: Sequence[tuple[int, int]], bottom: int) -> str:
    return f"{_path(run)} L{run[-1][0]} {bottom} L{run[0][0]} {bottom}Z"


def _scale(frame: _Frame, highest: float, unit: str, y: Callable[[float], int]) -> Iterable[Text]:
    for share in (0, 0.5, 1):
        value = highest * share
        yield Text(x=frame.left - 6, y=y(value) + 4, text=f"{value:.3g}{unit}", anchor="end")


def _times(frame: _Frame, begin: datetime, end: datetime) -> Iterable[Text]:
    form = "%d %b %H:%M" if end - begin > timedelta(hours=20) else "%H:%M"
    yield Text(x=frame.left, y=frame.bottom + 22, text=f"{begin:{form}}", anchor="start")
    yield Text(x=frame.right, y=frame.bottom + 22, text=f"{end:{form}}", anchor="end")


def _tags(frame: _Frame, marks: Sequence[tuple[int, str]]) -> Iterable[Text]:
    """Name events above the drawing; a name that would lie over the one before it goes a line higher."""
    row, right = 0, 0
    for x, word in marks:
        row = 1 - row if x < right else 0
        late = x > frame.left + (frame.right - frame.left) * 0.8
        yield Text(x=x, y=frame.top - 8 - 14 * row, text=word, anchor="end" if late else "start")
        right = x + 8 * len(word)


def _words(title: str, readings: Sequence[Reading], unseen: Sequence[tuple[datetime, datetime]], unit: str) -> str:
    known = [(at, value) for at, value in readings if value is not None]
    if not known:
        return f"{title}: nothing could be seen."
    worst = max(known, key=lambda reading: reading[1])
    last = known[-1]
    spans = "; ".join(f"from {one:%H:%M} to {other:%H:%M}" for one, other in unseen[:5])
    said = (
        f"{title}: {known[0][1]:.3g}{unit} at {known[0][0]:%H:%M}, at most {worst[1]:.3g}{unit} at {worst[0]:%H:%M}, "
        f"{last[1]:.3g}{unit} at {last[0]:%H:%M} UTC."
    )
    return f"{said} Nothing was seen {spans}." if spans else said
