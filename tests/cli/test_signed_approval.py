"""A person signs in a terminal, or without one; the server on the same log believes the signature and nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import anyio
import pytest
from pydantic import JsonValue

from flightrules.adapters.error_kinds import TemplateKinds
from flightrules.adapters.signatures.signers import SignersFile
from flightrules.adapters.sqlite.store import SqliteStore
from flightrules.cli import main
from flightrules.config import load
from flightrules.ports import Write
from flightrules.service import observing, opening
from flightrules.service.answers import Answer
from flightrules.service.application import Application
from flightrules.service.incident_service import IncidentService
from flightrules.service.invocation import Call, ManagedTarget
from flightrules.service.rollback.planning import Question, prepare
from flightrules.service.rollback.rollbacks import Rollbacks
from flightrules.service.rollback.rolling_back import PersonSaid
from flightrules.service.suite_runs import SuiteRuns
from flightrules.service.watching import Watching
from flightrules.state import commands as c
from flightrules.state.events import ApprovalGranted, ReleaseObserved, event_of
from flightrules.state.log import Actor
from flightrules.state.vocabulary import ActorKind, Impact
from flightrules.testing import ManualClock, ScriptedProduction, SequentialIds
from tests.adapters.signatures.people import make_key, public_line, ssh_sign, ssh_verify
from tests.service.house import RELEASES, Documents

T = TypeVar("T")
SETTINGS = """
[store]
path = "incidents.db"
[[targets]]
name = "shop"
app_dir = "/srv/shop"
health_url = "http://127.0.0.1:8080/api/v1/health"
release_pointer = "/release"
runtime = {{ kind = "compose", project = "shop" }}
hosts = [{{ name = "web-1", address = "127.0.0.1", user = "deploy", key = "~/.ssh/id", host_key = "ssh-ed25519 AAAA" }}]
[policy.approval]
allowed_signers = "allowed_signers"
channels.P1 = ["signed"]
{more}
"""


@dataclass
class Shop:
    """A folder with settings, signers and a log, as the server and the command line share them."""

    folder: Path
    ids: SequentialIds

    @property
    def settings(self) -> Path:
        return self.folder / "flightrules.toml"

    @property
    def signers(self) -> Path:
        return self.folder / "allowed_signers"

    def write(self, more: str = "") -> None:
        self.settings.write_text(SETTINGS.format(more=more))

    def person(self, name: str) -> Path:
        """A key, and the line that lets it approve."""
        path = make_key(self.folder, "ed25519", name)
        with self.signers.open("a") as file:
            file.write(f"{name}@example.org {public_line(path)}\n")
        return path

    def cli(self, *words: object) -> int:
        return main(["--config", str(self.settings), *map(str, words)])

    def serve(self, work: Callable[[Application], Awaitable[T]]) -> T:
        """Do some work in a server of its own, which remembers nothing afterwards but the log."""

        async def run() -> T:
            settings, clock = load(self.settings), ManualClock(datetime.now(UTC), runs=True)
            clock.pace_s = 0.002
            target = settings.target("shop")
            production = ScriptedProduction(target, clock, releases=RELEASES)
            production.broken.add(RELEASES[-1])
            policy = settings.policy_of("shop")
            signers = SignersFile(policy.approval.allowed_signers)
            managed = ManagedTarget(
                target=target, policy=policy, production=production, documents=Documents(), signers=signers
            )
            store = SqliteStore(Path(settings.store.path))
            incidents = IncidentService(
                store=store,
                clock=clock,
                ids=self.ids,
                managed_targets={"shop": managed},
                outbox=Documents(),
                kinds=TemplateKinds(),
            )
            watching = Watching(incidents=incidents, leases=store, holder="test")
            application = Application(
                incidents=incidents, rollbacks=Rollbacks(incidents), suite_runs=SuiteRuns(incidents), watching=watching
            )
            try:
                return await work(application)
            finally:
                await application.close()

        return anyio.run(run)

    def planned(self) -> str:
        """A P1 whose plan waits for approval."""

        async def work(app: Application) -> str:
            incident = await _decided(app.incidents)
            await prepare(app.incidents, call("rollback", incident))
            return incident

        return self.serve(work)

    def rollback(self, incident: str, account: str = "agent") -> Answer[Any]:
        """Return the answer to the agent when it calls `rollback` through a client that cannot ask."""

        async def work(app: Application) -> Answer[Any]:
            asked = call("rollback", incident, account=account)
            question = await prepare(app.incidents, asked)
            said = PersonSaid(question=question) if isinstance(question, Question) else PersonSaid()
            return await app.rollbacks.rollback(asked, said, wait_s=600)

        return self.serve(work)


def call(tool: str, incident: str = "", account: str = "agent", **arguments: JsonValue) -> Call:
    actor = Actor(kind=ActorKind.AGENT, name="claude", face="mcp")
    return Call(tool=tool, arguments=arguments, actor=actor, incident=incident, account=account)


async def _decided(incidents: IncidentService) -> str:
    command = c.Open(incident="", target="shop", title="Everything answers 500")
    asked = call("open_incident", target="shop", title="Everything answers 500", detected_via="agent")
    incident = (await opening.open_incident(incidents, asked, command)).incident
    # The release before was seen healthy, in this log.
    await observing.assess(incidents, call("assess", incident))
    stated = call("classify", incident, impacts=["complete_outage"])
    await opening.classify(incidents, stated, c.Classify(impacts=(Impact.COMPLETE_OUTAGE,)))
    await opening.decide(incidents, call("decide", incident), c.Decide())
    return incident


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    made = Shop(tmp_path, SequentialIds())
    made.write()
    made.signers.touch()
    return made


def state(answer: Answer[Any]) -> str:
    assert answer.result is not None, answer.says
    return str(answer.result.state)


def told(answer: Answer[Any]) -> str:
    assert answer.result is not None, answer.says
    return str(answer.result.tell_user)


@pytest.mark.requirement("APP-signed", "APP-proves")
def test_a_signature_without_a_terminal_starts_the_rollback_and_says_what_it_proves(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    key, incident = shop.person("ada"), shop.planned()
    waiting = shop.rollback(incident)
    assert state(waiting) == "awaiting_approval"
    assert f"flightrules approve {incident} --key PATH" in told(waiting)
    assert shop.cli("approve", incident, "--key", key) == 0
    said = capsys.readouterr().out
    assert "Will run on web-1" in said
    assert "Signed by ada@example.org with ssh-ed25519 SHA256:" in said
    assert "no passphrase: every program of this account can sign" in said
    assert "nobody was asked here" in said
    assert state(shop.rollback(incident)) == "succeeded"


@pytest.mark.requirement("APP-ssh-keygen")
def test_ssh_keygen_accepts_what_the_log_keeps(shop: Shop, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    key, incident = shop.person("ada"), shop.planned()
    assert shop.cli("approve", incident, "--key", key) == 0
    capsys.readouterr()
    assert shop.cli("log", "export", incident) == 0
    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (granted,) = [record["data"] for record in records if record["kind"] == "approval_granted"]
    kept = granted["signed"]
    assert ssh_verify(tmp_path, shop.signers, "ada@example.org", kept["message"], kept["signature"])
    said = json.loads(kept["message"])
    (planned,) = [record["data"] for record in records if record["kind"] == "plan_proposed"]
    assert {name: said[name] for name in ("decision", "incident", "target", "plan", "intent", "review")} == {
        "decision": "approve",
        "incident": incident,
        "target": "shop",
        "plan": planned["plan"]["id"],
        "intent": planned["intent"],
        "review": planned["review"],
    }
    assert said.keys() >= {"approver", "acknowledged", "at", "until"}
    assert granted["approver"] == kept["principal"] == "ada@example.org"


@pytest.mark.requirement("APP-verified-again")
def test_an_approval_by_somebody_who_left_the_file_since_starts_nothing(shop: Shop) -> None:
    key, incident = shop.person("ada"), shop.planned()
    assert shop.cli("approve", incident, "--key", key) == 0
    shop.signers.write_text("")
    answer = shop.rollback(incident)
    assert state(answer) == "plan_void"
    assert "the approval by ada@example.org does not count now" in answer.says


@pytest.mark.requirement("APP-unknown-signer", "APP-channel")
def test_nobody_else_can_approve(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    shop.person("ada")
    incident, mallory = shop.planned(), make_key(shop.folder, "ed25519", "mallory")
    assert shop.cli("approve", incident, "--key", mallory) == 1
    assert "is not in allowed_signers" in capsys.readouterr().err
    assert shop.cli("approve", incident) == 1
    assert "person at a terminal may" in capsys.readouterr().err
    assert state(shop.rollback(incident)) == "awaiting_approval"


@pytest.mark.requirement("APP-two-people")
def test_two_people_sign_and_the_agent_is_told_who_is_missing(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    shop.write("approvers = 2")
    ada, bob, incident = shop.person("ada"), shop.person("bob"), shop.planned()
    assert shop.cli("approve", incident, "--key", ada) == 0
    assert "Another person must approve it too" in capsys.readouterr().out
    assert "ada@example.org approved; 2 different people must" in told(shop.rollback(incident))
    assert shop.cli("approve", incident, "--key", ada) == 1
    assert "has approved the plan already" in capsys.readouterr().out
    assert shop.cli("approve", incident, "--key", bob) == 0
    assert state(shop.rollback(incident)) == "succeeded"


@pytest.mark.requirement("APP-requester")
def test_whose_agent_asked_may_not_approve(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    shop.write("requester_must_differ = true")
    ada, bob = shop.person("ada"), shop.person("bob")

    async def work(app: Application) -> str:
        incident = await _decided(app.incidents)
        await prepare(app.incidents, call("rollback", incident, account="ada"))
        return incident

    incident = shop.serve(work)
    assert shop.cli("approve", incident, "--key", ada) == 1
    assert "whose agent asked for this plan" in capsys.readouterr().out
    assert shop.cli("approve", incident, "--key", bob) == 0
    assert state(shop.rollback(incident)) == "succeeded"


@pytest.mark.requirement("APP-touch")
def test_a_key_without_a_touch_does_not_count_where_policy_wants_one(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.write("require_touch = true")
    key, incident = shop.person("ada"), shop.planned()
    assert shop.cli("approve", incident, "--key", key) == 1
    assert "policy wants a security key that was touched" in capsys.readouterr().out
    assert shop.cli("approvers", "test", "--key", key) == 1


def test_approving_what_does_not_wait_is_refused(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    key, incident = shop.person("ada"), shop.planned()
    assert shop.cli("approve", "INC-NONE", "--key", key) == 1
    assert shop.cli("approve", "--key", key) == 1
    assert shop.cli("reject", incident, "--reason", "too risky") == 0
    assert shop.cli("approve", incident, "--key", key) == 1
    assert "has no plan" in capsys.readouterr().out


@pytest.mark.requirement("APP-once", "APP-signed")
def test_the_same_approval_twice_is_refused_the_second_time(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    key, incident = shop.person("ada"), shop.planned()
    assert shop.cli("approve", incident, "--key", key) == 0
    capsys.readouterr()
    assert shop.cli("approve", incident, "--key", key) == 1
    out = capsys.readouterr().out
    assert "already approved" in out
    assert "Will run on" not in out
    assert shop.cli("approve", incident, "--statement", shop.folder / "yes", "--as", "bob@example.org") == 1
    assert not (shop.folder / "yes").exists()


@pytest.mark.requirement("REPL-recorded", "APP-signed")
def test_what_is_refused_before_anybody_signs_is_on_record_and_can_be_replayed(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.write("require_touch = true")
    key, incident = shop.person("ada"), shop.planned()
    assert shop.cli("approve", incident, "--key", key) == 1
    out = capsys.readouterr().out
    assert "policy wants a security key that was touched" in out
    assert "Will run on" not in out
    file = shop.folder / "session.jsonl"
    assert shop.cli("session", "export", incident, "--output", file) == 0
    assert '"call_refused"' in file.read_text()
    assert shop.cli("replay", file) == 0, capsys.readouterr().out


@pytest.mark.requirement("APP-ssh-keygen", "APP-signed")
def test_a_person_signs_on_another_machine_and_it_is_handed_in(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    key, incident, file = shop.person("ada"), shop.planned(), shop.folder / "yes"
    assert shop.cli("approve", incident, "--statement", file) == 1
    assert shop.cli("approve", incident, "--statement", file, "--as", "ada@example.org") == 0
    said = capsys.readouterr().out
    assert "Will run on web-1" in said
    assert "ssh-keygen -Y sign -n approval@flightrules -f KEY" in said
    assert shop.cli("approve", incident, "--signed", file) == 1
    signature = ssh_sign(key, file.read_text())
    sig = Path(f"{file}.sig")
    sig.write_bytes(b"\xff")
    assert shop.cli("approve", incident, "--signed", file) == 1
    sig.write_text(signature)
    file.write_text(file.read_text().replace("ada@", "bob@"))
    assert shop.cli("approve", incident, "--signed", file) == 1
    file.write_text(file.read_text().replace("bob@", "ada@"))
    assert shop.cli("approve", incident, "--signed", file) == 0
    assert state(shop.rollback(incident)) == "succeeded"


@pytest.mark.requirement("APP-forged")
def test_a_true_signature_copied_in_the_log_from_one_incident_to_another_starts_nothing(shop: Shop) -> None:
    key, first, second = shop.person("ada"), shop.planned(), shop.planned()
    assert shop.cli("approve", first, "--key", key) == 0

    async def copy(app: Application) -> None:
        records = await app.incidents.records(first)
        granted = next(event_of(r.kind, r.data) for r in records if r.kind == "approval_granted")
        assert isinstance(granted, ApprovalGranted)
        plan = (await app.incidents.incident(second)).plan
        assert plan is not None
        moved = granted.model_copy(update={"plan": plan.id, "intent": plan.intent, "review": plan.review})
        actor = Actor(kind=ActorKind.PERSON, name="ada", face="cli")
        draft = moved.draft(at=app.incidents.clock.now(), actor=actor, call="")
        await app.incidents.store.append(Write(second, None, [draft]))

    shop.serve(copy)
    answer = shop.rollback(second)
    assert state(answer) == "plan_void"
    assert "What was signed differs from the plan in: incident" in answer.says
    assert state(shop.rollback(first)) == "succeeded"


# -- approvers -------------------------------------------------------------------------------------------------------


def test_a_public_key_is_added_as_it_is_shown(shop: Shop) -> None:
    line = public_line(make_key(shop.folder, "ed25519", "ada"))
    assert shop.cli("approvers", "add", "ada@example.org", line) == 0
    assert line in shop.signers.read_text()


def test_a_signer_is_added_listed_and_tried(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    shop.signers.unlink()
    key = make_key(shop.folder, "ed25519", "ada")
    assert shop.cli("approvers", "list") == 1
    assert "it is not there" in capsys.readouterr().err
    assert shop.cli("approvers", "add", "ada@example.org", f"{key}.pub", "--valid-before", "20991231Z") == 0
    assert shop.cli("approvers", "add", "ada@example.org", f"{key}.pub") == 1
    assert shop.cli("approvers", "add", "b*b", f"{make_key(shop.folder, 'rsa')}.pub") == 1
    capsys.readouterr()
    assert shop.cli("approvers", "list") == 0
    said = capsys.readouterr().out
    assert "ada@example.org" in said
    assert "until 2099-12-31 00:00 UTC, may sign" in said
    assert "this account may write the file" in said
    assert shop.cli("approvers", "test", "--key", key) == 0
    assert "It counts. Nothing was approved." in capsys.readouterr().out
    assert shop.cli("approvers", "test") == 1


def test_a_line_that_counts_for_nobody_is_listed_with_its_reason(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.person("ada")
    with shop.signers.open("a") as file:
        file.write("*@example.org cert-authority ssh-ed25519 AAAA\n")
    assert shop.cli("approvers", "list") == 1
    assert "line 2 does not count" in capsys.readouterr().out


# -- in advance ------------------------------------------------------------------------------------------------------


def healthy_before(shop: Shop) -> None:
    """The release before was observed healthy, so that a standing approval covers it."""

    async def work(app: Application) -> None:
        seen = ReleaseObserved(release=RELEASES[-2], healthy=True, by="verify")
        actor = Actor(kind=ActorKind.SYSTEM, name="server", face="server")
        draft = seen.draft(at=app.incidents.clock.now(), actor=actor, call="")
        await app.incidents.store.append(Write(observing.target_stream("shop"), None, [draft]))

    shop.serve(work)


@pytest.mark.requirement("APP-standing")
def test_a_rollback_at_night_starts_on_what_was_signed_in_advance_once(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.write("standing = true")
    key = shop.person("ada")
    healthy_before(shop)
    words = ("approve", "--standing", "shop", "--severity", "P1", "--uses", 1, "--expires", "24h", "--key", key)
    assert shop.cli(*words) == 0
    assert "You approve, without seeing it, up to 1 rollback(s) of shop" in capsys.readouterr().out
    first = shop.planned()
    assert state(shop.rollback(first)) == "succeeded"
    capsys.readouterr()
    assert shop.cli("approvers", "standing") == 0
    assert f"used 1 of 1 ({first})" in capsys.readouterr().out
    second = shop.planned()
    assert state(shop.rollback(second)) == "awaiting_approval"


@pytest.mark.requirement("APP-standing")
def test_of_two_incidents_that_want_the_last_use_one_gets_it(shop: Shop) -> None:
    shop.write("standing = true")
    key = shop.person("ada")
    healthy_before(shop)
    assert shop.cli("approve", "--standing", "shop", "--key", key) == 0
    first, second = shop.planned(), shop.planned()  # both are approved by it now, and neither has used it
    assert state(shop.rollback(first)) == "succeeded"
    answer = shop.rollback(second)
    assert state(answer) == "plan_void"
    assert "is used up or was revoked" in answer.says


@pytest.mark.requirement("APP-standing-revoked")
def test_a_standing_approval_that_is_taken_back_starts_nothing(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    shop.write("standing = true")
    key = shop.person("ada")
    healthy_before(shop)
    assert shop.cli("approve", "--standing", "shop", "--key", key) == 0
    approved = shop.planned()
    capsys.readouterr()
    shop.cli("approvers", "standing")
    name = capsys.readouterr().out.split()[1]
    assert shop.cli("approvers", "revoke", name, "--reason", "she left") == 0
    assert state(shop.rollback(approved)) == "plan_void"
    assert shop.cli("approvers", "revoke", name, "--reason", "again") == 1
    assert shop.cli("approvers", "revoke", "STND-X", "--reason", "what") == 1
    capsys.readouterr()
    shop.cli("approvers", "standing")
    assert "she left" in capsys.readouterr().out


@pytest.mark.requirement("APP-standing", "APP-verified-again")
def test_a_standing_approval_by_somebody_who_left_the_file_asks_a_person(shop: Shop) -> None:
    shop.write("standing = true")
    key = shop.person("ada")
    healthy_before(shop)
    assert shop.cli("approve", "--standing", "shop", "--key", key) == 0
    shop.signers.write_text("")
    assert state(shop.rollback(shop.planned())) == "awaiting_approval"


@pytest.mark.requirement("APP-standing")
@pytest.mark.parametrize(
    "words",
    [
        ("--standing", "shop"),
        ("--standing", "shop", "--key", "KEY", "--expires", "soon"),
        ("--standing", "shop", "--key", "KEY", "--expires", "90d"),
        ("--standing", "shop", "--key", "KEY", "--uses", "0"),
        ("--standing", "shop", "--key", "KEY", "--hours", "25-26"),
        ("--standing", "nowhere", "--key", "KEY"),
    ],
)
def test_terms_that_cannot_be_are_refused(shop: Shop, words: tuple[str, ...]) -> None:
    shop.write("standing = true")
    key = shop.person("ada")
    assert shop.cli("approve", *(str(key) if word == "KEY" else word for word in words)) == 1


def test_standing_approvals_are_off_unless_policy_takes_them(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    key = shop.person("ada")
    assert shop.cli("approve", "--standing", "shop", "--key", key) == 1
    assert "Policy does not accept standing approvals" in capsys.readouterr().out


# -- from a shell ----------------------------------------------------------------------------------------------------


def test_the_command_line_signs_with_the_agents_key_from_any_shell(shop: Shop) -> None:
    key, incident = shop.person("ada"), shop.planned()
    socket = str(shop.folder / "agent")
    environment = {**os.environ, "SSH_AUTH_SOCK": socket}
    process = subprocess.Popen(["ssh-agent", "-D", "-a", socket], stdout=subprocess.DEVNULL)
    try:
        for _ in range(50):
            if subprocess.run(["ssh-add", "-q", str(key)], env=environment, check=False).returncode == 0:
                break
        key.unlink()
        command = [sys.executable, "-m", "flightrules.cli", "--config", str(shop.settings), "approve", incident]
        done = subprocess.run([*command, "--agent"], env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert "unless it was added with `ssh-add -c`" in done.stdout
    finally:
        process.terminate()
        process.wait(10)
    assert state(shop.rollback(incident)) == "succeeded"


def test_a_signature_made_by_ssh_keygen_for_a_commit_is_no_approval(shop: Shop) -> None:
    key = shop.person("ada")
    assert SignersFile(str(shop.signers)).read().signers
    with pytest.raises(Exception, match="made for git"):
        SignersFile(str(shop.signers)).verify("x", ssh_sign(key, "x", namespace="git"), at=datetime.now(UTC))
