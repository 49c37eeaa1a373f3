"""An impact that nobody showed evidence for: it raises the severity and pages once; the public waits for a person."""

from __future__ import annotations

import pytest

from flightrules.state.policy import CommunicationPolicy, Policy
from flightrules.testing.drill import Drill

NOT_CONFIRMED = "Not confirmed"


def told(policy: Policy | None = None) -> Drill:
    """A healthy production, and mailboxes of everybody who is told."""
    return Drill("internal/1", "escalation/1", "external/1", "approvers/1", policy=policy)


def stated(r: Drill, impact: str = "data_loss", **more: object) -> str:
    """An agent states an impact of a production that the server sees healthy."""
    incident = r.opened("Orders are gone")
    r.call("assess", incident=incident)
    r.call("classify", incident=incident, impacts=[impact], **more)
    for _ in range(4):
        r.advance(15)
    return incident


def public(r: Drill) -> list[str]:
    """Return the texts that the public read, oldest first."""
    return r.mail["external/1"].texts


def held(r: Drill, incident: str) -> list[str]:
    """Updates that wait for a person."""
    waiting = r.call("incident_status", incident=incident)["result"].get("waiting", [])
    return [str(one).partition(":")[0] for one in waiting]


def left(r: Drill, incident: str, budget: str) -> int:
    """Seconds left of a budget."""
    budgets = r.call("incident_status", incident=incident)["budgets"]
    return int(next(one["left_s"] for one in budgets if one["name"] == budget))


@pytest.mark.parametrize("impact", ["data_loss", "data_corruption", "security_breach", "complete_outage"])
def test_it_raises_the_severity_starts_the_clocks_and_pages_once_marked_unconfirmed(impact: str) -> None:
    with told() as r:
        i = stated(r, impact)
        stands = r.call("incident_status", incident=i)
        assert stands["severity"] == "P1"
        assert left(r, i, "response") > 0
        assert left(r, i, "external_notice") <= 0, "the notice is due"
        assert "the public" in " ".join(step["why"] for step in stands["next"])
        (page,) = r.mail["escalation/1"].messages
        assert NOT_CONFIRMED in page.text
        assert f"flightrules classify {i} --severity P1" in page.text


def test_the_notice_is_prepared_and_goes_out_when_a_person_confirms() -> None:
    with told() as r:
        i = stated(r)
        assert public(r) == []
        assert [title for title in r.mail["approvers/1"].titles if "for the public waits" in title]
        assert held(r, i), "the notice is prepared"
        r.person().classify(i, "P1", "the orders table is empty")
        r.advance(1)
        assert len(public(r)) == 1
        assert held(r, i) == []
        assert "Severity P1 is confirmed" in r.mail["internal/1"].titles[-1]


def test_the_notice_goes_out_when_the_servers_own_evidence_shows_it() -> None:
    with told() as r:
        i = stated(r, "complete_outage")
        assert public(r) == []
        r.production.down = True
        r.call("assess", incident=i)
        r.advance(1)
        assert "It is not available." in public(r)[-1]
        assert held(r, i) == []


def test_a_person_may_let_the_prepared_notice_out_without_confirming_more() -> None:
    with told() as r:
        i = stated(r)
        assert r.person().approve_update(i, held(r, i)[0])["ok"]
        r.advance(1)
        assert "a possible problem" in public(r)[-1]


def test_a_severity_that_a_person_lowers_tells_the_public_nothing_and_asks_nobody_again() -> None:
    with told() as r:
        i = stated(r)
        r.person().classify(i, "P3", "three test orders")
        asked = len(r.mail["approvers/1"].messages)
        for _ in range(8):
            r.advance(900)
        assert public(r) == []
        assert len(r.mail["approvers/1"].messages) == asked


def test_a_reporter_that_an_agent_names_is_on_record_and_loosens_nothing() -> None:
    with told() as r:
        i = stated(r, reported_by="support, ticket 4711")
        assert public(r) == []
        (page,) = r.mail["escalation/1"].messages
        assert "Reported by support, ticket 4711, as an agent says." in page.text
        assert NOT_CONFIRMED in page.text
        r.person().mitigated(i, "none", "over")
        r.call("verify", incident=i)
        r.call("write_report", incident=i, root_cause="x")
        severity = next(line for line in r.report().split("\n") if line.startswith("- **Severity"))
        assert "not confirmed" in severity
        assert "support, ticket 4711, as an agent says" in severity


def test_the_answer_asks_for_who_reported_it_and_says_how_a_person_confirms() -> None:
    with told() as r:
        i = str(r.call("open_incident", target="shop", title="Orders are gone")["incident"])
        r.call("assess", incident=i)
        says = r.call("classify", incident=i, impacts=["data_loss"])["says"]
        assert "`reported_by`" in says
        assert f"flightrules classify {i} --severity P1 --reason TEXT" in says
        says = r.call("classify", incident=i, impacts=["data_loss"], reported_by="support")["says"]
        assert "`reported_by`" not in says


def test_an_agents_own_words_wait_too_whatever_policy_says_of_them() -> None:
    policy = Policy(communication=CommunicationPolicy(external_approval="never", automatic=False))
    with told(policy) as r:
        i = stated(r)
        answer = r.call("post_update", incident=i, text="Some orders are gone.", external=True)
        assert "waits for a person" in answer["says"]
        r.advance(1)
        assert public(r) == []


def test_what_the_server_sees_as_bad_itself_needs_nobody() -> None:
    with told() as r:
        r.production.down = True
        i = stated(r, "data_loss")
        assert "It is not available." in public(r)[0]
        assert NOT_CONFIRMED not in r.mail["escalation/1"].messages[0].text
        assert held(r, i) == []
