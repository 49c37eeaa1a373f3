"""Cases of real incidents, each with its expectations word for word; where each comes from stands in its docstring."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from mcp_types import ElicitResult

from flightrules.ports import Receipt
from flightrules.state.words import span
from flightrules.testing.sessions import replayed
from flightrules.testing.stage import IncidentServer
from tests.incidents.room import room


def test_a_restore_takes_hours() -> None:
    """GitLab's postmortem of 31 January 2017: no release is at fault, only a restore of 18 hours helps."""
    with room() as r:
        r.mailboxes("internal/1", "escalation/1", "external/1")
        r.p.down = True
        i = r.decided("Data directory of the primary was deleted")
        r.call("classify", incident=i, impacts=["data_loss"], reason="deleted by hand")
        told = r.call(
            "decide",
            incident=i,
            root_cause="deleted by hand",
            outside_release=True,
            fix_minutes=1080,
            reason="only a restore helps",
        )
        assert told["result"]["path"] != "rollback", "data deleted by hand: no rollback of code is advised"
        r.decides(i, "fix", "restore the snapshot")
        r.call("fix", incident=i, action="begin", says="restore")
        again = 0
        for _ in range(18 * 6):
            if r.call("incident_status", incident=i)["phase"] == "decided":
                again += 1
                r.decides(i, "fix", "the restore still runs")
                r.call("fix", incident=i, action="begin", says="restore")
            r.round(600)
        assert again <= 1, "a person decides once"
        assert len(r.mail["escalation/1"].handed) < 8, "few pages"
        assert len(r.public()) > 2, "the public hears of an 18 hour outage more than twice"


@pytest.mark.parametrize(
    ("why", "said"),
    [
        ("duplicate of the other one", "the same problem as another"),
        ("handed over to the hosting provider, still down", "handed this over to the provider"),
        ("false alarm, the alert was wrong", "without having seen the service recover"),
        ("nobody answers any more", "without having seen the service recover"),
    ],
)
def test_closed_is_not_solved(why: str, said: str) -> None:
    """OneUptime 772 and 2315, cachet 4578: page and truth differ after a close."""
    with room() as r:
        r.mailboxes("external/1")
        r.p.down = True
        i = r.decided()
        r.close(i, why)
        r.round(1)
        assert "The problem is solved." not in r.public()[-1]
        assert said in r.public()[-1]
        assert "Resolved" not in r.public()[-1]


def test_the_news_keeps_its_order() -> None:
    """Alertmanager 1494 and 4108, signoz 12892: a later message overtakes an earlier one of the same incident."""
    with room() as r:
        r.mailboxes("external/1", "internal/1")
        r.p.broken.add(r.p.releases[-1])
        for box in r.mail.values():
            box.failing = [Receipt(arrived=False, why="HTTP 429")]
        i = r.decided()
        r.round(1)
        r.server.person = "yes"
        r.call("rollback", incident=i)
        r.round(5)
        r.call("verify", incident=i)
        r.round(60)
        r.round(60)
        said = [(p.at.strftime("%H:%M:%S"), p.title) for p in r.mail["external/1"].handed]
        assert said == sorted(said, key=lambda one: one[0])
        assert "Investigating" not in said[-1][1]
        inside = [int(p.id.split(":")[1]) for p in r.mail["internal/1"].handed]
        assert inside == sorted(inside)


def test_what_was_over_by_itself_has_a_way_to_its_report() -> None:
    """OneUptime 2142 and 1806, Status-Page 475, openstatus 620/832: opened after the fact, resolved by itself."""
    with room() as r:
        r.mailboxes("external/1", "escalation/1")
        now = r.clock.now()
        i = r.call(
            "open_incident",
            target="shop",
            title="Provider outage last night, 40 minutes",
            detected_at=(now - timedelta(hours=14)).isoformat(),
            onset_at=(now - timedelta(hours=14, minutes=5)).isoformat(),
            detected_via="customer mail",
        )["incident"]
        r.call("assess", incident=i)
        r.call("classify", incident=i, impacts=["complete_outage"])
        told = r.call(
            "decide",
            incident=i,
            root_cause="the provider was down",
            outside_release=True,
            reason="its status page says so",
        )
        assert told["result"]["path"] != "rollback", "healthy now and a cause outside: no rollback is advised"
        over = (now - timedelta(hours=13, minutes=25)).isoformat()
        r.call("fix", incident=i, action="none", says="the provider was back by itself", at=over)
        assert r.call("verify", incident=i)["ok"] is False, "an agent's word alone changes nothing"
        assert r.mitigated(i, "none")["ok"]
        assert r.call("verify", incident=i)["result"]["verdict"] == "restored"
        r.corrects(i, ended_at=over)
        r.call("write_report", incident=i, summary="x")
        assert "(40 min)" in r.line("- **Duration"), r.line("- **Duration")
        assert "the provider was back by itself" in r.line("- **None needed"), r.report()
        r.round(1)
        assert "It is not available." not in "".join(r.public()), "nobody reads that it is not available now"


