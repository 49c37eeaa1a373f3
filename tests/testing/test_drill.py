"""The drill: what docs/testing.md promises of it, and that its names stay."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from flightrules.account import account
from flightrules.state.policy import ApprovalPolicy, Policy
from flightrules.testing.agents import UserAnswer
from flightrules.testing.clock import START
from flightrules.testing.drill import Drill, ManualClock, shop
from flightrules.testing.stage import production_of

if TYPE_CHECKING:
    from flightrules.testing import ScriptedProduction

PAGE = Path(__file__).parents[2] / "docs" / "testing.md"

FACE = """
Agent.call(self, tool, /, **arguments)
Agent.forms
Agent.user
Drill(*mailboxes, target=None, policy=None, clock=None, production=None, store=None)
Drill.advance(self, seconds=0.0)
Drill.agent
Drill.call(self, tool, /, **arguments)
Drill.clock
Drill.close(self)
Drill.command(self, *words, answers=())
Drill.connect(self, name, *, account='', forms=True)
Drill.decided(self, title='Checkout answers 500', **arguments)
Drill.documents
Drill.log(self, incident)
Drill.mail
Drill.mailboxes(self, *names)
Drill.opened(self, title='Checkout answers 500', **arguments)
Drill.person(self, name='ada')
Drill.production
Drill.report(self, incident='')
Drill.restored(self)
Drill.save(self, incident, path)
Drill.send_to(self, name, sender)
Mailbox.fail(self, why, *, times=1, wait_s=0)
Mailbox.messages
Mailbox.texts
Mailbox.titles
Mailbox.unreachable
ManualClock(start=datetime.datetime(2026, 1, 5, 9, 0, tzinfo=datetime.timezone.utc), *, runs=False)
ManualClock.advance(self, seconds)
ManualClock.jump(self, seconds)
ManualClock.now(self)
ManualClock.sleep(self, seconds)
ManualClock.steady(self)
Message.at
Message.id
Message.incident
Message.text
Message.title
Person.accept(self, incident, reason)
Person.ack(self, incident)
Person.approve(self, incident, *, acknowledge=True)
Person.approve_update(self, incident, update)
Person.classify(self, incident, severity, reason, *, impacts=())
Person.close(self, incident, reason='', *, closed_as='', duplicate_of='')
Person.correct(self, incident, reason, *, onset_at='', detected_at='', ended_at='')
Person.decide(self, incident, path, reason, *, to='', without=(), fix_minutes=None)
Person.mitigated(self, incident, how, says='', *, who='', at='')
Person.name
Person.pace(self, incident, reason, *, fix_minutes=None, update_minutes=None)
Person.reject(self, incident, reason)
Person.reject_update(self, incident, update, reason)
ScriptedProduction.broken
ScriptedProduction.broken_checks
ScriptedProduction.deploy(self, release)
ScriptedProduction.down
ScriptedProduction.fail_hosts
ScriptedProduction.fail_steps
ScriptedProduction.hosts
ScriptedProduction.releases
ScriptedProduction.slow
ScriptedProduction.unreadable
Typed.status
Typed.text
shop(**changes)
"""
"""The names and arguments that users' tests rely on. Add lines for new ones; do not change or remove a line."""


def signature(of: Callable[..., object]) -> str:
    """The name and the arguments, without types."""
    found = inspect.signature(of)
    bare = [one.replace(annotation=inspect.Parameter.empty) for one in found.parameters.values()]
    return f"{of.__name__}{found.replace(parameters=bare, return_annotation=inspect.Signature.empty)}"


def face_of(name: str, part: object) -> Iterable[str]:
    """The public members of a part, as lines."""
    for member in (member for member in dir(part) if not member.startswith("_")):
        of = getattr(type(part), member, None)
        yield f"{name}.{signature(of) if inspect.isfunction(of) else member}"


