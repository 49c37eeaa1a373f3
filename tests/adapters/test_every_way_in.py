"""Text from production and from clients, on every way by which it comes in: none of it is stored as it came.

A new way in belongs here.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import BaseModel, TypeAdapter

from flightrules.adapters.frames import Frame
from flightrules.adapters.local_run import Run
from flightrules.adapters.login import said
from flightrules.adapters.own_patterns import own_net
from flightrules.adapters.production import _complaint
from flightrules.adapters.programs import SENT
from flightrules.adapters.reading import journal
from flightrules.adapters.reading.findings import Records, findings
from flightrules.adapters.reading.survey import survey
from flightrules.adapters.ssh import CommandResult
from flightrules.adapters.web import Web, _Answer
from flightrules.state.evidence import Finding
from flightrules.state.fix import SuiteRun
from flightrules.state.redaction import cast_also
from flightrules.state.target import Check, CommandsRuntime, ComposeRuntime, Host, Runtime, Target
from flightrules.tools.arguments import Line, Prose
from flightrules.tools.context import _cleaned

pytestmark = pytest.mark.requirement("UNT-every-way-in")

AT = datetime(2026, 1, 5, 12, tzinfo=UTC)
SHA = "48d06615e17b0e2c016e5c3e5308d7f3cbff64da"
IDENT, IMAGE = "a" * 64, f"sha256:{'c' * 64}"
SECRETS = ("hunter2", "ownsecret77", "Q" * 24)
UNSEEN = "\x1b[31m\x07\x9b2J\u202e\u200b\u2066\U000e0041\ufeff"
POISON = f"ok{UNSEEN} pass\u200bword={SECRETS[0]} acme-{SECRETS[1]} sk_live_{SECRETS[2]}"
LONG = POISON + " x" * 150_000
HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f]")
MOST = 300_000


@pytest.fixture(autouse=True)
def nets() -> Iterator[None]:
    """The nets as bootstrap casts them."""
    cast_also(own_net(["acme-[a-z0-9]{8,}"]))
    yield
    cast_also()


def texts(value: object) -> Iterator[str]:
    """Every text in a value."""
    if isinstance(value, BaseModel):
        yield from texts(value.model_dump())
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from texts(key)
            yield from texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from texts(item)
    elif isinstance(value, str):
        yield value


def harmless(value: object, *, saw: str = "ok") -> None:
    """Nothing of the poison is in a value, and the words around it are, so that it was looked at at all."""
    found = list(texts(value))
    assert any(saw in text for text in found), found
    for text in found:
        assert not HIDDEN.search(text), ascii(text)[:300]
        assert not any(secret in text for secret in SECRETS), text[:300]
    assert sum(len(text) for text in found) < MOST


def frame(name: str, out: str, status: int = 0, err: str = "") -> Frame:
    return Frame(name, status, 1, out.encode(), err.encode())


def records(*frames: Frame) -> Records:
    return Records({item.name: item for item in frames}, "")


def target(runtime: Runtime) -> Target:
    host = Host(name="web-1", address="h", user="u", key="k", host_key="ssh-ed25519 AAAA")
    checks = (
        Check(name="named", path="/", contains="never"),
        Check.model_validate({"name": "valued", "path": "/", "json": {"pointer": "/release", "equals": 1}}),
    )
    return Target(
        name="shop",
        hosts=(host,),
        app_dir="/srv/shop",
        runtime=runtime,
        health_url="http://h/health",
        release_pointer="/release",
        checks=checks,
    )


COMPOSE = ComposeRuntime(project="shop")
COMMANDS = CommandsRuntime(status=("true",), logs=("true",), restart=("true",), release=("true",))


def container(**changed: object) -> str:
    state = {"Status": "running", "ExitCode": 0, "StartedAt": "2026-01-05T09:00:00Z"}
    item = {"id": IDENT, "service": "web", "state": state, "restarts": 0, "image": IMAGE, "ref": POISON, "hash": POISON}
    return json.dumps(item | changed)


GIT = (
    frame("head", f"{SHA}\n{POISON}"),
    frame("dirty", f"1 .M N... 100644 100644 100644 {SHA} {SHA} {POISON}\0"),
    frame("commits", f"{SHA}\x1f2026-01-05T09:00:00+00:00\x1f{POISON}\0"),
    frame("moves", f"{SHA}\x1fHEAD@{{2026-01-05T09:00:00+00:00}}\x1f{POISON}\0"),
)


def found(probe: str, *frames: Frame, runtime: Runtime = COMPOSE) -> tuple[Finding, ...]:
    return findings("web-1", runtime, [probe], records(*frames))


@pytest.mark.parametrize("text", [POISON, LONG], ids=["short", "long"])
def test_a_log(text: str) -> None:
    listed = frame("containers", f"{IDENT} web running\n")
    lines = f"2026-01-05T12:00:00Z ERROR {text}\nplain {text}"
    harmless(found("logs", listed, frame(f"log:web:{IDENT}", lines)))
    harmless(found("logs", frame("log:app:", lines), runtime=COMMANDS))


def test_commits_branches_files_and_the_reflog() -> None:
    harmless(found("deploys", *GIT))


def test_containers() -> None:
    harmless(found("services", frame("containers", f"{IDENT} web running\n"), frame("services", container())))


def test_filesystems() -> None:
    harmless(found("disk", frame("disk", f"/dev/sda1 1000 10 990 1% /mnt/{POISON}\n")), saw="/mnt/")


@pytest.mark.parametrize("probe", ["services", "logs", "stats", "disk", "memory", "deploys"])
def test_why_a_probe_failed(probe: str) -> None:
    broken = [frame(name, "", 1, POISON) for name in ("containers", "services", "stats", "disk", "memory", "head")]
    harmless(found(probe, *broken), saw="exit status 1")


@pytest.mark.parametrize(
    ("probe", "name"),
    [
        ("services", "containers"),
        ("services", "services"),
        ("deploys", "head"),
        ("deploys", "commits"),
        ("deploys", "dirty"),
        ("deploys", "moves"),
        ("stats", "stats"),
        ("memory", "memory"),
        ("disk", "disk"),
    ],
)
def test_what_is_not_understood(probe: str, name: str) -> None:
    good = {item.name: item for item in (*GIT, frame("containers", f"{IDENT} web running\n"))}
    good[name] = frame(name, f"1 {POISON}")
    harmless(found(probe, *good.values()), saw="")


def test_a_survey() -> None:
    plain = (
        *GIT,
        frame("release", "fetched"),
        frame(
            "rehearsal",
            "".join(
                f"{record}\0"
                for record in (
                    f"patch {LONG}",
                    *(f"{word} {POISON}" for word in ("blocked", "filter", "unfiltered", "absent", "unreached", "top")),
                    f"kept untracked 1 {POISON}",
                )
            ),
        ),
        frame("paths", f"{POISON}\0"),
        frame("submodules", "no"),
        frame("clock", "1767614400000"),
        frame("arrived", SENT.decode()),
        frame("lock", f"held\n{POISON}"),
        frame("space", "/dev/sda1 1000 10 990 1% /\n"),
    )
    commands = survey(
        target(COMMANDS), "web-1", SHA, records(*plain, frame("told", POISON), frame("status", "")), sent_at=AT
    )
    harmless(commands)
    engine = (
        frame("containers", f"{IDENT} web running\n"),
        frame("services", container()),
        frame("images", f"{IMAGE} shop-web latest <none>\n"),
        frame("export", ""),
        frame("hashes", f"web {'f' * 64}\n"),
        frame("shadows", f"{POISON}\n"),
        frame("env_files", f"1767614400000 /srv/{POISON}\n"),
        frame("lacking", f"/srv/other/{POISON}\n"),
        frame("prefix", ""),
        frame("links", f"/srv/a\t/srv/{POISON}\n"),
        frame("current", json.dumps({"services": {"web": {"image": POISON, "container_name": POISON}}})),
    )
    config = {"services": {"web": {"image": POISON, "env_file": f"/srv/{POISON}"}}}
    compose = target(COMPOSE)
    whole = survey(compose, "web-1", SHA, records(*plain, *engine, frame("config", json.dumps(config))), sent_at=AT)
    assert whole.config_ok, whole.config_why
    harmless(whole)
    down = survey(compose, "web-1", SHA, records(*plain, *engine, frame("config", "", 1, LONG)), sent_at=AT)
    assert not down.config_ok
    harmless(down)


def test_the_log_of_an_operation() -> None:
    for state in (b"running", b"done"):
        data = b"state=" + state + b" rc=0 boot=same\nstep 0 up 1000\n\n" + POISON.encode() + b"\n"
        harmless(journal.look(data, offset=0, most=100_000))


@pytest.mark.parametrize("text", [POISON, LONG], ids=["short", "long"])
def test_what_a_service_answers(text: str) -> None:
    made = target(COMPOSE)
    answer = _Answer(
        500, json.dumps({"release": text, "more": text}, ensure_ascii=False).encode(), cut=False, latency_ms=1
    )
    web = Web(made)
    harmless(web._judged("health", None, answer))
    for check in made.checks:
        harmless(web._judged(check.name, check, answer))


def test_what_a_host_complains_of() -> None:
    harmless([_complaint(CommandResult(out=b"", err=POISON.encode(), status=1)), said(OSError(POISON))])


@pytest.mark.parametrize(
    ("printed", "sentence"), [(b"Is it running?", "Is it running?"), (b"no engine\n", "no engine.")]
)
def test_what_a_host_complains_of_ends_as_a_sentence_once(printed: bytes, sentence: str) -> None:
    assert _complaint(CommandResult(out=b"", err=printed, status=1)) == sentence


def test_what_the_tests_of_a_fix_print(tmp_path: Path) -> None:
    async def run() -> SuiteRun:
        with (tmp_path / "lock").open("w") as lock:
            words = ("printf", "%s", POISON)
            return await Run.of(words, folder=tmp_path, env={"PATH": os.defpath}, lock=lock.fileno(), limit_s=20)

    harmless(asyncio.run(run()))


def test_what_a_client_calls_itself_and_what_an_agent_writes() -> None:
    harmless(_cleaned(LONG), saw="")
    harmless(TypeAdapter(Line).validate_python(POISON))
    harmless(TypeAdapter(Prose).validate_python(POISON))
