"""Facts about a deployment from compose's dry run and the labels of containers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from flightrules.adapters.frames import Frame
from flightrules.adapters.reading.findings import Records
from flightrules.adapters.reading.present import differences, kept_volumes, plain_differences
from flightrules.adapters.reading.unreadable import Unreadable
from flightrules.state.operation import Difference
from flightrules.state.target import ComposeRuntime
from tests.state.core import SHOP


def frame(text: str, *, err: str = "", status: int = 0) -> Frame:
    return Frame(name="", status=status, took_ms=1, out=text.encode(), err=err.encode())


def records(
    would: str, made: list[dict[str, Any]], services: dict[str, Any], hidden: dict[str, Any] | None = None
) -> Records:
    frames = {
        "would": frame(would),
        "services": frame("".join(json.dumps(item) + "\n" for item in made)),
        "current": frame(json.dumps({"services": services})),
        "hidden": frame(json.dumps({"services": hidden}) if hidden else ""),
    }
    return Records(frames, "")


def container(service: str = "web", number: int = 1, **more: object) -> dict[str, Any]:
    return {
        "name": f"/shop-{service}-{number}",
        "service": service,
        "ref": service,
        "files": "/srv/shop/compose.yml",
        "env_files": None,
        "folder": "/srv/shop",
        "state": {"Status": "running"},
    } | more


def read(found: Records) -> tuple[Difference, ...]:
    return differences(SHOP, ComposeRuntime(project="shop"), found)


@pytest.mark.parametrize(
    ("declared", "kept"),
    [
        ({"driver_opts": {"device": "/a"}}, ()),
        ({"driver_opts": {"device": "/b"}}, ("data",)),
        ({}, ("data",)),
        ({"external": True}, ()),
        ({"driver": "nfs", "driver_opts": {"device": "/a"}}, ("data",)),
    ],
)
def test_a_volume_that_the_release_declares_otherwise_is_kept(declared: dict[str, Any], kept: tuple[str, ...]) -> None:
    there = frame('{"volume":"data","driver":"local","options":{"device":"/a"}}\n{"volume":null,"options":null}\n')
    project = {"services": {}, "volumes": {"data": {"name": "shop_data"} | declared, "more": None}}
    assert kept_volumes(project, Records({"volumes": there}, "")) == kept


QUIET = " DRY-RUN MODE -  Container shop-web-1  Running \n DRY-RUN MODE -  Container shop-init-1  Restart\n"
ANEW = " DRY-RUN MODE -  Container shop-web-1  Recreate\n DRY-RUN MODE -  Container shop-web-1  Recreated\n"


def test_nothing_differs_when_compose_would_change_nothing() -> None:
    assert read(records(QUIET, [container()], {"web": {"image": "web"}})) == ()


@pytest.mark.parametrize(
    ("made", "saw", "mend"),
    [
        (
            {"files": "/srv/shop/compose.yml,/srv/shop/compose.prod.yml"},
            "it was made from compose.yml, compose.prod.yml",
            'files = ["compose.yml", "compose.prod.yml"]',
        ),
        ({"env_files": "/etc/shop.env"}, "with the variables of /etc/shop.env", 'env_files = ["/etc/shop.env"]'),
        ({"folder": "/srv/shop/deploy"}, "in the folder /srv/shop/deploy", 'folder = "deploy"'),
        ({"ref": "web:2"}, "it runs image web:2, the settings name web", ""),
        ({}, "its configuration (variables, ports, mounts ...) is another", ""),
    ],
)
def test_a_service_that_was_made_otherwise_says_how(made: dict[str, Any], saw: str, mend: str) -> None:
    (one,) = read(records(ANEW, [container(**made)], {"web": {"image": "web"}}))
    assert (one.service, one.saw, one.mend) == ("web", f"was not made by these settings: {saw}", mend)


def test_the_files_that_compose_takes_by_itself_are_no_difference() -> None:
    made = container(files="/srv/shop/compose.yml,/srv/shop/compose.override.yml")
    (one,) = read(records(ANEW, [made], {"web": {"image": "web"}}))
    assert "it was made from" not in one.saw


def test_a_variable_that_nothing_sets_is_named() -> None:
    warned = ANEW + 'time="x" level=warning msg="The \\"DB_URL\\" variable is not set. Defaulting to a blank string."\n'
    (one,) = read(records(warned, [container()], {"web": {"image": "web"}}))
    assert "the settings leave DB_URL blank" in one.saw
    assert "variables" in one.mend


def test_replicas_that_differ_are_counted() -> None:
    fewer = " Container shop-web-2  Stopping\n Container shop-web-2  Removed\n"
    two = [container(), container(number=2)]
    (one,) = read(records(fewer, two, {"web": {"image": "web"}}))
    assert (one.saw, one.mend) == ("runs 2 times, and the settings make 1", "scale = { web = 2 }")
    (more,) = read(records(" Container shop-web-3  Creating\n", two, {"web": {"image": "web"}}))
    assert more.saw == "runs 2 times, and the settings make 3"
    (none,) = read(records(" Container shop-web-1  Created\n", [], {"web": {"image": "web"}}))
    assert none.saw == "has no container, and the settings name it"


def test_a_service_of_a_profile_that_is_not_enabled_is_named() -> None:
    hidden = {"web": {"image": "web"}, "job": {"image": "job", "profiles": ["jobs"]}}
    found = records(QUIET, [container(), container("job")], {"web": {"image": "web"}}, hidden)
    (one,) = read(found)
    assert (one.service, one.mend) == ("job", 'profiles = ["jobs"]')


def test_what_an_older_release_left_behind_is_no_difference() -> None:
    hidden = {"web": {"image": "web"}}
    assert read(records(QUIET, [container(), container("old")], {"web": {"image": "web"}}, hidden)) == ()


def test_a_dry_run_that_failed_is_not_known() -> None:
    found = records(QUIET, [container()], {"web": {"image": "web"}})
    broken = Records({**found.frames, "would": frame("", err="unknown flag: --dry-run", status=1)}, "")
    with pytest.raises(Unreadable, match="unknown flag"):
        read(broken)
    with pytest.raises(Unreadable, match="unknown flag"):
        plain_differences(ComposeRuntime(project="shop"), broken)


def test_after_a_rollback_each_service_that_compose_would_change_is_named() -> None:
    found = records(ANEW + " Network shop_default  Creating\n", [], {})
    assert [(one.service, one.saw) for one in plain_differences(ComposeRuntime(project="shop"), found)] == [
        ("web", "container shop-web-1: compose would recreate it"),
        ("", "network shop_default: compose would make it"),
    ]
