"""The key behind the gate on a real OpenSSH server: a rollback needs no more, and nothing else is to be had."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from anyio import to_thread

from flightrules.adapters.clock import SystemClock
from flightrules.adapters.gate import authorized, digest
from flightrules.adapters.production import SshProduction
from flightrules.adapters.requests import for_gate
from flightrules.errors import Unavailable
from flightrules.state.operation import Operation, Step
from flightrules.state.steps import steps_for
from flightrules.state.target import Target
from sandbox.engine import BASE_IMAGE
from sandbox.process import run
from sandbox.production import Production
from sandbox.ssh import Ssh, free_port
from sandbox.sshd import put_behind_gate, start_sshd
from tests.adapters.behind_gate import target_at
from tests.realhost.commands import Layout, PlainShop, plain_shop
from tests.realhost.faults import BAD, GOOD, eventually, in_terminal, serving, whole_audit
from tests.realhost.gates import behind_gate

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.requirement("HOST-gate"),
    pytest.mark.skipif(os.geteuid() != 0 and os.environ.get("REALHOST") != "required", reason="sshd needs root"),
]


@dataclass(frozen=True)
class Thief:
    """Somebody who has the server's private key, and OpenSSH's own programs."""

    ssh: Ssh
    folder: Path

    @property
    def mark(self) -> Path:
        """Return the path of a file that exists once any command of the thief ran."""
        return self.folder / "mark"

    def _options(self) -> list[str]:
        known = "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "BatchMode=yes", "IdentitiesOnly=yes"
        return ["-F", "none", "-i", str(self.ssh.key), *(word for option in known for word in ("-o", option))]

    def run(self, program: str, *words: str, port: str = "-p", stdin: str = "") -> tuple[int, str]:
        """Run a program of OpenSSH against the host: exit status and all that was said."""
        command = [program, *self._options(), port, str(self.ssh.port), *words]
        done = subprocess.run(command, input=stdin, text=True, capture_output=True, timeout=30, check=False)
        return done.returncode, done.stdout + done.stderr

    @property
    def there(self) -> str:
        """The account on the host."""
        return f"{self.ssh.user}@{self.ssh.address}"


@pytest.fixture(scope="module")
def thief(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Thief]:
    folder = tmp_path_factory.mktemp("thief")
    app = folder / "app"
    run("git", "init", "--quiet", "--initial-branch=main", str(app))
    sshd = start_sshd(folder / "ssh")
    put_behind_gate(sshd.ssh, target_at(app))
    yield Thief(sshd.ssh, folder)
    sshd.stop()


def test_there_is_no_shell_and_no_other_program(thief: Thief) -> None:
    mark = str(thief.mark)
    for words in ([], [f"touch {mark}"], ["sh", "-c", f"'touch {mark}'"], [f"/usr/bin/touch {mark}; exit 0"], ["-T"]):
        status, said = thief.run("ssh", thief.there, *words, stdin=f"touch {mark}\n")
        assert status == 126, said
        assert "flightrules gate: " in said
        assert not thief.mark.exists()


def test_there_is_no_terminal(thief: Thief) -> None:
    status, said = thief.run("ssh", "-tt", thief.there, stdin=f"touch {thief.mark}\n")
    assert status != 0
    assert "PTY allocation request failed" in said
    assert not thief.mark.exists()


@pytest.mark.parametrize("words", [["sftp", "-b", "-"], ["scp"], ["scp", "-O"]], ids=" ".join)
def test_no_file_comes_or_goes(thief: Thief, words: list[str]) -> None:
    program, *options = words
    secret = thief.folder / "secret"
    secret.write_text("secret")
    taken = thief.folder / "taken"
    tries = [(str(secret), f"{thief.there}:{thief.mark}"), (f"{thief.there}:{secret}", str(taken))]
    if program == "sftp":
        tries = [(thief.there, "")]
    for source, to in tries:
        rest = [source, *([to] if to else [])]
        status, _ = thief.run(
            program, *options, *rest, port="-P", stdin=f"put {secret} {thief.mark}\nget {secret} {taken}\n"
        )
        assert status != 0
        assert not thief.mark.exists()
        assert not taken.exists()


def test_no_port_is_forwarded_either_way(thief: Thief) -> None:
    status, said = thief.run("ssh", "-W", f"127.0.0.1:{thief.ssh.port}", thief.there)
    assert status != 0
    assert "administratively prohibited" in said
    back = f"{free_port()}:127.0.0.1:{thief.ssh.port}"
    status, said = thief.run("ssh", "-N", "-o", "ExitOnForwardFailure=yes", "-R", back, thief.there)
    assert status == 255
    assert "remote port forwarding failed" in said
    status, said = thief.run("ssh", "-w", "any", "-N", "-o", "ExitOnForwardFailure=yes", thief.there)
    assert status == 255


def test_sshd_grants_the_key_its_command_and_no_option_beside(thief: Thief) -> None:
    _, said = thief.run("ssh", "-v", "-A", "-X", thief.there)
    granted = [line.split("key options:")[1].split() for line in said.splitlines() if "key options:" in line]
    assert granted, said
    assert {tuple(options) for options in granted} == {("command",)}


def test_a_variable_of_the_client_reaches_no_program(tmp_path: Path) -> None:
    folder = tmp_path / "host"
    target = target_at(tmp_path / "app", status=("env",))
    run("git", "init", "--quiet", "--initial-branch=main", target.app_dir)
    sshd = start_sshd(folder, env={"GIT_DIR": "/nowhere", "COMPOSE_FILE": "/nowhere", "GIT_EXEC_PATH": "/nowhere"})
    try:
        put_behind_gate(sshd.ssh, target)
        status, said = Thief(sshd.ssh, tmp_path).run(
            "ssh", f"{sshd.ssh.user}@127.0.0.1", for_gate(digest(target, "services"), "running", ("",))
        )
    finally:
        sshd.stop()
    assert status == 0, said
    assert "PATH=" in said
    assert "/nowhere" not in said


async def test_the_server_gets_no_other_folder_and_no_other_command(thief: Thief, tmp_path: Path) -> None:
    app = thief.folder / "app"
    (host,) = target_at(app).hosts
    there = host.model_copy(
        update={
            "address": thief.ssh.address,
            "port": thief.ssh.port,
            "user": thief.ssh.user,
            "key": str(thief.ssh.key),
            "host_key": thief.ssh.host_key,
        }
    )
    for other in (
        target_at(tmp_path),
        target_at(app, status=("touch", str(thief.mark))),
        target_at(app, restart=("touch", str(thief.mark))),
    ):
        production = SshProduction(other.model_copy(update={"hosts": (there,)}), SystemClock())
        with pytest.raises(Unavailable, match="until it is renewed") as refused:
            await production.running("shop-1")
        assert refused.value.remedy == "Run `flightrules host-setup shop shop-1` and install what it prints."
        found = await production.collect(["services", "disk"])
        assert all("until it is renewed" in finding.why for finding in found)
        await production.close()
    assert not thief.mark.exists()


def rollback(target: Target, steps: tuple[Step, ...], ident: str, shop: Production) -> Operation:
    return Operation(
        id=ident,
        incident="INC-7",
        target=target.name,
        host="shop-1",
        from_release=shop.releases["v5"],
        to_release=shop.releases["v4"],
        steps=steps,
        who="Ada Lovelace",
        why="it's down",
    )


@pytest.fixture
async def gated(production: Production, tmp_path: Path) -> AsyncIterator[SshProduction]:
    """The Compose shop behind the gate."""
    with behind_gate(production, tmp_path / "ssh") as reached:
        ssh = SshProduction(reached.target, SystemClock())
        yield ssh
        await ssh.close()


def other_words(argv: tuple[str, ...], old: str, new: str) -> tuple[str, ...]:
    return tuple(word.replace(old, new) for word in argv)


async def test_compose_is_looked_at_remembered_and_rolled_back_behind_it_and_no_other_way(
    production: Production, gated: SshProduction, tmp_path: Path
) -> None:
    target, good, bad = gated.target, production.releases["v4"], production.releases["v5"]
    found = {finding.probe: finding for finding in await gated.collect()}
    assert {probe: finding.why for probe, finding in found.items() if not finding.readable} == {}
    assert {"services", "stats", "logs:web", "deploys"} <= found.keys()
    assert len(await gated.remember("shop-1", bad)) == 3
    for service in ("web", "worker"):
        image = f"{production.project}-{service}:{good}"
        if run("docker", "image", "ls", "--quiet", image).strip():
            run("docker", "tag", image, f"flightrules/{production.project}/{service}:{good}")
            run("docker", "image", "rm", "--no-prune", image)
    survey = await gated.survey("shop-1", good)
    assert survey.config_ok, survey.config_why
    steps = steps_for(target, survey, good, "PLAN-1")
    assert {"checkout", "retag", "up"} <= {step.name for step in steps}

    other = run("docker", "image", "inspect", "--format", "{{.Id}}", BASE_IMAGE).strip()
    tampered: dict[str, Callable[[Step], Step]] = {
        "another project": lambda step: step.model_copy(
            update={"argv": other_words(step.argv, production.project, "other")}
        ),
        "another name for an image": lambda step: step.model_copy(
            update={
                "argv": (*step.argv[:-1], "postgres:16") if step.name == "retag" else (*step.argv, "--force-recreate")
            }
        ),
        "another image": lambda step: step.model_copy(
            update={"argv": (*step.argv[:2], other, step.argv[3]) if step.name == "retag" else step.argv}
        ),
        "an option": lambda step: step.model_copy(
            update={"argv": (*step.argv, "--remove-orphans") if step.name == "up" else step.argv}
        ),
        "a file": lambda step: step.model_copy(
            update={"argv": (*step.argv[:2], "-f", "evil.yml", *step.argv[2:]) if step.name == "up" else step.argv}
        ),
        "a variable": lambda step: step.model_copy(update={"env": (("DOCKER_HOST", "tcp://evil"), *step.env)}),
        "no image put back": lambda step: step.model_copy(
            update={"undo": ("docker", "rmi", "x") if step.undo else None}
        ),
    }
    for number, (how, tamper) in enumerate(tampered.items()):
        changed = tuple(map(tamper, steps))
        assert changed != steps, how
        with pytest.raises(Unavailable, match=r"flightrules gate: .*nothing was started"):
            await gated.launch(rollback(target, changed, f"OP-{number}", production))
        assert (await gated.look("shop-1", f"OP-{number}")).state == "absent", how
    touch = Step(name="build", argv=("touch", str(tmp_path / "mark")), says="do")
    with pytest.raises(Unavailable, match="flightrules gate"):
        await gated.launch(rollback(target, (touch,), "OP-touch", production))
    assert not (tmp_path / "mark").exists()
    assert run("git", "-C", production.app_dir, "rev-parse", "HEAD").strip() == bad

    await gated.launch(rollback(target, steps, "OP-good", production))
    while (look := await gated.look("shop-1", "OP-good")).state != "done":
        pass  # each look waits on the host
    assert look.exit_status == 0, look.log
    await production.settle(200)
    assert (await gated.running("shop-1")).head == good


@contextmanager
def line_of(shop: PlainShop, line: str) -> Iterator[None]:
    """Another authorized_keys while the block lasts."""
    path = shop.production.ssh.key.parent / "authorized_keys"
    before = path.read_text()
    path.write_text(f"{line}\n")
    try:
        yield
    finally:
        path.write_text(before)


async def doctor(shop: PlainShop) -> str:
    return " ".join((await in_terminal(shop, ("doctor",))).split())


@pytest.mark.parametrize("layout", ["checkout", "releases"])
async def test_doctor_tells_whether_a_key_is_behind_the_gate_and_a_rollback_follows(
    layout: Layout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "3000")
    async with plain_shop(layout, tmp_path, releases=[GOOD, BAD]) as plain:
        if layout == "checkout":
            seen = await doctor(plain)
            assert "shop: key shop-1 warn the server's key may run any command" in seen
            assert "flightrules host-setup shop shop-1" in seen
        shop = plain.behind_gate()
        shop.settings()
        seen = await doctor(shop)
        assert "shop: key shop-1 ok the gate is in place before it" in seen
        for part in ("ssh", "git checkout", "logs", "disk", "memory", "clock"):
            assert f"shop: {part} shop-1 ok" in seen, seen
        assert f"could go back to {shop.good[:12]}" in seen
        public = (shop.production.ssh.key.parent / "client_key.pub").read_text()
        gate = str(shop.production.ssh.key.parent / "gate")
        if layout == "checkout":
            with line_of(shop, authorized(public, gate).replace("restrict,", "")):
                assert "shop: key shop-1 warn the key may open connections through the host" in await doctor(plain)
            changed = plain.with_target({"logs": ["true"]})
            seen = await doctor(changed)
            assert "shop: ssh shop-1 FAIL" in seen
            assert "printed for other settings of the target" in seen
            assert "Run `flightrules host-setup shop shop-1` and install what it prints." in seen
        async with serving(shop) as agent:
            incident = await agent.decided()
            answer = await agent.rolled_back(incident)
            assert answer["result"]["state"] == "succeeded", answer
            assert (await agent.call("verify", incident=incident))["result"]["verdict"] == "restored"
        steps = ("checkout", "restart") if layout == "checkout" else ("switch", "restart")
        assert shop.audit() == whole_audit(*steps)
        assert shop.serves() == shop.good
        assert "release" in await in_terminal(shop, ("observe",))


async def test_an_older_gate_is_told_in_doctor_and_before_a_plan_with_the_command_that_renews_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "3000")
    async with plain_shop("checkout", tmp_path, releases=[GOOD, BAD]) as plain:
        shop = plain.behind_gate()
        script = shop.production.ssh.key.parent / "gate"
        command = "Run `flightrules host-setup shop shop-1` and install what it prints."
        async with serving(shop) as agent:
            incident = await agent.decided()
            older(script)
            answer = await agent.call("rollback", incident=incident)
        assert answer["problem"]["kind"] == "unavailable", answer
        assert "printed by an older flightrules" in answer["says"]
        assert command in answer["says"]
        assert "plan_proposed" not in shop.log().kinds()
        assert shop.audit() == []
        settings = shop.settings()
        older(script)
        words = [sys.executable, "-m", "flightrules.cli", "--config", str(settings), "doctor"]
        told = await to_thread.run_sync(partial(subprocess.run, words, capture_output=True, text=True, check=False))
        seen = " ".join(told.stdout.split())
        assert "shop: ssh shop-1 FAIL" in seen
        assert "printed by an older flightrules" in seen
        assert command in seen


def older(script: Path) -> None:
    """Let a gate stand there as 0.2.0 printed it: with other programs, and without a word on its version."""
    lines = script.read_text().splitlines()
    digest_line = next(number for number, line in enumerate(lines) if line.startswith("gate="))
    lines[digest_line : digest_line + 2] = ["gate=0123456789abcdef"]
    script.write_text("\n".join(lines).replace(", of flightrules $version,", "") + "\n")


async def test_a_person_ends_a_stuck_operation_behind_it(tmp_path: Path) -> None:
    async with plain_shop("checkout", tmp_path, releases=[GOOD, BAD]) as plain:
        shop = plain.behind_gate().with_target({"restart": ["sh", "-c", "while :; do sleep 0.1; done"]})
        async with serving(shop) as agent:
            incident = await agent.decided()
            async with agent.rolling_back(incident) as found:
                await shop.log().sees_running("restart")
                (started,) = (shop.base / "ops").glob("*/started")
                ident = started.parent.name
                words = ("unlock", "shop", "shop-1", ident, "--reason", "it hangs")
                assert "lock broken, the operation was killed" in await in_terminal(shop, words, ident)
        assert found["result"]["state"] == "indeterminate", found
        await eventually(lambda: "lock broken" in (shop.base / "audit.log").read_text(), "the audit says so")


async def test_a_gate_that_says_no_is_told_to_whoever_waits(tmp_path: Path) -> None:
    async with plain_shop("checkout", tmp_path, releases=[GOOD, BAD]) as plain:
        shop = plain.behind_gate()

        async def meanwhile(question: str) -> bool:
            del question
            gate = shop.production.ssh.key.parent / "gate"
            closed = gate.read_text().replace(
                "  launch) # ID SHA256 UNTIL\n",
                "  launch) refuse 'closed by hand; nothing was started' ;;\n  never)\n",
                1,
            )
            assert "closed by hand" in closed
            gate.write_text(closed)
            return True

        async with serving(shop, meanwhile) as agent:
            answer = await agent.rolled_back(await agent.decided())
        assert answer["result"]["state"] == "untouched", answer
        assert "shop-1 never started the operation" in answer["says"]
        assert "closed by hand; nothing was started" in answer["says"]
        assert shop.head() == shop.bad
