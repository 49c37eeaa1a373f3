"""Commands that a person types about updates and messages, and what they read."""

from __future__ import annotations

import json

import pytest

from flightrules.account import account
from flightrules.cli import main
from flightrules.service import reporting
from flightrules.service.messages import updating
from flightrules.state import commands as c
from flightrules.state.events import PlannerBrief
from flightrules.state.vocabulary import Phase
from tests.adapters.sending.receiver import Reply, receiver
from tests.cli.stage import SETTINGS, Stage
from tests.service.house import House
from tests.service.pilot import call

Capture = pytest.CaptureFixture[str]


def extended(at: Stage, more: str) -> None:
    """The settings with more before the targets."""
    at.config.write_text(f"{more}\n{SETTINGS}\n[policy.people]\nscripts = true\n")


def held(at: Stage, incident: str) -> None:
    """An agent wrote something for the public."""

    async def post(house: House) -> None:
        command = c.PostUpdate(text="Some pages fail.", external=True)
        assert (await updating.post_update(house.incidents, call("post_update", incident), command)).ok

    at.run(post)


def kinds(at: Stage, incident: str) -> list[str]:
    return [record.kind for record in at.records(incident)]


@pytest.mark.requirement("COM-external-approval")
def test_a_person_reads_what_the_public_will_and_lets_it_out(at: Stage, capsys: Capture) -> None:
    incident = at.incident(Phase.CLASSIFIED)
    extended(at, "")
    held(at, incident)
    assert main(["status", incident]) == 0
    assert "waits for approval: U1: Some pages fail." in capsys.readouterr().out
    assert main(["update", "approve", incident, "U1", "--yes"]) == 0
    out = capsys.readouterr().out
    assert "Our service: Investigating\nSome pages fail." in out
    assert "U1 goes out to the public" in out
    (approved,) = [record for record in at.records(incident) if record.kind == "update_approved"]
    assert (approved.data["approver"], approved.actor.kind) == (account(), "person")
    assert main(["update", "approve", incident, "U1", "--yes"]) == 1
    assert "No update 'U1' waits" in capsys.readouterr().out


@pytest.mark.requirement("COM-no-leak")
def test_who_lets_an_update_out_reads_which_of_its_words_are_names_inside(at: Stage, capsys: Capture) -> None:
    incident = at.incident(Phase.CLASSIFIED)
    extended(at, '[policy.communication]\nexternal_approval = "never"')

    async def post(house: House) -> str:
        command = c.PostUpdate(text="The shop is slow.", external=True)
        return (await updating.post_update(house.incidents, call("post_update", incident), command)).says

    assert "waits for a person. Inside, shop is a name too. Tell your user" in at.run(post)
    assert main(["update", "approve", incident, "U1", "--yes"]) == 0
    assert "Inside, shop is a name too. Publish it only if customers read it" in capsys.readouterr().out
    assert main(["update", "post", incident, "The shop is well again.", "--external", "--yes"]) == 0
    assert "Inside, shop is a name too." in capsys.readouterr().out


@pytest.mark.parametrize("words", [["approve", "INC", "U1"], ["post", "INC", "All pages fail.", "--external"]])
def test_what_the_public_reads_takes_a_yes_at_a_terminal(at: Stage, capsys: Capture, words: list[str]) -> None:
    incident = at.incident(Phase.CLASSIFIED)
    held(at, incident)
    assert main(["update", *[incident if word == "INC" else word for word in words]]) == 1
    assert "person at a terminal may" in capsys.readouterr().err
    assert "update_approved" not in kinds(at, incident)
    assert kinds(at, incident).count("update_posted") == 1


def test_a_person_keeps_an_update_back_for_a_reason(at: Stage, capsys: Capture) -> None:
    incident = at.incident(Phase.CLASSIFIED)
    held(at, incident)
    assert main(["update", "reject", incident, "U1", "--reason", "too early"]) == 0
    assert "kept back" in capsys.readouterr().out
    (rejected,) = [record for record in at.records(incident) if record.kind == "update_rejected"]
    assert rejected.data["reason"] == "too early"


def test_a_person_posts_inside_without_being_asked(at: Stage, capsys: Capture) -> None:
    incident = at.incident(Phase.CLASSIFIED)
    assert main(["update", "post", incident, "We look at web-1."]) == 0
    assert "no internal destination is set: tell them yourself" in capsys.readouterr().out


def test_what_names_something_from_inside_is_refused(at: Stage, capsys: Capture) -> None:
    incident = at.incident(Phase.CLASSIFIED)
    extended(at, "")
    assert main(["update", "post", incident, "web-1 is down", "--external", "--yes"]) == 1
    assert "must not name a host" in capsys.readouterr().out


