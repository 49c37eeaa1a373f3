# ruff: noqa: T201 - printing is what the command is for
"""Courses of published incidents, played on the product in memory, each with the table of what is so.

`make scenarios` prints for each: messages by audience, false statements, report lines for people, acts of a person.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from flightrules.testing.drill import Drill
from tests.incidents.acting import rolled_back
from tests.incidents.checker import Read, Truth, lies

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
    play: Callable[[Drill], int]
    """Plays it; how often a person had to act."""


@dataclass(frozen=True)
class Played:
    """Results of a course."""

    messages: dict[str, int]
    false: list[str]
    report_lines: int
    acts: int
    titles: dict[str, list[str]]


def cloudflare(drill: Drill) -> int:
    """A rule that takes all of the CPU is rolled back within minutes."""
    drill.production.down = True
    i = drill.decided("Every request answers 502")
    drill.production.down, drill.agent.user = False, "yes"
    drill.production.broken.add(drill.production.releases[-1])
    drill.call("rollback", incident=i)
    drill.advance(60)
    drill.call("verify", incident=i)
    for _ in range(40):
        drill.advance(60)
    drill.call("write_report", incident=i, root_cause="a regular expression")
    return 1


def gitlab(drill: Drill) -> int:
    """The data directory was deleted by hand; a restore of 18 hours is the only way."""
    drill.production.down = True
    i = drill.decided("Data directory of the primary was deleted")
    drill.person().classify(i, "P1", "the directory is gone")
    drill.call(
        "decide", incident=i, root_cause="deleted by hand", outside_release=True, fix_minutes=1080, reason="restore"
    )
    drill.person().decide(i, "fix", "restore the snapshot")
    drill.person().pace(i, "the copy takes 18 hours", update_minutes=60)
    drill.call("fix", incident=i, action="begin", says="restore the snapshot")
    for minute in range(5, 18 * 60, 5):
        drill.advance(300)
        if minute % 55 == 0:
            drill.call("post_update", incident=i, text=f"The copy runs, {minute // 11} of 98 parts are there.")
    drill.production.down = False
    drill.advance(60)
    drill.person().mitigated(i, "by_hand", "restored the snapshot of six hours before", who="the database team")
    drill.call("verify", incident=i)
    for _ in range(40):
        drill.advance(60)
    drill.call("write_report", incident=i, root_cause="deleted by hand", business_impact="six hours of data were lost")
    return 4


def third_party(drill: Drill) -> int:
    """A provider is down for forty minutes and comes back by itself."""
    drill.production.down = True
    i = drill.decided("Payments fail at the provider")
    for _ in range(8):
        drill.advance(300)
    drill.production.down = False
    for _ in range(3):
        drill.advance(300)
    drill.person().mitigated(i, "none", "the provider came back")
    drill.call("verify", incident=i)
    for _ in range(40):
        drill.advance(60)
    drill.call("write_report", incident=i, root_cause="the provider was down")
    return 1


def github(drill: Drill) -> int:
    """A partition of 43 seconds leaves writes on both coasts; a restore and a resynchronization take a day."""
    drill.production.broken_checks.add(("checkout", drill.production.releases[-1]))
    i = drill.decided("Pull requests are out of date and inconsistent")
    drill.person().classify(i, "P1", "writes of both coasts differ")
    drill.call(
        "decide",
        incident=i,
        root_cause="a failover across the country",
        outside_release=True,
        fix_minutes=1440,
        reason="restore",
    )
    drill.person().decide(i, "fix", "restore from backups, then synchronize the replicas")
    drill.person().pace(i, "terabytes have to be restored", fix_minutes=1560, update_minutes=60)
    drill.call("fix", incident=i, action="begin", says="restore from backups")
    for minute in range(10, 24 * 60 + 10, 10):
        drill.advance(600)
        if minute % 50 == 0:
            drill.call("post_update", incident=i, text=f"{minute // 15} of 96 replicas are synchronized.")
    drill.production.broken_checks.clear()
    drill.advance(60)
    drill.person().mitigated(
        i, "by_hand", "primaries and replicas are on the east coast again", who="the database team"
    )
    drill.call("verify", incident=i)
    for _ in range(40):
        drill.advance(60)
    drill.call("write_report", incident=i, root_cause="a failover across the country")
    return 4


def certificate(drill: Drill) -> int:
    """Nobody can sign in until a new certificate is everywhere."""
    drill.production.down = True
    i = drill.decided("Sign-in fails: the connection is not secure")
    for _ in range(3):
        drill.advance(300)
    drill.call(
        "decide",
        incident=i,
        root_cause="the certificate expired",
        outside_release=True,
        fix_minutes=120,
        reason="renew",
    )
    drill.person().decide(i, "fix", "renew the certificate")
    drill.person().pace(i, "it has to reach every server", fix_minutes=180, update_minutes=30)
    drill.call("fix", incident=i, action="begin", says="renew the certificate")
    for minute in range(20, 180, 5):
        drill.advance(300)
        if minute % 25 == 0:
            drill.call(
                "post_update", incident=i, text=f"After {minute} minutes the new certificate is not everywhere yet."
            )
    drill.production.down = False
    drill.advance(60)
    drill.person().mitigated(i, "by_hand", "the new certificate is everywhere", who="the platform team")
    drill.call("verify", incident=i)
    for _ in range(40):
        drill.advance(60)
    drill.call("write_report", incident=i, root_cause="the certificate expired")
    return 3


def dns(drill: Drill) -> int:
    """The name servers withdraw their routes: neither users nor the server reach anything, hosts included."""
    drill.production.down = True
    for host in drill.production.hosts.values():
        host.unreachable = "the name does not resolve"
    i = drill.decided("No name of ours resolves")
    drill.person().classify(i, "P1", "nothing resolves, from anywhere")
    drill.person().decide(i, "fix", "bring the backbone up by hand in the data centres")
    drill.person().pace(i, "people have to travel there", fix_minutes=480, update_minutes=60)
    drill.call("fix", incident=i, action="begin", says="bring the backbone up")
    for minute in range(5, 380, 5):
        drill.advance(300)
        if minute % 55 == 0:
            drill.call("post_update", incident=i, text=f"After {minute} minutes people are at the racks.")
    drill.production.down = False
    for host in drill.production.hosts.values():
        host.unreachable = ""
    drill.advance(60)
    drill.person().mitigated(i, "by_hand", "the backbone is up, names resolve", who="the network team")
    drill.call("verify", incident=i)
    for _ in range(40):
        drill.advance(60)
    drill.call("write_report", incident=i, root_cause="a command took the backbone down")
    return 4


def corruption(drill: Drill) -> int:
    """A query fails and is mended; days later the analysis finds that replicas had differed for long."""
    drill.production.broken_checks.add(("checkout", drill.production.releases[-1]))
    i = drill.decided("A page of a project fails")
    rolled_back(drill, i)
    for _ in range(40):
        drill.advance(60)
    for _ in range(3 * 24):
        drill.advance(3600)
    drill.call("classify", incident=i, impacts=["data_corruption"], reason="the replicas differ from the primary")
    drill.person().classify(i, "P1", "rows of the replicas are wrong")
    drill.advance(60)
    drill.call(
        "write_report", incident=i, root_cause="an order of rows that was not kept", business_impact="rows were wrong"
    )
    return 2


def capacity(drill: Drill) -> int:
    """A setting that logs too much fills what there is; after it is taken back, repeated attempts fill it again."""
    drill.production.broken_checks.add(("checkout", drill.production.releases[-1]))
    i = drill.decided("Requests time out")
    rolled_back(drill, i)
    for _ in range(80):
        drill.advance(60)
    serving = next(iter(drill.production.hosts.values())).serving
    drill.production.broken_checks.add(("checkout", serving))
    drill.advance(120)
    drill.call("verify", incident=i)
    for _ in range(8):
        drill.advance(60)
    drill.production.broken_checks.clear()
    for _ in range(11):
        drill.advance(60)
    drill.person().mitigated(i, "none", "the attempts are through")
    drill.call("verify", incident=i)
    for _ in range(40):
        drill.advance(60)
    drill.call("write_report", incident=i, root_cause="logs filled what there was")
    return 2


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
    Course(
        "github-2018",
        "GitHub, 21 October 2018: october21 post-incident analysis; degraded from 22:54 to 23:03 of the next day",
        (
            Truth(after(), "degraded", work=True, known=True),
            Truth(after(hours=24, seconds=1), "up", work=True, known=True),
            Truth(after(hours=24, minutes=31), "up", over=True, known=True),
        ),
        github,
    ),
    Course(
        "certificate-2020",
        "Microsoft Teams, 3 February 2020 (TM202916): down at 14:00, cause told by 15:30, back at 17:00 UTC",
        (
            Truth(after(), "down"),
            Truth(after(minutes=15), "down", work=True, known=True),
            Truth(after(minutes=175), "up", work=True, known=True),
            Truth(after(minutes=206), "up", over=True, known=True),
        ),
        certificate,
    ),
    Course(
        "dns-2021",
        "Facebook, 4 October 2021: more details about the October 4 outage; down from 15:39 to about 22:00 UTC",
        (
            Truth(after(), "down", work=True, known=True),
            Truth(after(minutes=375), "up", work=True, known=True),
            Truth(after(minutes=406), "up", over=True, known=True),
        ),
        dns,
    ),
    Course(
        "corruption-2013",
        "Kickstarter, 2013: The Day the Replication Died; replicas differed, which nobody saw until a query failed",
        (
            Truth(after(), "degraded", work=True, lost=True),
            Truth(after(seconds=1), "up", work=True, lost=True),
            Truth(after(minutes=31), "up", over=True, known=True, lost=True),
        ),
        corruption,
    ),
    Course(
        "capacity-2023",
        "Asana, 21 December 2023 (status f1676vh2xq73): degraded 14:13 to 14:18 and 15:35 to 15:45 UTC, no data lost",
        (
            Truth(after(), "degraded", work=True),
            Truth(after(seconds=1), "up", work=True),
            Truth(after(minutes=31), "up", over=True),
            Truth(after(minutes=82), "degraded"),
            Truth(after(minutes=92), "up"),
            Truth(after(minutes=132), "up", over=True),
        ),
        capacity,
    ),
)


def played(course: Course) -> Played:
    """Play one course, and hold everything that was read against its table."""
    with Drill(*AUDIENCES) as drill:
        start = drill.clock.now()
        acts = course.play(drill)
        read = [
            Read(one.at, name, f"{one.title}\n{one.text}") for name, box in drill.mail.items() for one in box.messages
        ]
        counts = {name: len(box.messages) for name, box in drill.mail.items()}
        people = drill.report().partition("\n---\n")[0].count("\n")
        titles = {name: drill.mail[name].titles for name in drill.mail}
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