def test_no_name_and_no_argument_of_the_face_is_renamed_or_removed() -> None:
    now = {signature(made) for made in (Drill, ManualClock, shop)}
    with Drill("internal/1") as drill:
        drill.send_to("external/1", drill.mail["internal/1"].sender)
        drill.decided()
        drill.advance()
        parts = {
            "Drill": drill,
            "Agent": drill.agent,
            "Person": drill.person(),
            "Mailbox": drill.mail["internal/1"],
            "Message": drill.mail["internal/1"].messages[0],
            "ScriptedProduction": drill.production,
            "ManualClock": drill.clock,
            "Typed": drill.command("status"),
        }
        now |= {line for name, part in parts.items() for line in face_of(name, part)}
    assert sorted(set(FACE.strip().split("\n")) - now) == []


def test_the_example_of_the_page_runs_and_the_page_names_the_whole_face() -> None:
    page = PAGE.read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(from flightrules.testing.drill import Drill\n.*?)```", page, re.DOTALL)
    made: dict[str, Callable[[], None]] = {}
    exec(example, made)  # noqa: S102 - a page of this repository
    (test,) = (value for name, value in made.items() if name.startswith("test_"))
    test()
    names = set(re.findall(r"^(?:Drill|Agent|Person|Mailbox|ScriptedProduction)\.(\w+)", FACE, re.MULTILINE))
    assert [name for name in sorted(names) if not re.search(rf"\b{name}\b", page)] == []


@pytest.mark.parametrize(
    ("user", "state", "words"),
    [
        ("yes", "succeeded", "Rolled back"),
        ("no", "rejected", "not now"),
        ("decline", "awaiting_approval", "flightrules approve"),
        ("cancel", "awaiting_approval", "flightrules approve"),
        ("silent", "awaiting_approval", "flightrules approve"),
    ],
)
def test_a_form_is_answered_as_the_user_answers(user: UserAnswer, state: str, words: str) -> None:
    with Drill() as drill:
        drill.production.broken.add(drill.production.releases[-1])
        incident = drill.decided()
        drill.agent.user = user
        told = drill.call("rollback", incident=incident)
        assert len(drill.agent.forms) == 1
        assert words in told["says"], told
        assert told["result"] is None or told["result"]["state"] == state


def test_two_clients_have_accounts_and_users_of_their_own() -> None:
    with Drill(policy=Policy(approval=ApprovalPolicy(approvers=2))) as drill:
        drill.production.broken.add(drill.production.releases[-1])
        incident = drill.decided()
        other = drill.connect("editor", account="lee@example.org")
        drill.agent.user = other.user = "yes"
        assert drill.call("rollback", incident=incident)["result"]["state"] == "awaiting_approval"
        assert other.call("rollback", incident=incident)["result"]["state"] == "succeeded"
        assert (len(drill.agent.forms), len(other.forms)) == (1, 1)
        granted = [event["data"]["approver"] for event in drill.log(incident) if event["kind"] == "approval_granted"]
    assert granted == [f"{account()} (as mcp says)", "lee@example.org (as editor says)"]


def test_a_client_without_forms_asks_nobody() -> None:
    with Drill() as drill:
        drill.production.broken.add(drill.production.releases[-1])
        plain = drill.connect("plain", forms=False)
        told = plain.call("rollback", incident=drill.decided())
        assert (told["result"]["state"], plain.forms) == ("awaiting_approval", [])


def test_people_act_under_their_names() -> None:
    with Drill("external/1") as drill:
        drill.production.down = True
        incident = drill.decided()
        lee = drill.person("lee")
        assert lee.decide(incident, "fix", "restore the snapshot", fix_minutes=90)["ok"]
        assert lee.pace(incident, "it is large", update_minutes=60)["ok"]
        onset = (drill.clock.now() - timedelta(minutes=50)).isoformat()
        assert lee.correct(incident, "first mail of a customer", onset_at=onset)["ok"]
        assert lee.ack(incident)["ok"]
        held = drill.call("post_update", incident=incident, text="We restore.", external=True)["result"]["update"]
        assert lee.approve_update(incident, held)["ok"]
        drill.advance()
        assert "We restore." in drill.mail["external/1"].texts[-1]
        drill.production.down = False
        at = drill.clock.now().isoformat()
        assert lee.mitigated(incident, "by_hand", "restored", who="kim", at=at)["ok"]
        assert lee.classify(incident, "P1", "orders are lost", impacts=["data_loss"])["ok"]
        refused = lee.accept(incident, "it works")
        assert (refused["ok"], refused["problem"]["kind"]) == (False, "refused")
        assert {event["actor"]["name"] for event in drill.log(incident) if event["actor"]["kind"] == "person"} == {
            "lee"
        }


def test_a_command_is_typed_its_questions_answered_and_its_end_read() -> None:
    with Drill() as drill:
        drill.production.broken.add(drill.production.releases[-1])
        incident = drill.decided()
        assert drill.call("rollback", incident=incident)["result"]["state"] == "awaiting_approval"
        assert f"flightrules approve {incident}" in drill.command("status", incident).text
        other = drill.command("approve", incident, answers=["nothing"])
        assert (other.status, "is not the digest" in other.text) == (1, True), other
        approved = drill.command("approve", incident)
        assert (approved.status, "Approved until" in approved.text) == (0, True), approved
        assert drill.call("rollback", incident=incident)["phase"] == "verifying"
        assert drill.command("log", "verify", incident).status == 0
        assert "--reason" in drill.command("reject", incident).text
        wrong = drill.command("no-such-command")
        assert (wrong.status, "invalid choice" in wrong.text) == (2, True), wrong
        stuck = drill.command("unlock", "shop", "web-9", "PLAN-1-1", "--reason", "it hangs").text
        assert "no host 'web-9'" in stuck, "what is typed reaches the command"
        assert drill.command("close", incident, "--reason", "false alarm").status == 0
        who = [event["actor"]["name"] for event in drill.log(incident) if event["kind"] == "stood_down"]
        assert who == [account()]


def test_a_mailbox_fails_as_told_and_gets_what_it_missed() -> None:
    with Drill("internal/1") as drill:
        box = drill.mail["internal/1"]
        box.unreachable = "HTTP 503"
        incident = drill.decided()
        drill.advance()
        assert box.messages == []
        box.unreachable = ""
        box.fail("HTTP 429", wait_s=600)
        drill.advance(300)
        drill.advance(590)
        assert box.messages == []
        drill.advance(20)
        assert {message.incident for message in box.messages} == {incident}
        assert box.titles == [message.title for message in box.messages]


def test_an_incident_in_a_file_goes_on_in_another_drill(tmp_path: Path) -> None:
    production = production_of(shop())
    production.broken.add(production.releases[-1])
    with Drill(production=production, store=tmp_path / "log.db") as first:
        incident = first.decided()
    with Drill(production=production, store=tmp_path / "log.db") as second:
        assert second.call("incident_status", incident=incident)["phase"] == "decided"
        assert second.person().close(incident, "false alarm")["ok"]


def test_clock_target_and_policy_are_handed_in() -> None:
    clock = ManualClock(START + timedelta(days=1), runs=True)
    with Drill(target=shop(name="billing"), clock=clock) as drill:
        incident = drill.opened("Invoices are late")
        assert drill.log(incident)[0]["at"].startswith("2026-01-06T09:00:00")
        assert drill.call("incident_status", incident=incident)["result"]["target"] == "billing"


@pytest.mark.anyio
async def test_an_async_test_uses_the_same_methods(incident_drill: Drill, scripted_target: ScriptedProduction) -> None:
    assert incident_drill.production is scripted_target
    assert incident_drill.call("classify", incident=incident_drill.decided())["ok"]