def test_an_incident_that_was_stood_down_may_have_its_report() -> None:
    with room() as r:
        i = r.decided()
        r.close(i, "handed over to the provider")
        assert r.call("write_report", incident=i, summary="x")["ok"]
        assert "Stood down (handed over)" in r.report()


def test_what_was_mended_by_hand_is_verified_watched_and_reported(tmp_path: Path) -> None:
    with room() as r:
        r.mailboxes("internal/1", "approvers/1", "external/1")
        r.p.down = True
        i = r.decided()
        r.p.down = False
        claimed = r.call("fix", incident=i, action="by_hand", says="failed over to the other region", who="Lee")
        assert "flightrules mitigated" in claimed["says"]
        r.round(1)
        assert "confirm" in r.titles("approvers/1")[-1]
        r.mitigated(i, "by_hand")
        r.round(1)
        assert "checking whether it helped" in r.public()[-1]
        assert r.call("verify", incident=i)["phase"] == "monitoring"
        r.mitigated(i, "by_hand", "switched the flag back", who="Lee")
        r.call("write_report", incident=i, root_cause="x")
        assert "failed over to the other region (Lee)" in r.report()
        assert "switched the flag back" in r.report()
        assert replayed(r.server.save(i, tmp_path / "by-hand.jsonl")).good


def test_the_onset_that_was_found_gives_the_duration() -> None:
    """OneUptime 2142/1806."""
    with room() as r:
        r.clock.advance(3600)
        r.p.broken.add(r.p.releases[-1])
        i = r.decided()
        r.server.person = "yes"
        r.call("rollback", incident=i)
        r.round(60)
        r.call("verify", incident=i)
        first = (r.clock.now() - timedelta(minutes=50)).isoformat()
        seen = [{"at": first, "says": "first customer got a 500", "source": "proxy log"}]
        r.call("analyze", incident=i, observed=seen, root_cause={"says": "x", "evidence": ["O1"]})
        r.call("write_report", incident=i, summary="x")
        assert "50 min" in r.line("- **Duration")


def test_verified_late_the_end_is_where_the_server_proved_it() -> None:
    with room() as r:
        r.p.broken.add(r.p.releases[-1])
        i = r.decided()
        r.server.person = "yes"
        r.call("rollback", incident=i)
        for _ in range(180):
            r.round(60)
        r.call("verify", incident=i)
        r.call("write_report", incident=i, root_cause="x")
        assert "(3 h" not in r.line("- **Duration")


def test_healthy_hours_between_two_outages_are_no_outage() -> None:
    with room() as r:
        i = r.restored()
        for _ in range(18):
            r.round(600)
        r.p.broken.add(r.p.releases[-2])
        for _ in range(40):
            r.round(60)
        r.decides(i, "rollback", "older")
        r.call("rollback", incident=i)
        r.round(60)
        r.call("verify", incident=i)
        r.call("write_report", incident=i, root_cause="x")
        assert "(3 h" not in r.line("- **Duration")
        assert "(4 h" not in r.line("- **Duration")
        assert "in 2 outages" in r.line("- **Duration")


def test_a_breach_that_began_61_days_ago_can_be_opened_with_its_onset() -> None:
    """Codecov's postmortem of April 2021: 61 days hidden."""
    with room() as r:
        onset = (r.clock.now() - timedelta(days=61)).isoformat()
        told = r.call("open_incident", target="shop", title="Uploader was changed by strangers", onset_at=onset)
        assert told["ok"], told["says"]


