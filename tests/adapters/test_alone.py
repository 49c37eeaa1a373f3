"""Files that a release's configuration names and only the host has (host/alone.sh), and when they were written."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from flightrules.adapters.frames import Frame, parse
from flightrules.adapters.programs import answer, part
from flightrules.adapters.reading.alone import host_files
from flightrules.adapters.reading.findings import Records
from flightrules.state.host_files import HostFile, stay, written_since
from sandbox.process import run
from tests.adapters.test_tree import Checkout

_PROGRAM = "".join(map(part, ("frames", "tree", "releases", "composed", "alone")))
_MAIN = """
app=$1 release=$2 compose_words=$3 limit=20
scratch
export=$4
trap 'rm -rf "$dir"' EXIT
cat >"$dir/config.out"
cp "$dir/config.out" "$dir/raw.out"
exported
probe alone head 200000 alone
"""
OLD, NEW = 1_700_000_000, 4_000_000_000


@pytest.fixture
def tree(tmp_path: Path) -> Checkout:
    made = Checkout(tmp_path)
    made.put("conf/app.conf", "good")
    made.good = made.commit()
    made.put("conf/app.conf", "bad")
    made.bad = made.commit()
    made.git("clone", "-q", f"file://{made.origin}", str(made.app), cwd=tmp_path)
    return made


def put(path: Path, at: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x")
    os.utime(path, (at, at))
    return path


def mount(source: Path | str, *, ro: bool = True) -> dict[str, object]:
    return {"type": "bind", "source": str(source), "target": "/x", **({"read_only": True} if ro else {}), "bind": {}}


def told(tree: Checkout, *mounts: dict[str, object], words: str = "docker compose") -> tuple[HostFile, ...]:
    export = tree.folder / "export"
    export.mkdir()
    env_file = [{"path": str(tree.folder / "own & only.env"), "required": True}]
    web = {"image": "w", "volumes": list(mounts), "env_file": env_file}
    project = {"services": {"web": web, "zoo": {"read_only": True}}}
    argv = ["sh", "-c", _PROGRAM + _MAIN, "alone", str(tree.app), tree.good, words, str(export)]
    text = json.dumps(project, indent=2).replace("&", "\\u0026").encode()  # as compose writes it
    done = subprocess.run(argv, env=tree.here.env, input=text, capture_output=True, check=True)
    records = Records({**parse(answer(done.stdout)), "raw": Frame("raw", 0, 1, text, b"")}, done.stderr.decode())
    return host_files(project, records)


def deployed_both(tree: Checkout) -> None:
    for release in (tree.good, tree.bad):
        tree.git("checkout", "-q", "--detach", release, cwd=tree.app)


def test_what_was_written_after_the_release_was_left_is_told_apart(tree: Checkout) -> None:
    deployed_both(tree)
    new, old = put(tree.folder / "new.conf", NEW), put(tree.folder / "old.conf", OLD)
    put(tree.folder / "certs/old.pem", OLD)
    pem = put(tree.folder / "certs/new.pem", NEW)
    local, own = put(tree.app / "conf/local.conf", NEW), put(tree.app / ".env", OLD)
    env_file = put(tree.folder / "own & only.env", NEW)
    found = told(tree, *map(mount, (new, old, tree.folder / "certs", tree.app / "conf")))
    assert {(file.path, file.services, file.written) for file in found} == {
        (str(new), ("web",), "since"),
        (str(old), ("web",), "before"),
        (str(pem), ("web",), "since"),
        (str(local), ("web",), "since"),
        (str(env_file), ("web",), "since"),
        (str(own), (), "before"),
    }
    (warning,) = written_since(found)
    assert f"{new} (web, 2096-10-02 07:06:40 UTC)" in warning
    assert list(stay(found)) == [f"in no commit, and left as it is: {own}, {old} (web)"]


def test_without_a_reflog_it_is_not_known(tree: Checkout) -> None:
    new = put(tree.folder / "new.conf", NEW)
    found = told(tree, mount(new), mount(tree.folder / "certs"), words="docker compose --env-file /none")
    assert [(file.path, file.written) for file in found] == [(str(new), "unknown")]
    assert "not known whether it was written since" in next(iter(stay(found)))


def test_data_sockets_and_files_of_the_system_are_no_alarm(tree: Checkout) -> None:
    deployed_both(tree)
    data = put(tree.folder / "data/shop.json", NEW).parent
    database = put(tree.folder / "shop.sqlite3", NEW)
    log, setting = put(tree.app / "conf/run.log", NEW), put(tree.app / "conf/settings.json", NEW)
    system = ("/etc/localtime", "/etc/ssl/certs", "/var/log", "/proc", "/dev/null", "/", str(tree.folder))
    found = told(
        tree,
        *map(mount, system),
        *(mount(path, ro=False) for path in (data, database, tree.app / "conf", "/etc/hosts")),
    )
    assert log.exists()
    assert [(file.path, file.written) for file in found] == [(str(setting), "since"), (str(data), "data")]


def test_a_release_that_tracks_the_file_brings_it_back(tree: Checkout) -> None:
    deployed_both(tree)
    assert told(tree, mount(tree.app / "conf/app.conf")) == ()
    run("rm", "-r", str(tree.folder / "export"))
    outside = put(tree.folder / "outside.conf", NEW)
    (tree.app / "link.conf").symlink_to(outside)
    assert [file.path for file in told(tree, mount(tree.app / "link.conf"))] == [str(outside)]
