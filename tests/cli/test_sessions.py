"""Sessions on the command line: exported, checked, replayed, and judged by another policy, with exit codes for CI."""

from __future__ import annotations

import asyncio
import gzip
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import JsonValue

from flightrules import bootstrap
from flightrules.cli import main
from flightrules.config import load
from flightrules.ports import Write
from flightrules.replay.recording import recorded
from flightrules.service import opening
from flightrules.state import commands as c
from flightrules.state.events import event_of
from flightrules.state.log import Draft
from tests.adversary.playing import play
from tests.adversary.recorder import Recorder
from tests.service.pilot import call
from tests.service.replaying.scenes import whole_session

SETTINGS = """
[[targets]]
name = "other"
app_dir = "/srv/shop"
health_url = "https://shop.example/health"
runtime = { kind = "compose", project = "shop" }
hosts = [{ name = "a", address = "a.example", user = "deploy", key = "k", host_key = "ssh-ed25519 AAAA" }]
"""


@pytest.fixture(scope="module")
def text() -> str:
    """A whole incident, as its file."""
    return asyncio.run(whole_session())


@pytest.fixture
def session(text: str, tmp_path: Path) -> Path:
    path = tmp_path / "INC-000002.jsonl"
    path.write_text(text)
    return path


@pytest.mark.requirement("REPL-session")
def test_a_session_is_written_by_export_once_and_found_whole_by_import(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = tmp_path / "flightrules.toml"
    settings.write_text(SETTINGS.replace('"other"', '"shop"') + f'\n[store]\npath = "{tmp_path}/log.db"\n')
    monkeypatch.chdir(tmp_path)

    incident = asyncio.run(open_one(settings))
    assert main(["--config", str(settings), "session", "export", incident]) == 0
    said = capsys.readouterr().out
    assert f"{incident}.jsonl" in said
    assert "Secrets were taken out" in said
    path = tmp_path / f"{incident}.jsonl"
    assert "hunter2" not in path.read_text()
    assert main(["session", "import", str(path)]) == 0
    assert "no secret is seen" in capsys.readouterr().out
    assert main(["--config", str(settings), "session", "export", incident]) == 1
    assert "exists" in capsys.readouterr().err
    assert main(["replay", str(path)]) == 0


async def open_one(settings: Path) -> str:
    """Open an incident whose title holds a secret."""
    app = bootstrap.wire(load(settings))
    given: dict[str, JsonValue] = {"target": "shop", "title": "password=hunter2-hunter2", "detected_via": "agent"}
    try:
        command = c.Open.model_validate({"incident": "", **given})
        answer = await opening.open_incident(app.incidents, replace(call("open_incident"), arguments=given), command)
    finally:
        await app.close()
    return answer.incident


@pytest.mark.requirement("REPL-session")
def test_import_names_what_does_not_hold(session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["session", "import", str(session)]) == 0
    lines = session.read_text().splitlines()
    session.write_text("\n".join([*lines[:5], lines[5].replace("pilot", "nobody"), *lines[6:]]))
    assert main(["session", "import", str(session)]) == 1
    said = capsys.readouterr().out
    assert "NO  content: not what was recorded: INC-000002#5" in said
    assert "NO  file" in said
    forged = lines[0].replace('"redacted":[]', '"redacted":["INC-000002#5"]')
    assert forged != lines[0]
    session.write_text("\n".join([forged, *lines[1:5], lines[5].replace("pilot", "nobody"), *lines[6:]]))
    assert main(["session", "import", str(session)]) == 1
    assert "NO  content: not what was recorded: INC-000002#5" in capsys.readouterr().out
    gone = [*lines[:5], *lines[6:-1], re.sub(r'"lines":\d+', f'"lines":{len(lines) - 2}', lines[-1])]
    session.write_text("\n".join(gone))
    assert main(["session", "import", str(session)]) == 1
    assert "event 5 is missing" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda text: text.replace('"schema_version":1', '"schema_version":2'), "schema_too_new"),
        (lambda text: text[: len(text) // 2], "cut"),
        (lambda text: text.replace('"session"', '"sessions"'), "not_a_session"),
        (lambda _text: "", "not_a_session"),
    ],
)
@pytest.mark.requirement("REPL-session", "REPL-not-replayable")
def test_a_file_that_is_no_session_is_refused_with_the_reason_and_never_replayed(
    session: Path,
    change: Callable[[str], str],
    says: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    session.write_text(change(session.read_text()))
    assert main(["session", "import", str(session)]) == 1
    assert says in capsys.readouterr().err
    assert main(["replay", str(session)]) == 3
    assert "not_replayable" in capsys.readouterr().out


@pytest.mark.requirement("REPL-diverged", "REPL-identical")
def test_replay_tells_ci_by_its_exit_code_and_shows_the_first_difference(
    session: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["replay", str(session.parent)]) == 0
    assert "INC-000002.jsonl: identical" in capsys.readouterr().out
    session.write_text(session.read_text().replace('"severity":"P1"', '"severity":"P2"', 1))
    assert main(["replay", "--quiet", str(session)]) == 1
    said = capsys.readouterr().out
    assert "expected  'P2'" in said
    assert "got       'P1'" in said


@pytest.mark.requirement("REPL-session")
def test_import_checks_every_file_of_a_folder_and_names_the_one_that_is_none(
    session: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty.jsonl").write_text("")
    (tmp_path / "folder.jsonl").mkdir()
    assert main(["session", "import", str(tmp_path)]) == 1
    said = capsys.readouterr()
    assert f"refused (not_a_session): {tmp_path / 'empty.jsonl'}: It is empty." in said.err
    assert f"{session}: INC-000002 on shop" in said.out
    assert "folder.jsonl" not in said.err


def test_a_compressed_session_is_named_as_one_and_the_mark_of_an_editor_changes_nothing(
    session: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    packed = tmp_path / "packed.jsonl"
    packed.write_bytes(gzip.compress(session.read_bytes()))
    assert main(["session", "import", str(packed)]) == 1
    assert "packed.jsonl: it is compressed. Unpack it first" in capsys.readouterr().err
    session.write_text(session.read_text(), encoding="utf-8-sig")
    assert main(["session", "import", str(session)]) == 0
    assert main(["replay", str(session)]) == 0


@pytest.mark.requirement("REPL-what-if")
def test_a_file_with_nothing_but_a_policy_is_one_to_judge_by(
    session: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.toml"
    other.write_text("[policy.budgets]\nfix_limit = 20\n")
    assert main(["replay", "--policy", str(other), str(session)]) == 0
    assert "budgets.fix_limit" in capsys.readouterr().out
    other.write_text("[policy.budget]\nfix_limit = 20\n")
    assert main(["replay", "--policy", str(other), str(session)]) == 1
    said = capsys.readouterr().err
    assert 'Did you mean "budgets"?' in said
    assert "targets" not in said


def test_the_form_of_a_what_if_needs_another_policy(session: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", "--format", "html", str(session)]) == 1
    assert "--policy" in capsys.readouterr().err


@pytest.mark.requirement("REPL-what-if")
def test_another_policy_is_shown_as_a_table_as_markdown_and_as_html(
    session: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.toml"
    other.write_text(SETTINGS + '\n[policy.approval.channels]\nP1 = ["cli"]\n')
    for form, sign in (
        ("table", "refused: channel"),
        ("markdown", "| change |"),
        ("html", "<table>"),
        ("json", '"kind"'),
    ):
        assert main(["replay", "--policy", str(other), "--format", form, str(session)]) == 0
        assert sign in capsys.readouterr().out


def test_nothing_to_replay_and_a_file_that_is_not_there_say_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["replay", str(tmp_path)]) == 1
    assert "no_session" in capsys.readouterr().err
    assert main(["replay", str(tmp_path / "absent.jsonl")]) == 3
    assert "absent.jsonl" in capsys.readouterr().out


@pytest.mark.requirement("REPL-not-replayable")
def test_a_file_that_cannot_be_read_costs_no_verdict_on_the_others(
    session: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [str(tmp_path / "absent.jsonl"), str(session)]
    assert main(["replay", *files]) == 3
    said = capsys.readouterr().out
    assert f"{session}: identical" in said
    assert "absent.jsonl: No such file" in said
    other = tmp_path / "other.toml"
    other.write_text(SETTINGS)
    assert main(["replay", "--policy", str(other), *files]) == 3
    said = capsys.readouterr().out
    assert "No such file" in said
    assert "2 incidents" in said


@pytest.mark.timeout(600)
@pytest.mark.requirement("REPL-session", "REPL-identical")
def test_whatever_was_done_goes_through_export_import_and_replay_on_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = tmp_path / "flightrules.toml"
    settings.write_text(f'{SETTINGS}\n[store]\npath = "{tmp_path}/log.db"\n')
    monkeypatch.chdir(tmp_path)
    played = asyncio.run(kept(settings))
    assert len(played) > 1
    for incident, text in played.items():
        assert main(["--config", str(settings), "session", "export", incident]) == 0
        path = tmp_path / f"{incident}.jsonl"
        assert path.read_text() == text
        assert main(["session", "import", str(path)]) == 0
        capsys.readouterr()
    sessions = [f"{incident}.jsonl" for incident in played]
    assert main(["replay", "--jobs", "1", *sessions]) == 0
    assert f"{len(played)} identical" in capsys.readouterr().out
    other = tmp_path / "other.toml"
    other.write_text("[policy.approval]\napprovers = 2\n[policy.budgets]\nrollback = 1\n")
    assert main(["replay", "--jobs", "1", "--policy", str(other), *sessions]) in (0, 1)
    assert "could not be judged" not in capsys.readouterr().out


async def kept(settings: Path) -> dict[str, str]:
    """Everything that one run played, written into the log that the settings name; its sessions by incident."""
    Recorder.logs.clear()
    await asyncio.to_thread(play, 50, 7, shrink=False, player=Recorder, at_once=3)
    log = max(Recorder.logs, key=len)
    app = bootstrap.wire(load(settings))
    try:
        for stream, records in log.items():
            drafts = [
                Draft(kind=r.kind, at=r.at, actor=r.actor, call=r.call, content=event_of(r.kind, r.data))
                for r in records
            ]
            await app.incidents.store.append(Write(stream, 0, drafts))
        return {name: await recorded(app.incidents, name) for name in log if name.startswith("INC-")}
    finally:
        await app.close()