def test_24_h_11_min_is_told_so() -> None:
    assert span(timedelta(hours=24, minutes=11)) == "24 h 11 min"


def test_reminders_repeat_until_somebody_does_something() -> None:
    """Netflix dispatch 119 and 2758, va.gov-cms 8057, grafana oncall 3261."""
    with room() as r:
        r.mailboxes("internal/1", "approvers/1", "escalation/1")
        r.p.broken.add(r.p.releases[-1])
        i = r.decided()
        r.call("rollback", incident=i)
        r.round(1)
        r.server.approve(i)
        for _ in range(30):
            r.round(60)
        r.call("rollback", incident=i)
        for _ in range(330):
            r.round(60)
        assert len(r.mail["approvers/1"].handed) >= 2, "approvers hear that another yes is wanted"
        overdue = [p.at.strftime("%H:%M") for p in r.mail["internal/1"].handed if "overdue" in p.title]
        assert len(overdue) > 1, "an update is due every 15 minutes: more than one reminder in six hours"
        pages = [p.at.strftime("%H:%M ") + p.title for p in r.mail["escalation/1"].handed]
        assert any(p > "09:30" for p in pages), "somebody is woken again while a P1 waits for six hours"
        assert any("Nobody has taken this" in title for title in r.titles("internal/1")), "it climbs"


def test_whoever_acknowledged_is_not_paged_again_for_the_same(tmp_path: Path) -> None:
    with room() as r:
        r.mailboxes("internal/1", "escalation/1")
        r.p.broken.add(r.p.releases[-1])
        i = r.decided()
        r.round(301)
        r.round(60 * 35)
        paged = len(r.mail["escalation/1"].handed)
        assert "Nobody has taken this" in r.titles("escalation/1")[-1]
        assert r.acks(i)["ok"]
        overdue = len([title for title in r.titles("internal/1") if "overdue" in title])
        for _ in range(36):
            r.round(600)
        assert len(r.mail["escalation/1"].handed) == paged
        assert len([title for title in r.titles("internal/1") if "overdue" in title]) == overdue
        assert replayed(r.server.save(i, tmp_path / "acked.jsonl")).good


def test_one_event_is_one_letter() -> None:
    with room() as r:
        r.mailboxes("internal/1")
        r.p.broken_checks.add(("avatar", r.p.releases[-1]))
        i = r.call("open_incident", target="shop", title="Avatar broken")["incident"]
        for tool in ("assess", "classify"):
            r.call(tool, incident=i)
        mild = {"isolated": True, "fix_safe": True, "fix_minutes": 10, "rollback_more_disruptive": True}
        r.call("decide", incident=i, root_cause="typo", reason="x", **mild)
        r.call("fix", incident=i, action="begin", says="typo")
        for _ in range(32):
            r.round(60)
        assert len([title for title in r.titles("internal/1") if "over its time" in title]) == 1


CHECKS = [
    {"item": item, "evidence": "seen"}
    for item in ("root_cause", "side_effects", "tested_locally", "tests_passing", "documented")
]


def test_a_fix_that_was_out_in_time_counts_though_it_is_told_late() -> None:
    with room() as r:
        r.p.broken_checks.add(("avatar", r.p.releases[-1]))
        i = r.call("open_incident", target="shop", title="Avatar broken")["incident"]
        for tool in ("assess", "classify"):
            r.call(tool, incident=i)
        mild = {"isolated": True, "fix_safe": True, "fix_minutes": 10, "rollback_more_disruptive": True}
        r.call("decide", incident=i, root_cause="typo", reason="x", **mild)
        r.call("fix", incident=i, action="begin", says="typo")
        out = (r.clock.now() + timedelta(minutes=25)).isoformat()
        for _ in range(31):
            r.round(60)
        assert r.call("incident_status", incident=i)["phase"] == "decided"
        late = {"incident": i, "action": "deployed", "reference": r.p.releases[-1], "checks": CHECKS}
        after = r.clock.now().isoformat()
        assert r.call("fix", at=after, **late)["problem"]["code"] == "out_of_time"
        asked = r.call("fix", **late)["problem"]
        assert (asked["code"], "`at`" in asked["remedy"]) == ("out_of_time", True), asked
        told = r.call("fix", at=out, **late)
        assert (told["ok"], told["phase"]) == (True, "verifying"), told["says"]


