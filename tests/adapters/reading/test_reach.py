"""Services that the difference between two releases affects."""

from __future__ import annotations

from typing import Any

import pytest

from flightrules.adapters.reading.reach import touches, with_numbers


def fates(
    services: dict[str, Any],
    changed: str,
    *,
    before: dict[str, Any] | None = None,
    links: dict[str, str] | None = None,
    top: dict[str, object] | None = None,
) -> dict[str, str]:
    now = {"services": services, **(top or {})}
    then = {"services": before or services, **(top or {})}
    return {touch.service: touch.fate for touch in touches(then, now, [changed], links or {})}


def mount(source: str) -> dict[str, Any]:
    return {"image": "web", "volumes": [{"type": "bind", "source": source, "target": "/x"}]}


@pytest.mark.parametrize(
    ("source", "changed", "fate"),
    [
        ("/srv/shop/conf/app.conf", "/srv/shop/conf/app.conf", "recreated"),
        ("/srv/shop/conf", "/srv/shop/conf/app.conf", "recreated"),
        ("/srv/shop", "/srv/shop/conf/app.conf", "recreated"),
        ("/", "/srv/shop/conf/app.conf", "recreated"),
        ("/srv/shop/theme/css", "/srv/shop/theme", "recreated"),  # a submodule is one path
        ("/srv/shop/conf", "/srv/shop/config/app.conf", "left"),
        ("/var/run/docker.sock", "/srv/shop/conf/app.conf", "left"),
    ],
)
def test_a_mount_is_reached_by_what_it_is_holds_or_lies_in(source: str, changed: str, fate: str) -> None:
    assert fates({"web": mount(source), "worker": {"image": "web"}}, changed) == {"web": fate, "worker": "left"}


def test_a_link_is_followed() -> None:
    links = {"/srv/shop/current": "/srv/shop/conf/a"}
    assert fates({"web": mount("/srv/shop/current")}, "/srv/shop/conf/a", links=links) == {"web": "recreated"}


@pytest.mark.parametrize("kind", ["configs", "secrets"])
def test_a_config_or_secret_from_a_file_reaches_who_uses_it(kind: str) -> None:
    services = {"web": {"image": "web", kind: [{"source": "one"}]}, "worker": {"image": "web"}}
    top: dict[str, object] = {kind: {"one": {"file": "/srv/shop/one"}}}
    assert fates(services, "/srv/shop/one", top=top) == {"web": "recreated", "worker": "left"}


def test_a_config_with_other_content_reaches_who_uses_it() -> None:
    web = {"image": "web", "configs": [{"source": "one"}]}
    then = {"services": {"web": web}, "configs": {"one": {"content": "a"}}}
    now = {"services": {"web": web}, "configs": {"one": {"content": "b"}}}
    assert [touch.fate for touch in touches(then, now, [], {})] == ["recreated"]


def test_a_volume_that_binds_a_folder_is_a_mount() -> None:
    web = {"image": "web", "volumes": [{"type": "volume", "source": "data", "target": "/x"}]}
    top: dict[str, object] = {
        "volumes": {"data": {"driver_opts": {"type": "none", "o": "bind", "device": "/srv/shop/data"}}}
    }
    assert fates({"web": web}, "/srv/shop/data/a", top=top) == {"web": "recreated"}


def test_what_compose_sees_by_itself_is_left_to_it() -> None:
    web = {"image": "web", "env_file": [{"path": "/srv/shop/app.env"}]}
    built = {"build": {"context": "/srv/shop/app", "dockerfile": "Dockerfile"}}
    assert fates({"web": web, "app": built}, "/srv/shop/app.env") == {"web": "compose", "app": "left"}
    assert fates({"web": web, "app": built}, "/srv/shop/app/main.py") == {"web": "left", "app": "compose"}
    assert fates({"web": {"image": "b"}}, "/x", before={"web": {"image": "a"}}) == {"web": "compose"}
    assert fates({"web": {"image": "a", "depends_on": {}}}, "/x", before={"web": {"image": "a"}}) == {"web": "left"}
    assert fates({"web": {"image": "a"}}, "/x", before={"other": {"image": "a"}}) == {"web": "made"}


def test_a_service_that_the_running_release_lacks_is_made_anew_if_it_reads_what_comes_back() -> None:
    """Its container may still stand: compose leaves what a release drops, with the files that were there then."""
    web, other = mount("/srv/shop/conf/app.conf"), {"other": {"image": "a"}}
    assert fates({"web": web}, "/srv/shop/conf/app.conf", before=other) == {"web": "recreated"}
    assert fates({"web": web}, "/srv/shop/else", before=other) == {"web": "made"}


@pytest.mark.parametrize(
    "follower",
    [
        {"network_mode": "service:web"},
        {"pid": "service:web"},
        {"ipc": "service:web"},
        {"volumes_from": ["web:ro"]},
        {"depends_on": {"web": {"condition": "service_started", "restart": True}}},
    ],
)
def test_who_shares_with_a_service_that_is_made_anew_follows_it(follower: dict[str, Any]) -> None:
    services = {"web": mount("/srv/shop/a"), "side": {"image": "s", **follower}, "far": {"pid": "service:side"}}
    assert fates(services, "/srv/shop/a") == {"web": "recreated", "side": "recreated", "far": "recreated"}


def test_who_only_waits_for_it_is_left_alone() -> None:
    services = {
        "web": mount("/srv/shop/a"),
        "side": {"image": "s", "depends_on": {"web": {"condition": "service_healthy"}}},
    }
    assert fates(services, "/srv/shop/a") == {"web": "recreated", "side": "left"}


def test_where_the_release_that_runs_cannot_be_read_mounts_still_count() -> None:
    now = {"services": {"web": mount("/srv/shop/a"), "worker": {"image": "w"}}}
    found = touches(None, now, ["/srv/shop/a"], {})
    assert {touch.service: touch.fate for touch in found} == {"web": "recreated", "worker": "compose"}


def test_a_service_that_sees_an_older_file_is_made_anew() -> None:
    now = {"services": {"web": {"image": "shop"}, "worker": {"image": "shop"}}}
    found = {touch.service: touch for touch in touches(now, now, [], {}, {"web": "/srv/shop/app.conf"})}
    assert found["web"].fate == "recreated"
    assert "/srv/shop/app.conf" in found["web"].why
    assert found["worker"].fate == "left"


def test_a_service_with_a_number_is_named_when_one_that_is_made_anew_needs_it() -> None:
    services = {
        "web": mount("/srv/shop/app.conf") | {"depends_on": {"queue": {"condition": "service_started"}}},
        "queue": {"image": "queue", "depends_on": {"worker": {"condition": "service_started"}}},
        "worker": {"image": "worker"},
        "other": {"image": "other"},
    }
    project = {"services": services}
    found = with_numbers(touches(project, project, ["/srv/shop/app.conf"], {}), project, {"worker", "other"})
    assert {touch.service: touch.fate for touch in found} == {
        "web": "recreated", "queue": "left", "worker": "recreated", "other": "left"
    }  # fmt: skip
