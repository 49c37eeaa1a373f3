"""Words of the check-up on each part, as tables; and the whole check-up over a production in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from flightrules.errors import Unavailable
from flightrules.service.checkup.host import (
    checkout_row,
    clock_row,
    compose_row,
    disk_row,
    fingerprint,
    host_rows,
    key_rows,
    logs_row,
    memory_row,
    services_row,
)
from flightrules.service.checkup.target import (
    HostSeen,
    Row,
    approval_rows,
    failed,
    http_row,
    no_good_release_row,
    outside_rows,
    record_row,
    space_row,
)
from flightrules.service.checkup.trying import STREAM, Machine, documents_row, log_row, target_rows
from flightrules.service.invocation import Call
from flightrules.state.evidence import (
    Deploys,
    Disk,
    Filesystem,
    Finding,
    FindingData,
    Http,
    Logs,
    Memory,
    Services,
    ServiceState,
)
from flightrules.state.guard import Guard
from flightrules.state.log import Actor
from flightrules.state.operation import Running, Survey
from flightrules.state.policy import Policy
from flightrules.state.releases import Observation
from flightrules.state.target import Host
from flightrules.state.vocabulary import ActorKind
from tests.service.house import HOST, RELEASES, House, build, target

SHA, OTHER = "a" * 40, "b" * 40
GIB = 2**30
AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
SURVEY = Survey(host="web-1", head=SHA, config_ok=True, config_hashes=(("web", "0"),), free_bytes=9 * GIB)
COMMANDS = {"kind": "commands", "status": ["true"], "logs": ["true"], "restart": ["true"], "release": ["true"]}


def seen(*data: tuple[str, FindingData], survey: Survey | None = SURVEY, why: str = "") -> HostSeen:
    """A host of which just these findings were read."""
    findings = tuple(Finding(probe=probe, host="web-1", data=item) for probe, item in data)
    return HostSeen(host=Host.model_validate(HOST), findings=findings, survey=survey, why=why)


def states(rows: list[Row]) -> dict[str, str]:
    return {row.part: row.state for row in rows}


@pytest.mark.parametrize(
    ("data", "state", "saw", "mend"),
    [
        (Deploys(head=SHA, branch="main"), "ok", "on branch main, clean", ""),
        (Deploys(head=SHA), "ok", "on no branch (detached), clean", ""),
        (Deploys(head=SHA, branch="try"), "warn", "on branch try", "Deploy from main"),
        (Deploys(head=SHA, branch="main", dirty=("a.py",)), "warn", "1 file changed", "Commit or discard a.py"),
    ],
)
def test_the_checkout_row(data: Deploys, state: str, saw: str, mend: str) -> None:
    row = checkout_row(seen(("deploys", data)), target())
    assert row.state == state
    assert saw in row.saw
    assert row.mend.startswith(mend)
    assert bool(row.mend) == bool(mend)


def test_a_checkout_that_cannot_be_read_names_the_folder() -> None:
    row = checkout_row(seen(), target())
    assert row.state == "FAIL"
    assert "/srv/shop" in row.mend


@pytest.mark.parametrize(
    ("change", "state", "saw"),
    [
        ({}, "ok", "valid: web"),
        ({"engine_ok": False, "engine_why": "is dockerd there?"}, "FAIL", "is dockerd there?"),
        ({"config_ok": False, "config_why": "services.web must be a mapping"}, "FAIL", "must be a mapping"),
        ({"shadowed": ("GIT_SHA in .env",)}, "FAIL", "GIT_SHA in .env would override"),
    ],
)
def test_the_compose_row(change: dict[str, object], state: str, saw: str) -> None:
    row = compose_row(seen(survey=SURVEY.model_copy(update=change)))
    assert row.state == state
    assert saw in row.saw
    assert bool(row.mend) == (state != "ok")


def test_compose_that_could_not_be_surveyed_is_a_failure_with_why() -> None:
    row = compose_row(seen(survey=None, why="the work tree is gone"))
    assert (row.state, row.saw) == ("FAIL", "the work tree is gone")


@pytest.mark.parametrize(
    ("service", "state", "saw"),
    [
        (ServiceState(service="web", state="running"), "ok", "web running"),
        (ServiceState(service="web", state="running", health="healthy"), "ok", "web running healthy"),
        (ServiceState(service="web", state="running", health="starting"), "warn", "web running starting"),
        (ServiceState(service="web", state="running", health="unhealthy"), "FAIL", "web running unhealthy"),
        (ServiceState(service="web", state="exited", exit_code=3), "FAIL", "web exited with 3"),
        (ServiceState(service="migrate", state="exited", exit_code=0), "ok", "migrate finished"),
        (ServiceState(service="web", state="restarting"), "FAIL", "web restarting"),
    ],
)
def test_the_services_row(service: ServiceState, state: str, saw: str) -> None:
    row = services_row(seen(("services", Services(services=(service,)))), "services")
    assert (row.state, row.saw) == (state, saw)
    assert bool(row.mend) == (state != "ok")


def test_no_service_at_all_is_a_failure() -> None:
    assert services_row(seen(("services", Services(services=()))), "services").state == "FAIL"
    assert services_row(seen(), "services").state == "FAIL"


@pytest.mark.parametrize(
    ("text", "timed", "state"),
    [
        ("2026-01-05T09:00:00Z INFO up", True, "ok"),
        ("INFO up", True, "warn"),
        ("INFO up", False, "ok"),
    ],
)
def test_the_logs_row(text: str, *, timed: bool, state: str) -> None:
    log = Logs(service="web", lines=1, errors=0, text=text)
    row = logs_row(seen(("logs:web", log)), timed=timed)
    assert row.state == state
    assert row.saw.startswith("web 1 line, 0 errors")


def test_an_empty_log_is_no_reason_to_warn_and_an_unreadable_one_is_a_failure() -> None:
    assert logs_row(seen(("logs:web", Logs(service="web", lines=0, errors=0))), timed=True).state == "ok"
    assert logs_row(seen(), timed=True).state == "FAIL"


@pytest.mark.parametrize(
    ("free", "available", "state", "saw"),
    [
        (9 * GIB, 50 * GIB, "ok", "at least 50 % free everywhere"),
        (9 * GIB, 4 * GIB, "warn", "4.0 GiB of 100.0 GiB free at /"),
        (GIB // 4, 50 * GIB, "FAIL", "only 256 MiB are free where a rollback builds"),
        (None, 50 * GIB, "ok", "at least 50 % free everywhere"),
    ],
)
def test_the_disk_row(free: int | None, available: int, state: str, saw: str) -> None:
    disk = Disk(filesystems=(Filesystem(mount="/", size_bytes=100 * GIB, available_bytes=available),))
    row = disk_row(seen(("disk", disk), survey=SURVEY.model_copy(update={"free_bytes": free})))
    assert (row.state, row.saw) == (state, saw)


def test_the_disk_row_tells_of_inodes_where_bytes_are_free() -> None:
    full = Filesystem(mount="/", size_bytes=100 * GIB, available_bytes=50 * GIB, inodes=1000, free_inodes=49)
    row = disk_row(seen(("disk", Disk(filesystems=(full,))), survey=SURVEY))
    assert (row.state, row.saw) == ("warn", "49 of 1000 inodes free at /")
    few = SURVEY.model_copy(update={"free_bytes": 9 * GIB, "free_inodes": 300})
    row = disk_row(seen(("disk", Disk(filesystems=(full,))), survey=few))
    assert (row.state, row.saw) == ("FAIL", "only 300 inodes are free where a rollback builds")


@pytest.mark.parametrize(("available", "state"), [(8 * GIB, "ok"), (GIB // 4, "warn")])
def test_the_memory_row(available: int, state: str) -> None:
    row = memory_row(seen(("memory", Memory(total_bytes=16 * GIB, available_bytes=available))))
    assert row.state == state
    assert bool(row.mend) == (state != "ok")


@pytest.mark.parametrize(
    ("skew", "state", "saw"),
    [
        (0.4, "ok", "0.4 s ahead of this machine"),
        (-5.0, "warn", "5.0 s behind this machine"),
        (-90.0, "FAIL", "90.0 s behind"),
    ],
)
def test_the_clock_row(skew: float, state: str, saw: str) -> None:
    row = clock_row(seen(survey=SURVEY.model_copy(update={"clock_skew_s": skew})))
    assert row.state == state
    assert saw in row.saw


@pytest.mark.parametrize(
    ("guard", "state", "saw", "mend"),
    [
        (Guard(gate=True), "ok", "the gate is in place before it", ""),
        (Guard(gate=False), "ok", "a command of your own is in place before it", ""),
        (Guard(gate=False, commands=True, forwarding=True), "warn", "may run any command", "host-setup shop web-1"),
        (Guard(gate=True, forwarding=True), "warn", "open connections through the host", "`restrict`"),
    ],
)
@pytest.mark.requirement("HOST-told")
def test_the_key_row(guard: Guard, state: str, saw: str, mend: str) -> None:
    (row,) = key_rows(seen().model_copy(update={"guard": guard}), target())
    assert (row.part, row.state) == ("key", state)
    assert saw in row.saw
    assert mend in row.mend


def test_a_key_that_others_can_read_is_told_beside_what_it_may_do() -> None:
    first, second = key_rows(seen().model_copy(update={"guard": Guard(gate=True, key_open=True)}), target())
    assert (first.part, first.state, second.state) == ("key", "warn", "ok")
    assert "others on this machine can read" in first.saw
    assert "chmod 600" in first.mend


@pytest.mark.requirement("PRE-doctor")
def test_a_host_that_cannot_be_reached_gets_one_row_that_says_why() -> None:
    host = HostSeen(
        host=Host.model_validate(HOST), why="its host key changed: SHA256:a is pinned", mend="Call a person."
    )
    (row,) = host_rows(host, target())
    assert (row.part, row.state, row.saw, row.mend) == ("ssh", "FAIL", host.why, "Call a person.")


def test_a_lock_that_is_held_is_told() -> None:
    held = SURVEY.model_copy(update={"lock_alive": True, "lock_holder": "PLAN-1 of root"})
    rows = {row.part: row for row in host_rows(seen(survey=held), target())}
    assert (rows["lock"].state, rows["lock"].saw) == ("warn", "held by PLAN-1 of root")


@pytest.mark.parametrize(("told", "state"), [(SHA, "ok"), (None, "warn")])
def test_a_release_command_that_tells_nothing_is_warned_of(told: str | None, state: str) -> None:
    host = seen().model_copy(update={"running": Running(host="web-1", at=AT, head=SHA, release=told)})
    assert states(host_rows(host, target(runtime=COMMANDS)))["release command"] == state


def test_a_fingerprint_is_that_of_ssh_keygen() -> None:
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA some comment"
    # ssh-keygen -lf of the same line
    assert fingerprint(key) == "SHA256:kmYcvdi2GkPeWxB6XLjrZB8JHsy2Hm8luHMFp9GMvqk"


@pytest.mark.parametrize(
    ("data", "state", "saw"),
    [
        (Http(check="health", ok=True, status=200, latency_ms=9), "ok", "200 in 9 ms"),
        (Http(check="health", ok=True, slow=True, status=200, latency_ms=900), "warn", "slower than allowed"),
        (Http(check="health", ok=False, status=500, failed=("The status is 500, not 200.",)), "FAIL", "not 200."),
        (Http(check="health", ok=False, failed=("connection refused",)), "FAIL", "no answer"),
    ],
)
def test_the_http_row(data: Http, state: str, saw: str) -> None:
    row = http_row(Finding(probe="health", data=data))
    assert row.state == state
    assert saw in row.saw


def test_an_address_that_could_not_be_asked_is_a_failure_with_why() -> None:
    row = http_row(Finding(probe="check:cart", why="the name cannot be resolved"))
    assert (row.part, row.state, row.saw) == ("check cart", "FAIL", "the name cannot be resolved")


@pytest.mark.parametrize(
    ("release", "state", "saw"),
    [
        (SHA, "ok", f"release {SHA[:12]}"),
        (SHA[:8], "ok", f"release {SHA[:8]}"),
        (None, "warn", "there is no release at /release"),
        (OTHER, "warn", f"a checkout stands at {SHA[:12]}"),
    ],
)
def test_the_health_row_tells_the_release(release: str | None, state: str, saw: str) -> None:
    health = Finding(probe="health", data=Http(check="health", ok=True, status=200, release=release))
    (row,) = outside_rows([health], target(), [SHA])
    assert row.state == state
    assert saw in row.saw


@pytest.mark.parametrize(
    ("release", "healthy", "state"),
    [(SHA, [(SHA, True)], "ok"), (SHA, [(SHA, True), (SHA, False)], "warn"), (SHA, [], "warn"), (None, [], "warn")],
)
def test_the_record_row(release: str | None, healthy: list[tuple[str, bool]], state: str) -> None:
    past = [Observation(release=sha, healthy=fine, at=AT, by="observe") for sha, fine in healthy]
    row = record_row(target(), release, past)
    assert row.state == state
    assert ("flightrules observe shop" in row.mend) == (state == "warn" and release is not None)


def test_channels_that_prove_little_are_warned_of_each_in_its_own_words() -> None:
    (row,) = approval_rows(Policy())
    assert (row.part, row.state) == ("approval of P1, P2, P3, P4", "warn")
    assert "a client can answer by itself" in row.saw
    assert "typed the plan's digest" in row.saw
    assert "a key listed" not in row.saw


SIGNED = {"allowed_signers": "/etc/signers", "require_touch": True}


@pytest.mark.parametrize(
    ("policy", "writable", "state"),
    [
        ({"channels": {"P1": ()}}, False, "FAIL"),
        ({"channels": {"P1": ("signed",)}}, False, "FAIL"),
        ({"channels": {"P1": ("signed",)}} | SIGNED, False, "ok"),
        ({"channels": {"P1": ("signed",)}} | SIGNED, True, "warn"),
        ({"channels": {"P1": ("signed", "cli")}} | SIGNED, False, "warn"),
        ({"channels": {"P1": ("cli",)}}, False, "warn"),
    ],
)
def test_who_can_approve_a_p1(policy: dict[str, object], *, writable: bool, state: str) -> None:
    given = Policy.model_validate({"approval": policy})
    row = next(row for row in approval_rows(given, signers_writable=writable) if "P1" in row.part)
    assert row.state == state


def test_every_severity_that_only_weak_channels_guard_is_warned_of() -> None:
    rows = approval_rows(Policy.model_validate({"approval": {"channels": {"P1": ("signed",)}} | SIGNED}))
    states = [(row.part, row.state) for row in rows if row.part != "approval"]
    assert states == [("approval of P1", "ok"), ("approval of P2, P3, P4", "warn")]


def test_channels_that_differ_between_severities_are_warned_of_and_one_list_is_not() -> None:
    for channels, warned in (({"P1": ("signed",)}, True), (["signed"], False)):
        rows = approval_rows(Policy.model_validate({"approval": {"channels": channels} | SIGNED}))
        assert ("approval" in [row.part for row in rows]) is warned


def test_scripts_that_may_speak_for_a_person_are_warned_of() -> None:
    rows = approval_rows(Policy.model_validate({"people": {"scripts": True}}))
    assert [row.state for row in rows if "policy.people.scripts" in row.mend] == ["warn"]


@pytest.mark.parametrize(("read", "saw"), [(True, "no earlier release"), (False, "could not be read")])
def test_nothing_to_go_back_to_is_told_apart_from_not_knowing(*, read: bool, saw: str) -> None:
    row = no_good_release_row(target(), deploys_read=read)
    assert row.state == "FAIL"
    assert saw in row.saw


@pytest.mark.parametrize(("free", "state"), [(GIB, "ok"), (1024, "FAIL"), (None, "warn")])
def test_the_space_row(free: int | None, state: str) -> None:
    assert space_row("space", free).state == state


def test_a_failure_keeps_its_words() -> None:
    row = failed("log", Unavailable("incident log", "it is damaged.", "Keep the file."))
    assert (row.state, row.saw, row.mend) == ("FAIL", "incident log: it is damaged.", "Keep the file.")


CALL = Call(tool="doctor", arguments={}, actor=Actor(kind=ActorKind.PERSON, name="ada", face="cli"))


@dataclass
class Removed:
    """A machine that remembers what was to be removed, and may write what is named."""

    writable: tuple[str, ...] = ()
    paths: list[str] = field(default_factory=list)

    @property
    def machine(self) -> Machine:
        async def remove(path: str) -> None:
            self.paths.append(path)

        return Machine(remove=remove, writable=self.writable.__contains__)


async def rows_of(house: House) -> list[Row]:
    return await target_rows(house.incidents, "shop", Removed().machine)


@pytest.mark.anyio
@pytest.mark.requirement("PRE-doctor")
async def test_a_healthy_production_has_no_failure_and_keeps_its_releases() -> None:
    house = build(broken=False)
    rows = await rows_of(house)
    assert [row for row in rows if row.state == "FAIL"] == []
    rollback = {row.part: row for row in rows}["rollback"]
    assert rollback.saw.startswith(f"could go back to {RELEASES[-2][:12]}")
    assert rollback.mend.startswith("From the next deployment on")  # to observe now would change nothing about it
    assert house.production.hosts["web-1"].head == RELEASES[-1]


@pytest.mark.anyio
async def test_the_checkout_for_fixes_is_looked_into_where_there_is_one() -> None:
    house = build(broken=False, checkout="/home/ada/shop", test=["make", "test"])
    assert {row.part: row for row in await rows_of(house)}["checkout"].saw.endswith("tests: make test")
    house.checkout.repository = False
    row = {row.part: row for row in await rows_of(house)}["checkout"]
    assert (row.state, bool(row.mend)) == ("FAIL", True)
    assert "checkout" not in {row.part for row in await rows_of(build(broken=False))}


@pytest.mark.anyio
@pytest.mark.requirement("PRE-doctor")
async def test_a_broken_production_fails_where_it_is_broken_and_nowhere_else() -> None:
    bad = [row.part for row in await rows_of(build()) if row.state == "FAIL"]
    assert "health" in bad
    assert {"ssh", "git checkout", "compose", "documents"} & set(bad) == set()


@pytest.mark.anyio
async def test_one_host_that_cannot_be_reached_keeps_no_other_from_being_tried() -> None:
    house = build(broken=False, hosts=[HOST, {**HOST, "name": "web-2"}])
    house.production.hosts["web-2"].unreachable = "the network is down"
    rows = await rows_of(house)
    assert {row.host for row in rows if row.part == "ssh" and row.state == "ok"} == {"web-1"}
    assert {row.host for row in rows if row.part == "ssh" and row.state == "FAIL"} == {"web-2"}
    assert states(rows)["rollback"] == "FAIL"


@pytest.mark.anyio
async def test_the_log_is_really_written_and_read() -> None:
    house = build()
    assert (await log_row(house.incidents, CALL)).state == "ok"
    (event,) = await house.store.load(STREAM)
    assert event.data["tool"] == "doctor"


@pytest.mark.anyio
async def test_a_document_on_trial_is_written_where_the_real_ones_go_and_taken_away() -> None:
    house, removed = build(), Removed()
    row = await documents_row("documents", house.documents, "docs/06", removed.machine)
    assert row.state == "ok"
    assert removed.paths == ["/documents/docs/06/flightrules-doctor.txt"]


@pytest.mark.anyio
async def test_each_host_with_an_address_of_its_own_is_asked_there() -> None:
    one = {**HOST, "health_url": "http://192.0.2.1/health"}
    two = {**HOST, "name": "web-2", "health_url": "http://192.0.2.2/health"}
    house = build(broken=False, hosts=[one, two])
    assert states(await rows_of(house))["health:web-2"] == "ok"
    house.production.broken.add(RELEASES[0])
    house.production.hosts["web-2"].serving = RELEASES[0]
    rows = states(await rows_of(house))
    assert (rows["health"], rows["health:web-1"], rows["health:web-2"]) == ("ok", "ok", "FAIL")


@pytest.mark.anyio
async def test_a_host_for_migrations_is_not_asked_what_it_runs() -> None:
    house = build(broken=False, hosts=[HOST, {**HOST, "name": "db-1", "role": "migrations"}])
    parts = {row.part for row in await rows_of(house) if row.host == "db-1"}
    assert parts == {"ssh", "key", "git checkout", "disk", "memory", "clock"}


@pytest.mark.anyio
async def test_signers_that_the_server_itself_can_add_to_are_warned_of() -> None:
    policy = Policy.model_validate({"approval": {"channels": {"P1": ("signed",)}} | SIGNED})
    house = build(policy, broken=False)
    guarded = await target_rows(house.incidents, "shop", Removed().machine)
    assert states(guarded)["approval of P1"] == "ok"
    open_ = await target_rows(house.incidents, "shop", Removed(("/etc/signers",)).machine)
    assert states(open_)["approval of P1"] == "warn"


@pytest.mark.anyio
async def test_a_folder_that_cannot_be_written_is_a_failure() -> None:
    class ReadOnly:
        keeps = True

        async def write(self, path: str, text: str) -> str:
            raise Unavailable(f"file {path} ({len(text)} characters)", "read-only file system", "Mount it writable.")

    row = await documents_row("outbox", ReadOnly(), "", Removed().machine)
    assert (row.state, row.mend) == ("FAIL", "Mount it writable.")