def test_the_public_reads_nothing_that_the_log_does_not_show() -> None:
    """GitHub's analysis of October 2018 and GitLab's of 2017, supercheck 270."""
    with room() as r:
        r.mailboxes("external/1")
        r.p.broken |= set(r.p.releases)
        for host in r.p.hosts.values():
            host.deploys = host.deploys[:1]
        r.decided()
        r.round(1)
        assert "We know what to do" not in r.public()[-1], "rules do not decide"
        assert "We have noticed a problem" in r.public()[-1]
    with room() as r:
        r.mailboxes("external/1")
        i = r.call("open_incident", target="shop", title="A leaked token was used")["incident"]
        r.call("assess", incident=i)
        r.call("classify", incident=i, impacts=["security_breach"])
        r.round(1)
        assert "It is not available." not in r.public()[-1], "a breach with everything up is not told as an outage"


def test_an_outage_that_only_an_agent_states_is_not_told_to_the_public() -> None:
    with room() as r:
        r.mailboxes("external/1", "escalation/1")
        i = r.call("open_incident", target="shop", title="Everything is down")["incident"]
        r.call("assess", incident=i)
        r.call("classify", incident=i, impacts=["complete_outage"])
        r.round(1)
        assert r.public() == []
        assert "Not confirmed" in r.mail["escalation/1"].handed[0].text
        r.p.down = True
        r.call("assess", incident=i)
        r.round(1)
        assert "It is not available." in r.public()[-1]


def test_solved_follows_the_watch_and_waits_for_no_analysis() -> None:
    with room() as r:
        r.mailboxes("external/1")
        i = r.restored()
        r.call("analyze", incident=i, root_cause={"says": "x", "evidence": ["E1"]})
        r.round(1)
        assert "The problem is solved." not in r.public()[-1], "one minute after restoration the watch has begun"
    with room() as r:
        r.mailboxes("external/1")
        r.restored()
        for _ in range(30 * 4):
            r.round(900)
        assert "solved" in r.public()[-1], "watched for a day without a fault: the public hears that it is over"


def test_a_recurrence_is_told_as_back() -> None:
    with room() as r:
        r.mailboxes("external/1")
        r.restored()
        r.p.broken.add(r.p.releases[-2])
        for _ in range(40):
            r.round(60)
        assert "The problem is back." in r.public()[-1]


def test_a_severity_may_rise_after_the_restoration() -> None:
    """GitLab's postmortem of 31 January 2017: what was lost was counted afterwards."""
    with room() as r:
        r.mailboxes("external/1")
        r.p.broken_checks.add(("avatar", r.p.releases[-1]))
        i = r.decided("Avatar upload broken")
        r.server.person = "yes"
        r.call("rollback", incident=i)
        r.round(60)
        r.call("verify", incident=i)
        agent = r.call("classify", incident=i, impacts=["data_loss"], reason="300 uploads are gone")
        person = r.classifies(i, "P1", "300 uploads are gone")
        assert agent["ok"], "somebody can raise the severity"
        assert person["ok"], "somebody can raise the severity"
        r.call("write_report", incident=i, root_cause="x", business_impact="300 uploads lost")
        assert "REVIEW" in r.report(), "a review is due"
        r.round(1)
        assert "worse than we first knew" in r.public()[-1]
        r.classifies(i, "P3", "the uploads were found again")
        r.call("write_report", incident=i)
        assert "P1 at its worst, set to P3 by a person" in r.line("- **Severity")


def test_what_any_assessment_saw_counts_for_good() -> None:
    with room() as r:
        r.p.broken.add(r.p.releases[-1])
        i = r.call("open_incident", target="shop", title="x")["incident"]
        r.call("assess", incident=i)
        r.p.broken.clear()
        r.call("assess", incident=i)
        r.p.broken.add(r.p.releases[-1])
        for tool in ("classify", "decide"):
            r.call(tool, incident=i)
        r.server.person = "yes"
        r.call("rollback", incident=i)
        r.round(60)
        r.call("verify", incident=i)
        r.call("write_report", incident=i, root_cause="x")
        assert "checkout" in r.line("- **Services Affected"), r.line("- **Services Affected")


