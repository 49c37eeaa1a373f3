"""Changes of a new version are listed before anything is changed, and going back is refused with the reason."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flightrules.adapters.sqlite import sql
from flightrules.adapters.sqlite.store import SqliteStore
from flightrules.cli import main
from flightrules.config import load
from flightrules.errors import Unavailable
from flightrules.ports import Write
from flightrules.state.events import IncidentRegistered
from flightrules.state.log import Actor
from flightrules.state.vocabulary import ActorKind
from tests.test_config import SHOP

KEPT = Path(__file__).parents[1] / "kept"
OF_0_1 = ("0001_log", "0002_leases")


async def _filled(path: Path) -> None:
    store = SqliteStore(path)
    actor = Actor(kind=ActorKind.SYSTEM, name="server", face="server")
    draft = IncidentRegistered(incident="INC-1").draft(at=datetime(2026, 1, 5, tzinfo=UTC), actor=actor, call="")
    await store.append(Write("server", None, [draft]))
    await store.close()


def of_0_1(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A log as version 0.1 leaves it."""
    scripts = {name: text for name, text in sql.migrations().items() if name in OF_0_1}
    with monkeypatch.context() as patch:
        patch.setattr(sql, "migrations", lambda: scripts)
        asyncio.run(_filled(path))


def applied(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as database:
        return [str(row[0]) for row in database.execute("SELECT name FROM _sqlite_migrations ORDER BY name")]


@pytest.mark.requirement("REPL-kept")
def test_what_a_new_version_changes_is_listed_and_nothing_is_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings, log = tmp_path / "flightrules.toml", tmp_path / "incidents.db"
    settings.write_text(f'[store]\npath = "{log}"\n{SHOP}')
    of_0_1(log, monkeypatch)
    monkeypatch.setenv("COLUMNS", "1000")  # or a long path breaks the lines within a sentence
    main(["--config", str(settings), "doctor", "--upgrade"])
    said = " ".join(capsys.readouterr().out.split())
    assert "0003_one_id" in said
    assert "an older version refuses it then" in said
    for part in ("settings", "shop: gate", "shop: operations"):
        assert part in said
    assert applied(log) == list(OF_0_1)
    asyncio.run(_filled(log))
    assert applied(log) == [*OF_0_1, "0003_one_id"]
    main(["--config", str(settings), "doctor", "--upgrade"])
    assert "nothing changes" in " ".join(capsys.readouterr().out.split())


def test_version_0_1_refuses_a_log_that_this_version_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = tmp_path / "incidents.db"
    asyncio.run(_filled(log))
    before = log.read_bytes()
    with pytest.raises(Unavailable, match=r"its schema is 0003_one_id.*knows up to 0002_leases"):
        of_0_1(log, monkeypatch)
    assert log.read_bytes() == before


def test_settings_that_0_1_wrote_are_read() -> None:
    settings = load(KEPT / "flightrules-0.1.0.toml")
    assert [target.name for target in settings.targets] == ["shop"]
