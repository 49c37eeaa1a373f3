"""GitLab, 31 January 2017: no release is at fault, only a restore of 18 hours helps (postmortem of February 2017)."""

from __future__ import annotations

from datetime import timedelta

from flightrules.testing.drill import Drill
from tests.incidents.acting import fix_begun


def test_a_restore_takes_hours() -> None:
    with Drill("internal/1", "escalation/1", "external/1") as drill:
        ada = drill.person("ada")
        drill.production.down = True
        i = drill.decided("Data directory of the primary was deleted")
        drill.call("classify", incident=i, impacts=["data_loss"], reason="deleted by hand")
        told = drill.call(
            "decide",
            incident=i,
            root_cause="deleted by hand",
            outside_release=True,
            fix_minutes=1080,
            reason="only a restore helps",
        )
        assert told["result"]["path"] != "rollback", "data deleted by hand: no rollback of code is advised"
        ada.decide(i, "fix", "restore the snapshot")
        drill.call("fix", incident=i, action="begin", says="restore")
        again = 0
        for _ in range(18 * 6):
            if drill.call("incident_status", incident=i)["phase"] == "decided":
                again += 1
                ada.decide(i, "fix", "the restore still runs")
                drill.call("fix", incident=i, action="begin", says="restore")
            drill.advance(600)
        assert again <= 1, "a person decides once"
        assert len(drill.mail["escalation/1"].messages) < 8, "few pages"
        assert len(drill.mail["external/1"].messages) > 2, "the public hears of an 18 hour outage more than twice"


CHECKS = [
    {"item": item, "evidence": "seen"}
    for item in ("root_cause", "side_effects", "tested_locally", "tests_passing", "documented")
]


def test_a_fix_that_was_out_in_time_counts_though_it_is_told_late() -> None:
    with Drill() as drill:
        i = fix_begun(drill)
        out = (drill.clock.now() + timedelta(minutes=25)).isoformat()
        for _ in range(31):
            drill.advance(60)
        assert drill.call("incident_status", incident=i)["phase"] == "decided"
        late = {"incident": i, "action": "deployed", "reference": drill.production.releases[-1], "checks": CHECKS}
        after = drill.clock.now().isoformat()
        assert drill.call("fix", at=after, **late)["problem"]["code"] == "out_of_time"
        asked = drill.call("fix", **late)["problem"]
        assert (asked["code"], "`at`" in asked["remedy"]) == ("out_of_time", True), asked
        told = drill.call("fix", at=out, **late)
        assert (told["ok"], told["phase"]) == (True, "verifying"), told["says"]
