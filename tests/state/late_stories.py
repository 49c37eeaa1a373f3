"""Two incidents that no rollback mended: a restore of eighteen hours, and one that was over by itself."""

from __future__ import annotations

from flightrules.state import events as e
from flightrules.state.log import Actor
from flightrules.state.vocabulary import ActorKind, Impact, Path
from tests.state.stories import (
    BAD,
    Story,
    assessed,
    at,
    broken_findings,
    caused,
    classified,
    detected,
    healthy_findings,
    verified,
)

KIM = Actor(kind=ActorKind.PERSON, name="Kim Lee", face="cli")

RESTORE_GIVEN = e.ReportInput(
    summary="A clean-up job deleted the orders of the last month; they came back from the backup of the night before.",
    users_affected="everybody who looked at old orders",
    business_impact="support answered 340 mails",
    trigger="The clean-up job ran with the new retention of 30 days.",
    contributing=("Nobody had rehearsed a restore of this size.", "The job had no dry run."),
    went_well=("The backup was whole.",),
    improve=("The restore waited two hours for a bigger disk.",),
    lucky=("It was the night before a holiday.",),
    authors=("Kim Lee",),
    actions=(
        e.ActionItem(
            action="Rehearse the restore each month",
            assignee="Kim Lee",
            due="2026-02-01",
            type="mitigate",
            link="OPS-31",
        ),
        e.ActionItem(action="Give the job a dry run", assignee="orders team", due="2026-01-20", type="prevent"),
    ),
)


def restore_story() -> Story:
    """A P1 with lost data: restored by hand from a backup, eighteen hours later."""
    story = Story("INC-RESTORE")
    detected(story, title="Old orders are gone", via="support mails", onset="8:10:00")
    assessed(story, broken_findings(error="ERROR order not found: 88123"))
    classified(story, impacts=(Impact.DATA_LOSS,), users="everybody who looked at old orders")
    reason = "a rollback brings no data back; we restore the backup"
    story.add("9:05:00", e.PathDecided(path=Path.PERSON, by="person", reason=reason), actor=KIM)
    story.add(
        "9:06:00", e.PaceSet(until=at("33:06:00"), fix_minutes=1440, update_minutes=60, reason=reason, by="Kim Lee")
    )
    for hour in range(10, 27):
        text = f"The restore goes on: {(hour - 9) * 6} % of the tables are back."
        story.add(
            f"{hour}:05:00",
            e.UpdatePosted(
                id=f"U{hour - 9}",
                status="Identified",
                text=text,
                impact="Old orders are gone",
                started_at=at("8:10:00"),
            ),
            actor=KIM,
        )
    story.add(
        "27:02:00",
        e.MitigatedOtherwise(
            how="by_hand",
            says="restored the backup of 02:00 into the orders database",
            who="Kim Lee",
            at=at("27:00:00"),
            confirmed_by="Kim Lee",
        ),
        actor=KIM,
    )
    verified(story, "27:05:00", healthy_findings(BAD, started="8:41:30"), wanted=None)
    caused(story, "28:00:00", "The retention of the clean-up job was 30 days instead of 30 months.")
    return story


def over_story() -> Story:
    """A P2 whose provider mended it before anybody here did anything."""
    story = Story("INC-OVER")
    detected(story, title="Payments time out", via="uptime alert", onset="8:52:00")
    assessed(story, broken_findings(error="ERROR payment provider: timeout"))
    classified(story, impacts=(Impact.MAJOR_FEATURE_BROKEN,))
    reason = "the provider's status page tells of an outage there"
    story.add("9:04:00", e.PathDecided(path=Path.INVESTIGATE, by="person", reason=reason), actor=KIM)
    story.add(
        "9:31:00",
        e.MitigatedOtherwise(how="none", says="the provider mended it", at=at("9:27:00"), confirmed_by="Kim Lee"),
        actor=KIM,
    )
    verified(story, "9:33:00", healthy_findings(BAD, started="8:41:30"), wanted=None)
    caused(story, "9:50:00", "An outage of the payment provider.")
    return story