def test_a_clock_that_goes_back_leaves_the_order_and_no_negative_span() -> None:
    with room() as r:
        r.p.broken.add(r.p.releases[-1])
        i = r.call("open_incident", target="shop", title="x")["incident"]
        r.call("assess", incident=i)
        r.clock.advance(-7200)
        for tool in ("classify", "decide"):
            r.call(tool, incident=i)
        r.server.person = "yes"
        r.call("rollback", incident=i)
        r.call("verify", incident=i)
        r.call("write_report", incident=i, root_cause="x")
        told = r.report()
        assert "minus" not in told
        assert "clock went back by 2 h" in told
        assert told.index("Assessment began") < told.index("Classified P1") < told.index("Rollback initiated")


def test_an_update_that_waits_for_a_person_is_asked_for_again_until_somebody_answers() -> None:
    with room() as r:
        r.mailboxes("approvers/1")
        r.p.down = True
        i = r.decided()
        r.call("post_update", incident=i, text="Orders are kept and sent later.", external=True)
        for _ in range(60):
            r.round(60)
        told = [title for title in r.titles("approvers/1") if "still waits for approval" in title]
        assert len(told) == 2, r.titles("approvers/1")
        assert r.acks(i)["ok"]
        for _ in range(120):
            r.round(60)
        assert len([title for title in r.titles("approvers/1") if "still waits for approval" in title]) == 2


@pytest.mark.parametrize(("moved", "said"), [(7200, "jumped forward by 2 h"), (-7200, "went back by 2 h")])
def test_a_clock_that_jumps_while_the_server_waits_is_noted_in_every_open_incident(
    moved: int, said: str, tmp_path: Path
) -> None:
    with room() as r:
        i = r.decided()
        r.round(1)
        asleep = r.clock.sleep

        async def sleep(seconds: float) -> None:
            await asleep(seconds)
            r.clock.advance(moved)

        r.clock.sleep = sleep  # type: ignore[method-assign]
        r.server.portal.call(r.server.app.watching.wait)
        r.clock.sleep = asleep  # type: ignore[method-assign]
        r.round(1)
        seen = r.call("incident_status", incident=i)["result"]["timeline"]
        assert any(said in line for line in seen), seen
        assert replayed(r.server.save(i, tmp_path / "moved.jsonl")).good


def test_a_short_pause_and_a_busy_machine_are_no_jump() -> None:
    with room() as r:
        i = r.decided()
        r.round(1)
        r.server.portal.call(r.server.app.watching.wait)
        seen = r.call("incident_status", incident=i)["result"]["timeline"]
        assert not any("clock" in line for line in seen), seen


def test_a_client_that_declines_by_itself_leaves_the_plan_to_the_terminal_each_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """anthropics/claude-code 79174, 41292, 89858, 62319: forms are declined without being shown."""

    async def declines(_server: object, _context: object, _params: object) -> ElicitResult:
        return ElicitResult(action="decline")

    monkeypatch.setattr(IncidentServer, "elicited", declines)
    with room() as r:
        r.mailboxes("approvers/1")
        r.p.broken.add(r.p.releases[-1])
        i = r.decided()
        for _ in range(2):
            told = r.call("rollback", incident=i)
            r.round(1)
            assert "flightrules approve" in told["says"], told["says"]
        assert r.mail["approvers/1"].handed, "approvers heard of it"
        assert not [one for one in r.server.records(i) if one.kind == "approval_rejected"]
        assert r.server.approve(i)["ok"], "a person can approve in a terminal"
        assert r.call("rollback", incident=i)["phase"] == "verifying"


@pytest.mark.parametrize(("unreachable", "said"), [("", "not available"), ("no route", "important part")])
def test_a_service_that_goes_away_after_it_was_degraded_is_told_so_where_its_hosts_still_answer(
    unreachable: str, said: str
) -> None:
    """Found by the machine: the public read of a degradation for hours while nothing answered."""
    with room() as r:
        r.mailboxes("external/1")
        r.p.broken_checks = {("checkout", r.p.releases[-1])}
        i = r.decided()
        r.classifies(i, "P1", "checkout is what we live from")
        r.round(60)
        assert "important part" in r.public()[-1]
        r.p.down = True
        for host in r.p.hosts.values():
            host.unreachable = unreachable
        for _ in range(14):
            r.round(300)
        assert said in r.public()[-1]
