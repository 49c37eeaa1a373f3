# ruff: noqa: T201 - printing is what the command is for
"""Courses of published incidents, played on the product in memory, each with the table of what is so.

`make scenarios` prints for each: messages by audience, false statements, report lines for people, acts of a person.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from tests.incidents.checker import Read, Truth, lies
from tests.incidents.room import Room, room

AUDIENCES = ("internal/1", "escalation/1", "external/1", "approvers/1")


def after(hours: float = 0, minutes: float = 0, seconds: float = 0) -> timedelta:
    """A time of a course."""
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)


@dataclass(frozen=True)
class Course:
    """One incident as it went."""

    name: str
    source: str
    table: tuple[Truth, ...]
    play: Callable[[Room], int]
    """Plays it; how often a person had to act."""


@dataclass(frozen=True)
class Played:
    """What came of a course."""

    messages: dict[str, int]
    false: list[str]
    report_lines: int
    acts: int
    titles: dict[str, list[str]]


def cloudflare(r: Room) -> int:
    """A rule that takes all of the CPU is rolled back within minutes."""
    r.p.down = True
    i = r.decided("Every request answers 502")
    r.p.down, r.server.person = False, "yes"
    r.p.broken.add(r.p.releases[-1])
    r.call("rollback", incident=i)
    r.round(60)
    r.call("verify", incident=i)
    for _ in range(40):
        r.round(60)
    r.call("write_report", incident=i, root_cause="a regular expression")
    return 1


def gitlab(r: Room) -> int:
    """The data directory was deleted by hand; a restore of 18 hours is the only way."""
    r.p.down = True
    i = r.decided("Data directory of the primary was deleted")
    r.classifies(i, "P1", "the directory is gone")
    r.call("decide", incident=i, root_cause="deleted by hand", outside_release=True, fix_minutes=1080, reason="restore")
    r.decides(i, "fix", "restore the snapshot")
    r.pace(i, "the copy takes 18 hours", update_minutes=60)
    r.call("fix", incident=i, action="begin", says="restore the snapshot")
    for minute in range(5, 18 * 60, 5):
        r.round(300)
        if minute % 55 == 0:
            r.call("post_update", incident=i, text=f"The copy runs, {minute // 11} of 98 parts are there.")
    r.p.down = False
    r.round(60)
    r.mitigated(i, "by_hand", "restored the snapshot of six hours before", who="the database team")
    r.call("verify", incident=i)
    for _ in range(40):
        r.round(60)
    r.call("write_report", incident=i, root_cause="deleted by hand", business_impact="six hours of data were lost")
    return 4


def third_party(r: Room) -> int:
    """A provider is down for forty minutes and comes back by itself."""
    r.p.down = True
    i = r.decided("Payments fail at the provider")
    for _ in range(8):
        r.round(300)
    r.p.down = False
    for _ in range(3):
        r.round(300)
    r.mitigated(i, "none", "the provider came back")
    r.call("verify", incident=i)
    for _ in range(40):
        r.round(60)
    r.call("write_report", incident=i, root_cause="the provider was down")
    return 1


COURSES = (
    Course(
        "cloudflare-2019",
        "Cloudflare, 2 July 2019",
        (
            Truth(after(), "down"),
            Truth(after(seconds=1), "up", work=True),
            Truth(after(minutes=31), "up", over=True, known=True),
        ),
        cloudflare,
    ),
    Course(
        "gitlab-2017",
        "GitLab, 31 January 2017",
        (
            Truth(after(), "down", work=True, known=True, lost=True),
            Truth(after(hours=17, minutes=55), "up", work=True, known=True, lost=True),
            Truth(after(hours=18, minutes=26), "up", over=True, known=True, lost=True),
        ),
        gitlab,
    ),
    Course(
        "third-party",
        "a provider's outage, as in openstatus 620",
        (
            Truth(after(), "down"),
            Truth(after(minutes=40), "up"),
            Truth(after(minutes=85), "up", over=True),
        ),
        third_party,
    ),
)


def played(course: Course) -> Played:
    """Play one course, and hold everything that was read against its table."""
    with room() as r:
        r.mailboxes(*AUDIENCES)
        start = r.clock.now()
        acts = course.play(r)
        read = [Read(one.at, name, f"{one.title}\n{one.text}") for name, box in r.mail.items() for one in box.handed]
        counts = {name: len(box.handed) for name, box in r.mail.items()}
        people = r.report().partition("\n---\n")[0].count("\n")
        titles = {name: r.titles(name) for name in r.mail}
    return Played(counts, lies(read, course.table, start), people, acts, titles)


def main() -> None:
    """Print what came of each course."""
    for course in COURSES:
        came = played(course)
        told = ", ".join(f"{count} {name.partition('/')[0]}" for name, count in came.messages.items())
        print(f"{course.name}: {told}; {len(came.false)} false; {came.report_lines} report lines; {came.acts} acts")
        for line in came.false:
            print(f"  FALSE {line}")


if __name__ == "__main__":
    main()
