"""Keeping the images that run (host/remember.sh), by an engine that keeps names in files: changes are audited."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.process import run, stop_all_in
from tests.adapters.host_programs import Here

ENGINE = """\
cd "$(dirname "$0")/engine"
case "$1 $2" in
  'image inspect') shift 4; for name; do [ -e "images/$(echo "$name" | tr / +)" ] || exit 1
    cat "images/$(echo "$name" | tr / +)"; done ;;
  'inspect --type') [ "$6" != web-1 ] || { cat running; exit; }
    cat "holders/$6" 2>/dev/null ;;
  'ps -a') case "$*" in *flightrules.keep*) ls -t holders | sed 's/.*/& &/' ;; *) echo web-1 web running ;; esac ;;
  tag*) cp "images/$2" "images/$(echo "$3" | tr / +)" ;;
  create*) while [ "$1" != --name ]; do shift; done; name=$2
    for image; do case $image in sha256:*) break ;; esac; done; echo "$image" >"holders/$name" ;;
  rm*) rm "holders/$3" ;;
esac
"""
OLD, NEW = "sha256:" + "a" * 64, "sha256:" + "b" * 64


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Here]:
    app, programs = tmp_path / "app", tmp_path / "bin"
    run("git", "init", "--quiet", "--initial-branch=main", str(app))
    for folder in ("images", "holders"):
        (programs / "engine" / folder).mkdir(parents=True)
    for image in (OLD, NEW):
        (programs / "engine" / "images" / image).write_text(f"{image}\n")
    (programs / "docker").write_text(f"#!/bin/sh\n{ENGINE}")
    (programs / "docker").chmod(0o755)
    yield Here(app, {"PATH": f"{programs}:{os.environ['PATH']}", "HOME": str(tmp_path)})
    stop_all_in(tmp_path)


def deployed(here: Here, image: str) -> str:
    """A new release, and what runs of it."""
    who = ("-c", "user.name=A", "-c", "user.email=a@example")
    run("git", "-C", str(here.app), *who, "commit", "--quiet", "--allow-empty", "--message", "one")
    (here.app.parent / "bin" / "engine" / "running").write_text(f"{image}\n")
    return run("git", "-C", str(here.app), "rev-parse", "HEAD").strip()


def remember(here: Here, release: str, kept: int = 1) -> None:
    status, out, complaint = here.run("remember", "compose", str(here.app), "10", release, "shop", str(kept))
    assert (status, out.decode().split()[:1]) == (0, ["web"]), complaint


def audited(here: Here) -> list[str]:
    path = here.base / "audit.log"
    lines = [line.split("\t") for line in path.read_text().splitlines()] if path.exists() else []
    assert all(line[1:4] == ["-", "-", "-"] for line in lines)
    return [line[4] for line in lines]


@pytest.mark.parametrize("kept", [0, 1])
def test_an_image_that_is_kept_has_a_line_in_the_audit_log_once(here: Here, kept: int) -> None:
    release = deployed(here, OLD)
    for _ in range(3):
        remember(here, release, kept)
    assert audited(here) == [f"image of web kept for {release}: {OLD}"]
    assert (here.base / "audit.log").stat().st_mode & 0o077 == 0


def test_an_image_that_is_kept_no_longer_has_a_line_too(here: Here) -> None:
    first = deployed(here, OLD)
    remember(here, first)
    os.utime(here.app.parent / "bin" / "engine" / "holders" / f"flightrules-keep-shop-web-{first}", (0, 0))
    second = deployed(here, NEW)
    remember(here, second)
    assert audited(here)[1:] == [
        f"image of web kept for {second}: {NEW}",
        f"image no longer kept: flightrules-keep-shop-web-{first}",
    ]


def test_another_image_of_a_release_has_a_line_of_its_own(here: Here) -> None:
    release = deployed(here, OLD)
    remember(here, release)
    (here.app.parent / "bin" / "engine" / "running").write_text(f"{NEW}\n")
    remember(here, release)
    assert audited(here) == [f"image of web kept for {release}: {image}" for image in (OLD, NEW)]


def test_nothing_is_kept_where_no_line_can_be_written(here: Here) -> None:
    release = deployed(here, OLD)
    here.base.write_text("in the way")
    status, _, complaint = here.run("remember", "compose", str(here.app), "10", release, "shop", "1")
    assert status == 73
    assert "the audit log of" in complaint
    images = here.app.parent / "bin" / "engine" / "images"
    assert sorted(path.name for path in images.iterdir()) == [OLD, NEW]