@pytest.mark.requirement("COM-outbox", "COM-status-page", "PLA-sinks")
def test_deliver_sends_to_people_the_page_and_the_planner_once(at: Stage, capsys: Capture) -> None:
    incident = at.incident(Phase.REPORTED)
    with receiver() as there:
        extended(
            at,
            f"""
[notify]
internal = ["json://127.0.0.1:{there.port}/team"]
external = ["json://127.0.0.1:{there.port}/public"]
[status_page]
path = "public"
""",
        )
        assert main(["update", "post", incident, "Everything is fine again.", "--external", "--yes"]) == 0
        assert main(["update", "post", incident, "web-1 answers."]) == 0
        capsys.readouterr()
        assert main(["deliver"]) == 0
        assert "sent" in capsys.readouterr().out
        team = [one.json["message"] for one in there.requests if one.path == "/team"]
        public = [one.json["message"] for one in there.requests if one.path == "/public"]
        assert any("web-1 answers." in text for text in team)
        assert any("Everything is fine again." in text for text in public)
        count = len(there.requests)
        assert main(["deliver"]) == 0
        assert len(there.requests) == count
    page = (at.folder / "public" / "index.html").read_text()
    assert "Everything is fine again." in page
    assert "web-1" not in page
    assert json.loads((at.folder / "public" / "feed.json").read_text())["items"]


@pytest.mark.requirement("COM-retry")
def test_deliver_says_what_did_not_go_out_without_any_secret(at: Stage, capsys: Capture) -> None:
    incident = at.incident(Phase.CLASSIFIED)
    with receiver(lambda _request: Reply(500)) as there:
        extended(at, f'[notify]\ninternal = ["json://u:hunter2hunter2@127.0.0.1:{there.port}/x"]')
        assert main(["update", "post", incident, "We look."]) == 0
        assert main(["deliver"]) == 1
        out = capsys.readouterr().out
        assert f"internal/1: {incident}:" in out
        assert "failed 1 time, next try" in out
        assert "json: HTTP 500" in out
        assert main(["status", incident]) == 0
        assert "not delivered: internal/1" in capsys.readouterr().out
    assert "hunter2" not in out
    assert "hunter2" not in str(at.records(f"outbox:{incident}"))


def briefed(at: Stage, url: str) -> tuple[str, str]:
    """An incident whose brief is queued for three sinks, and what the agent was told of it."""
    incident = at.incident(Phase.DOCUMENTED)
    secret = at.folder / "planner-secret"
    secret.write_text("0123456789abcdef0123456789abcdef")
    secret.chmod(0o600)
    extended(
        at,
        f"""
[planner]
sinks = ["folder", "webhook", "resource"]
[planner.webhook]
url = "{url}/briefs"
secret = "file:planner-secret"
""",
    )

    async def brief(house: House) -> str:
        from flightrules.bootstrap import wire
        from flightrules.config import load

        app = wire(load(at.config), clock=house.clock)
        command = c.PreparePlannerBrief(brief=PlannerBrief(technical_debt=("no canary",)))
        answer = await reporting.report_to_planner(app.incidents, call("report_to_planner", incident), command)
        await app.close()
        assert answer.ok
        return answer.says

    return incident, at.run(brief)


@pytest.mark.requirement("PLA-sinks")
def test_a_brief_goes_to_every_sink_and_the_answer_names_them(at: Stage, capsys: Capture) -> None:
    with receiver() as there:
        incident, says = briefed(at, there.url)
        assert "queued for: folder, webhook, resource" in says
        assert json.loads((at.folder / "outbox" / f"{incident}.json").read_text())["technical_debt"] == ["no canary"]
        assert there.requests == []
        assert main(["deliver"]) == 0
        (request,) = there.requests
    assert request.json["data"]["technical_debt"] == ["no canary"]
    capsys.readouterr()


@pytest.mark.requirement("COM-again")
def test_a_person_has_tried_again_what_was_given_up(at: Stage, capsys: Capture) -> None:
    answers = iter([Reply(410)])
    with receiver(lambda _request: next(answers, Reply(200))) as there:
        incident, _ = briefed(at, there.url)
        assert main(["deliver"]) == 1
        assert "tried again with: flightrules deliver --again" in capsys.readouterr().out
        assert main(["deliver"]) == 1
        assert len(there.requests) == 1
        assert main(["deliver", "--again"]) == 0
        assert len(there.requests) == 2
    last = [record for record in at.records(f"outbox:{incident}") if record.kind == "send_began"][-1]
    assert (last.actor.kind, last.data["attempt"]) == ("person", 1)


def test_doctor_tells_each_destination_and_what_is_wrong_with_it(at: Stage, capsys: Capture) -> None:
    extended(
        at,
        """
[notify]
internal = ["json://127.0.0.1:9/x"]
approvers = ["nothing://hunter2hunter2"]
escalation = ["env:FLIGHTRULES_NOT_SET"]
""",
    )
    main(["doctor"])
    out = " ".join(capsys.readouterr().out.split())
    assert "to internal/1 ok json through Apprise" in out
    assert "to approvers/1 FAIL" in out
    assert "to escalation/1 FAIL" in out
    assert "FLIGHTRULES_NOT_SET" in out
    assert "hunter2" not in out
