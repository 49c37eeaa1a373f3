from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from flightrules.adapters.reading import docker
from flightrules.adapters.reading.unreadable import Unreadable

WEB = "a" * 64
IMAGE = "sha256:" + "c" * 64

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def container(**changed: object) -> str:
    """One line of docker inspect."""
    state = {
        "Status": "running",
        "ExitCode": 0,
        "StartedAt": "2026-01-05T09:00:00.123456789Z",
        "Health": {"Status": "healthy", "Log": [{"Output": "\x1b[31m"}]},
    }
    item = {
        "id": WEB,
        "service": "web",
        "state": state,
        "restarts": 2,
        "image": IMAGE,
        "ref": "shop:1",
        "hash": "f" * 64,
    }
    return json.dumps(item | changed)


def test_a_container_is_read() -> None:
    (state,) = docker.services(container())
    assert (state.service, state.container, state.state, state.health) == ("web", WEB[:12], "running", "healthy")
    assert (state.image, state.image_ref, state.restarts, state.exit_code) == (IMAGE, "shop:1", 2, None)
    assert state.started_at == datetime(2026, 1, 5, 9, 0, 0, 123456, tzinfo=UTC)


def test_a_container_that_ended_has_an_exit_code_and_one_that_never_started_no_time() -> None:
    ended = {"Status": "exited", "ExitCode": 137, "StartedAt": "2026-01-05T09:00:00Z"}
    created = {"Status": "created", "ExitCode": 0, "StartedAt": "0001-01-01T00:00:00Z"}
    one, two = docker.services(f"{container(state=ended)}\n{container(state=created, service='worker')}\n")
    assert (one.state, one.exit_code, one.health) == ("exited", 137, "none")
    assert (two.state, two.exit_code, two.started_at) == ("created", None, None)


@pytest.mark.parametrize(
    "changed",
    [
        {"service": "web; reboot"},
        {"service": ""},
        {"service": None},
        {"service": "../web"},
        {"id": "short"},
        {"image": "latest"},
        {"state": None},
        {"state": {"Status": "exited"}},
        {"state": {"Status": "sleeping", "ExitCode": 0}},
        {"state": {"Status": "running", "Health": {"Status": "so so"}}},
        {"state": {"Status": "running", "Health": "healthy"}},
        {"restarts": "many"},
    ],
)
def test_a_container_unlike_any_other_is_unreadable(changed: dict[str, object]) -> None:
    with pytest.raises(Unreadable):
        docker.services(container(**changed))


@given(JSON)
def test_any_json_is_read_or_unreadable(item: JsonValue) -> None:
    line = json.dumps(item)
    for read in (docker.services, docker.config, docker.containers, docker.images, docker.remembered):
        try:
            read(line)
        except Unreadable:
            continue


@given(st.dictionaries(st.sampled_from(["id", "service", "state", "image", "restarts", "hash", "ref"]), JSON))
def test_a_container_with_any_field_is_read_or_unreadable(changed: dict[str, object]) -> None:
    try:
        docker.services(container(**changed))
    except Unreadable:
        return


@given(st.text())
def test_any_text_is_read_or_unreadable(text: str) -> None:
    for read in (docker.containers, docker.images, docker.remembered, docker.config, docker.services):
        try:
            read(text)
        except Unreadable:
            continue
    try:
        docker.stats(text, {WEB: "web"})
    except Unreadable:
        return


def test_json_nested_without_end_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        docker.services('{"state":' * 100_000)


def test_use_is_computed_from_two_looks() -> None:
    (stats,) = docker.stats(f"{WEB} 50000000 100000000 1048576 max", {WEB: "web"})
    assert (stats.cpu_percent, stats.memory_bytes, stats.memory_limit_bytes) == (50.0, 1048576, None)
    (stats,) = docker.stats(f"{WEB} 0 100000000 1048576 9223372036854771712", {WEB: "web"})
    assert stats.memory_limit_bytes is None


@pytest.mark.parametrize("line", ["x", f"{WEB} 1 0 1 max", f"{WEB} a b c d", f"{'b' * 64} 1 1 1 max"])
def test_use_that_is_not_understood_is_unreadable(line: str) -> None:
    with pytest.raises(Unreadable):
        docker.stats(line, {WEB: "web"})


def test_use_as_the_engine_prints_it() -> None:
    (stats,) = docker.stats(f"engine\n{WEB}\t0.05%\t1.5GiB / 2GiB\n", {WEB: "web"})
    assert (stats.cpu_percent, stats.memory_bytes, stats.memory_limit_bytes) == (0.05, 3 * 2**29, 2**31)


@pytest.mark.parametrize(
    ("ref", "name"),
    [
        ("shop", "shop:latest"),
        ("shop:1", "shop:1"),
        ("docker.io/library/nginx:1", "nginx:1"),
        ("docker.io/acme/shop:1", "acme/shop:1"),
        ("registry.example:5000/shop", "registry.example:5000/shop:latest"),
        ("registry.example:5000/shop:2@sha256:ab", "registry.example:5000/shop@sha256:ab"),
        ("nginx@sha256:ab", "nginx@sha256:ab"),
    ],
)
def test_an_image_is_named_as_the_engine_lists_it(ref: str, name: str) -> None:
    assert docker.image_name(ref) == name


def test_images_are_found_by_tag_by_digest_and_by_id() -> None:
    digest = "sha256:" + "d" * 64
    found = docker.images(f"{IMAGE} shop 1 <none>\n{IMAGE} nginx <none> {digest}\n{IMAGE} <none> <none> <none>\n")
    assert found == {"shop:1": IMAGE, f"nginx@{digest}": IMAGE, docker.image_name(IMAGE): IMAGE}


def test_a_configuration_is_found_after_warnings() -> None:
    text = 'time="2026" level=warning msg="x"\n{"services":{"web":{"image":"shop:1","env_file":[{"path":"/a/.env"}]}}}'
    found = docker.config(text)
    assert found["web"]["image"] == "shop:1"
    assert docker.env_files(found) == {"web": ("/a/.env",)}


@pytest.mark.parametrize("entry", ["a.env", ["a.env"], [{"path": "a.env", "required": False}]])
def test_env_files_are_found_in_every_form(entry: JsonValue) -> None:
    assert docker.env_files({"web": {"env_file": entry}}) == {"web": ("a.env",)}


@given(JSON)
def test_env_files_of_any_shape_break_nothing(entry: JsonValue) -> None:
    assert set(docker.env_files({"web": {"env_file": entry}})) == {"web"}
