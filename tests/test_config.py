from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from flightrules.config import find, load
from flightrules.errors import Refused, Unavailable
from flightrules.state.policy import Policy
from flightrules.state.target import CommandsRuntime, ComposeRuntime, JsonCondition, SideBySide

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

SHOP = f"""
[[targets]]
name = "shop"
app_dir = "/srv/shop"
health_url = "https://shop.example/health"
runtime = {{ kind = "compose", project = "shop" }}
hosts = [{{ name = "web", address = "192.0.2.1", user = "deploy", key = "~/.ssh/id", host_key = "{KEY}" }}]
"""

WORKER = f"""
[[targets]]
name = "worker"
app_dir = "/srv/worker"
health_url = "http://192.0.2.2:8080/health"
hosts = [{{ name = "web", address = "192.0.2.2", port = 2222, user = "deploy", key = "keys/id", host_key = "{KEY}" }}]
docs_dir = "reports"
[targets.runtime]
kind = "commands"
status = ["true"]
logs = ["cat", "log"]
restart = ["true"]
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "flightrules.toml"


def complaints(path: Path, text: str) -> list[str]:
    """Return the complaints for which a file with that text is refused, one on each line."""
    path.write_text(text)
    with pytest.raises(Refused) as caught:
        load(path)
    assert caught.value.code == "config"
    head, *lines = caught.value.reason.splitlines()
    assert head == f"{path} cannot be used:"
    return [line.removeprefix("- ") for line in lines]


def changed(**values: object) -> str:
    """The shop's file with keys of the target set; None leaves one out."""
    keys: dict[str, Any] = {
        "name": "shop",
        "app_dir": "/srv/shop",
        "health_url": "https://shop.example/health",
        "runtime": {"kind": "compose", "project": "shop"},
        "hosts": [{"name": "web", "address": "192.0.2.1", "user": "deploy", "key": "~/.ssh/id", "host_key": KEY}],
        **values,
    }
    return "[[targets]]\n" + "".join(f"{key} = {toml(value)}\n" for key, value in keys.items() if value is not None)


def toml(value: object) -> str:
    """A value as TOML writes it in one line."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {toml(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(toml(item) for item in value) + "]"
    return json.dumps(value)


def test_the_smallest_file_has_the_defaults_of_the_protocol(path: Path) -> None:
    path.write_text(SHOP)
    settings = load(path)
    assert settings.file == path
    assert settings.policy == Policy()
    assert settings.policy_of("shop") == Policy()
    assert settings.store.path == str(path.parent / ".flightrules/incidents.db")
    assert settings.outbox.path == str(path.parent / ".flightrules/outbox")
    (target,) = settings.targets
    assert target.runtime == ComposeRuntime(project="shop")
    assert target.hosts[0].port == 22
    assert settings.target("shop") is target


def test_paths_begin_at_the_folder_of_the_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/somebody")
    path.write_text('[store]\npath = "/var/lib/log.db"\n[outbox]\npath = "out"\n' + SHOP + WORKER)
    settings = load(path)
    assert settings.store.path == "/var/lib/log.db"
    assert settings.outbox.path == str(path.parent / "out")
    shop, worker = settings.targets
    assert shop.hosts[0].key == "/home/somebody/.ssh/id"
    assert worker.hosts[0].key == str(path.parent / "keys/id")
    assert worker.docs_dir == str(path.parent / "reports")


def test_both_runtimes_and_all_kinds_of_check_are_read(path: Path) -> None:
    check = {"name": "pay", "path": "/pay", "json": {"pointer": "/a/0", "equals": [1, {"b": True}]}, "latency_ms": 5}
    path.write_text(changed(checks=[check]) + WORKER)
    shop, worker = load(path).targets
    assert shop.checks[0].json_condition == JsonCondition(pointer="/a/0", equals=[1, {"b": True}])
    assert isinstance(worker.runtime, CommandsRuntime)
    assert worker.runtime.logs == ("cat", "log")


def test_one_number_of_a_table_may_be_set_alone(path: Path) -> None:
    path.write_text(SHOP + "[policy.budgets.response]\nP1 = 3\n[policy.approval.channels]\nP1 = ['cli']\n")
    policy = load(path).policy
    assert policy.budgets.response.model_dump() == {"P1": 3, "P2": 15, "P3": 60, "P4": 240}
    assert policy.approval.channels.P1 == ("cli",)
    assert policy.approval.channels.P2 == ("elicitation", "cli", "signed")


def test_a_target_overrides_single_values_of_the_common_policy(path: Path) -> None:
    path.write_text(
        SHOP
        + "[targets.policy.budgets]\nfix_limit = 20\nresponse.P2 = 7\n"
        + WORKER
        + "[policy.budgets]\nfix_limit = 25\nrollback = 8\n"
    )
    settings = load(path)
    shop, worker = settings.policy_of("shop").budgets, settings.policy_of("worker").budgets
    assert (shop.fix_limit, shop.rollback, shop.response.P2, shop.response.P1) == (20, 8, 7, 5)
    assert (worker.fix_limit, worker.rollback, worker.response.P2) == (25, 8, 15)
    assert settings.policy.budgets.fix_limit == 25


def test_an_unknown_target_is_refused_with_the_known_ones(path: Path) -> None:
    path.write_text(SHOP + WORKER)
    settings = load(path)
    for ask in (settings.target, settings.policy_of):
        with pytest.raises(Refused, match=r"no target 'shpo'.*shop, worker"):
            ask("shpo")


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"name": "Shop"}, 'targets[0].name: found "Shop". Allowed: text like'),
        ({"name": 3}, "targets[0].name: found 3. Allowed: text like"),
        ({"branch": True}, "targets[0].branch: found true. Allowed: text like"),
        ({"app_dir": "srv"}, 'targets[0].app_dir: found "srv". Allowed: text like `^/'),
        ({"app_dir": None}, "targets[0].app_dir: missing. Allowed: text like `^/"),
        (
            {"migrations": "migrations"},
            'targets[0].migrations: found "migrations". Allowed: a list, any number, each text.',
        ),
        ({"migrations": ["a", 5]}, "targets[0].migrations[1]: found 5. Allowed: text."),
        ({"hosts": []}, "targets[0].hosts: found an empty list. Allowed: a list, one or more, each a table of name,"),
        ({"hosts": {"name": "x"}}, "targets[0].hosts: found a table. Allowed: a list, one or more, each a table of"),
        ({"hosts": ["web"]}, 'targets[0].hosts[0]: found "web". Allowed: a table of name, jump, address, port, user,'),
        ({"brnach": "x"}, 'targets[0].brnach: unknown key. Did you mean "branch"? Allowed: name, hosts, app_dir,'),
        ({"zzzz": "x"}, "targets[0].zzzz: unknown key. Allowed: name, hosts, app_dir,"),
        (
            {"runtime": {"project": "x"}},
            'targets[0].runtime.kind: missing. Allowed: "commands" or "compose" or "systemd".',
        ),
        (
            {"runtime": {"kind": "compos", "project": "x"}},
            'targets[0].runtime.kind: found "compos". Did you mean "compose"? Allowed: "commands" or "compose" or "sys',
        ),
        ({"runtime": {"kind": "compose"}}, "targets[0].runtime.project: missing. Allowed: text like"),
        (
            {"runtime": {"kind": "compose", "project": "x", "compose": 1}},
            (
                "targets[0].runtime.compose: unknown key. Allowed: kind, project, folder, files, env_files, profiles, "
                "scale, variables, release_variable, kept_releases."
            ),
        ),
        ({"runtime": "compose"}, 'targets[0].runtime: found "compose". Allowed: a table with `kind` = "commands" or'),
        (
            {"checks": [{"name": "a", "path": "/", "status": 99}]},
            "targets[0].checks[0].status: found 99. Allowed: a whole",
        ),
        (
            {"checks": [{"name": "a", "path": "/", "status": "200"}]},
            'targets[0].checks[0].status: found "200". Allowed:',
        ),
        (
            {"checks": [{"name": "a", "path": "/", "major": 1}]},
            "targets[0].checks[0].major: found 1. Allowed: true or false.",
        ),
        (
            {"checks": [{"name": "a", "path": "/", "method": "get"}]},
            'targets[0].checks[0].method: found "get". Did you mean "GET"? Allowed: "GET" or "HEAD"',
        ),
        (
            {"checks": [{"name": "a", "path": "/", "latency_ms": 0}]},
            "targets[0].checks[0].latency_ms: found 0. Allowed: a",
        ),
        ({"policy": 3}, "targets[0].policy: found 3. Allowed: a table."),
        (
            {"policy": {"budgets": {"fix_limit": "20"}}},
            'targets[0].policy.budgets.fix_limit: found "20". Allowed: a whole number from 0 to 43200.',
        ),
        (
            {"policy": {"budgets": {"response": {"P5": 1}}}},
            "targets[0].policy.budgets.response.P5: unknown key. Allowed: P1, P2, P3, P4.",
        ),
        (
            {"policy": {"report": {"missing": "x"}}},
            'targets[0].policy.report.missing: found "x". Allowed: "not_known" or',
        ),
    ],
)
def test_a_mistake_is_told_with_its_place_and_what_is_allowed(
    path: Path, values: dict[str, object], complaint: str
) -> None:
    (line,) = complaints(path, changed(**values))
    assert line.startswith(complaint)


def test_a_whole_line_of_ssh_keyscan_is_told_to_be_too_much(path: Path) -> None:
    host = {"name": "web", "address": "a", "user": "u", "key": "k", "host_key": f"a {KEY}"}
    (line,) = complaints(path, changed(hosts=[host]))
    assert line.endswith("(without the host's name that `ssh-keyscan` prints before it).")


def test_a_value_out_of_range_is_told_with_the_range(path: Path) -> None:
    host = {"name": "web", "address": "a", "user": "u", "key": "k", "host_key": KEY}
    for port in (0, 65536, 22.5, "22", -1, True):
        (line,) = complaints(path, changed(hosts=[{**host, "port": port}]))
        assert line == f"targets[0].hosts[0].port: found {toml(port)}. Allowed: a whole number from 1 to 65535."


def test_every_mistake_is_told_at_once(path: Path) -> None:
    text = changed(name="Shop", brnach="x", policy={"budgets": {"rollback": "x"}}) + "[store]\npath = 5\n[polcy]\n"
    lines = complaints(path, text + "[policy.decision]\nrecent_deployment_hours = 0\n" + WORKER + WORKER)
    assert [line.split(": ")[0] for line in lines] == [
        "store.path",
        "targets[0].name",
        "targets[0].brnach",
        "polcy",
        "policy.decision.recent_deployment_hours",
        "targets[0].policy.budgets.rollback",
        "targets[2].name",
    ]


def test_a_mistake_in_the_common_policy_is_told_once(path: Path) -> None:
    lines = complaints(path, SHOP + WORKER + "[policy.budgets]\nrollback = true\n")
    assert lines == ["policy.budgets.rollback: found true. Allowed: a whole number from 0 to 43200."]


def test_a_policy_that_is_no_table_is_told(path: Path) -> None:
    (line,) = complaints(path, "policy = 3\n" + SHOP)
    assert line.startswith("policy: found 3. Allowed: a table of budgets,")


def test_a_file_without_targets_is_refused(path: Path) -> None:
    for text in ("", "[store]\n"):
        (line,) = complaints(path, text)
        assert line.startswith("targets: missing.")
    (line,) = complaints(path, "targets = []")
    assert line.startswith("targets: found an empty list.")


def test_names_that_stand_twice_are_refused(path: Path) -> None:
    assert complaints(path, SHOP + WORKER + SHOP) == [
        'targets[2].name: "shop" is already the name of targets[0]. Allowed: a name of its own.'
    ]
    host = {"name": "web", "address": "a", "user": "u", "key": "k", "host_key": KEY}
    check = {"name": "pay", "path": "/"}
    assert complaints(path, changed(hosts=[host, {**host, "address": "b"}], checks=[check, check])) == [
        'targets[0].hosts[1].name: "web" is already the name of targets[0].hosts[0]. Allowed: a name of its own.',
        'targets[0].checks[1].name: "pay" is already the name of targets[0].checks[0]. Allowed: a name of its own.',
    ]


def test_two_targets_may_share_a_host_name(path: Path) -> None:
    path.write_text(SHOP + WORKER)
    assert [target.hosts[0].name for target in load(path).targets] == ["web", "web"]


@pytest.mark.parametrize("value", ["2026-01-01", "12:30:00", "2026-01-01T00:00:00Z", "nan", "inf", "-inf"])
def test_what_json_has_not_is_refused(path: Path, value: str) -> None:
    (line,) = complaints(
        path, SHOP + f"[[targets.checks]]\nname = 'a'\npath = '/'\njson.pointer = '/a'\njson.equals = {value}\n"
    )
    assert line.startswith("targets[0].checks[0].json.equals: found ")


def test_odd_keys_are_quoted_as_toml_asks_for(path: Path) -> None:
    lines = complaints(path, SHOP + '["a b"]\n')
    assert lines[0].startswith('"a b": unknown key.')


@pytest.mark.parametrize("text", ["[store", "a = 1\na = 2", "[[targets]]\nname = shop", "\x00", "a = " + "[" * 5000])
def test_what_is_not_toml_is_refused(path: Path, text: str) -> None:
    (line,) = complaints(path, text)
    assert line.startswith("not TOML: ")


def test_bytes_that_are_no_text_are_refused(path: Path) -> None:
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(Refused, match="not TOML"):
        load(path)


def test_a_byte_order_mark_does_no_harm(path: Path) -> None:
    path.write_bytes(b"\xef\xbb\xbf" + SHOP.encode())
    assert load(path).target("shop").name == "shop"


def test_a_file_that_cannot_be_read_is_unavailable(path: Path) -> None:
    with pytest.raises(Unavailable, match="No such file") as caught:
        load(path)
    assert str(path) in str(caught.value)
    path.mkdir()
    with pytest.raises(Unavailable, match="Is a directory"):
        load(path)


def test_a_key_in_place_of_its_path_is_refused_and_not_repeated(path: Path) -> None:
    key = "-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0\n-----END OPENSSH PRIVATE KEY-----\n"
    host = {"name": "web", "address": "a", "user": "u", "key": key, "host_key": key}
    lines = complaints(path, changed(hosts=[host]))
    assert [line.split(".")[2].split(":")[0] for line in lines] == ["host_key", "key"]
    assert "c2VjcmV0" not in "".join(lines)


def test_credentials_in_an_address_are_refused_and_not_repeated(path: Path) -> None:
    for url in ("https://u:hunter2@shop.example/health", "ftp://u:hunter2@shop.example/"):
        lines = complaints(path, changed(health_url=url))
        assert any("found credentials" in line for line in lines)
        assert "hunter2" not in "".join(lines)


def test_credentials_in_the_address_of_one_host_are_refused_too(path: Path) -> None:
    host = {"name": "web", "address": "a", "user": "u", "key": "k", "host_key": KEY}
    (line,) = complaints(path, changed(hosts=[host | {"health_url": "http://u:hunter2@web.example/health"}]))
    assert "hosts[0].health_url: found credentials" in line
    assert "hunter2" not in line


def test_releases_side_by_side_lie_beside_the_clone_unless_told_otherwise(path: Path) -> None:
    runtime = {"kind": "commands", "status": ["s"], "logs": ["l"], "restart": ["r"], "layout": "releases"}
    found = []
    for places in ({}, {"releases_dir": "/data/r"}, {"current_link": "/srv/live"}, {"layout": "checkout"}):
        path.write_text(changed(runtime=runtime | places))
        (target,) = load(path).targets
        found.append(target.side_by_side)
    assert found == [
        SideBySide(folder="/srv/releases", link="/srv/current"),
        SideBySide(folder="/data/r", link="/srv/current"),
        SideBySide(folder="/srv/releases", link="/srv/live"),
        None,
    ]


def test_a_long_value_is_not_repeated_whole(path: Path) -> None:
    (line,) = complaints(path, changed(branch="!" * 500))
    assert len(line) < 200


def test_settings_are_frozen_and_name_only_file_and_targets(path: Path) -> None:
    path.write_text(SHOP)
    settings = load(path)
    with pytest.raises(ValueError, match="frozen"):
        settings.policy = Policy()  # type: ignore[misc]
    assert repr(settings) == str(settings) == f"Settings('{path}', targets=['shop'])"


def test_the_file_is_found_up_to_the_root_of_the_repository(tmp_path: Path) -> None:
    folder = tmp_path / "repository" / "src" / "deep"
    folder.mkdir(parents=True)
    (tmp_path / "repository" / ".git").mkdir()
    (tmp_path / "flightrules.toml").touch()
    with pytest.raises(Refused, match="flightrules init"):
        find(folder)
    (tmp_path / "repository" / "flightrules.toml").touch()
    assert find(folder) == tmp_path / "repository" / "flightrules.toml"
    (folder / "flightrules.toml").touch()
    assert find(folder) == folder / "flightrules.toml"


def test_outside_of_a_repository_only_the_folder_itself_counts(tmp_path: Path) -> None:
    (tmp_path / "flightrules.toml").touch()
    (tmp_path / "below").mkdir()
    assert find(tmp_path) == tmp_path / "flightrules.toml"
    with pytest.raises(Refused):
        find(tmp_path / "below")


def test_where_there_is_no_other_the_file_of_the_machine_counts(tmp_path: Path) -> None:
    machine = tmp_path / "etc" / "flightrules.toml"
    with pytest.raises(Refused, match="the server's with --config") as no:
        find(tmp_path, machine=machine)
    assert str(machine.parent) in no.value.reason
    machine.parent.mkdir()
    machine.touch()
    assert find(tmp_path, machine=machine) == machine
    (tmp_path / "flightrules.toml").touch()
    assert find(tmp_path, machine=machine) == tmp_path / "flightrules.toml"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives a file to another account")
def test_a_file_of_another_account_counts_only_where_somebody_names_it(tmp_path: Path) -> None:
    path = tmp_path / "flightrules.toml"
    path.write_text(SHOP)
    os.chown(path, 4711, -1)
    with pytest.raises(Refused, match="uid 4711") as no:
        find(tmp_path)
    assert no.value.remedy.endswith(f"--config {path}")
    assert find(tmp_path, explicit=str(path)) == path
    other = tmp_path / "other"
    other.mkdir()
    assert find(other, machine=path) == path


def test_a_file_of_another_account_is_found_through_no_link(tmp_path: Path) -> None:
    (tmp_path / "theirs").write_text(SHOP)
    (tmp_path / "flightrules.toml").symlink_to(tmp_path / "theirs")
    assert find(tmp_path) == tmp_path / "flightrules.toml"
    if os.geteuid() == 0:
        os.chown(tmp_path / "theirs", 4711, -1)
        with pytest.raises(Refused, match="another account"):
            find(tmp_path)


def test_a_file_that_anybody_may_write_decides_nothing(path: Path) -> None:
    path.write_text(SHOP)
    path.chmod(0o666)
    with pytest.raises(Refused, match="Anybody may write") as no:
        load(path)
    assert no.value.code == "config_open"
    path.chmod(0o664)
    assert load(path).targets


def test_a_named_file_goes_before_the_environment_and_both_before_the_search(tmp_path: Path) -> None:
    (tmp_path / "flightrules.toml").touch()
    assert find(tmp_path, explicit="a.toml", environment="/b.toml") == tmp_path / "a.toml"
    assert find(tmp_path, environment="/b.toml") == Path("/b.toml")
    assert find(tmp_path, environment="") == tmp_path / "flightrules.toml"


def test_where_a_folder_is_named_the_file_in_it_is_meant(tmp_path: Path) -> None:
    assert find(tmp_path.parent, explicit=tmp_path.name) == tmp_path / "flightrules.toml"


@pytest.mark.requirement("UNT-own-patterns")
def test_own_patterns_are_read(path: Path) -> None:
    path.write_text("[redaction]\npatterns = ['acme-[A-Za-z0-9]{20,}', '(?:ACME|Acme)[ _]?Key \\S+']\n" + SHOP)
    assert len(load(path).redaction.patterns) == 2


@pytest.mark.requirement("UNT-own-patterns")
@pytest.mark.parametrize(
    ("pattern", "complaint"),
    [
        ("acme-(", "no regular expression (missing ), unterminated subpattern at position 5)."),
        ("x" * 201, "found"),
        ("a*", "it matches empty text. Allowed: a pattern that needs at least one character."),
        ("(a+)+$", "it can match in so many ways that one line could take forever."),
        ("(a|aa)+$", "it can match in so many ways that one line could take forever."),
        (r"\w*\w*\w*#", "it can match in so many ways that one line could take forever."),
        ("((a{1,60}){1,60}){1,60}b", "it can match in so many ways that one line could take forever."),
        ("(" * 150 + ")" * 50, "no regular expression"),
    ],
)
def test_a_pattern_that_cannot_be_used_is_told_with_its_place(path: Path, pattern: str, complaint: str) -> None:
    (line,) = complaints(path, f"[redaction]\npatterns = ['fine', '{pattern}']\n" + SHOP)
    assert line.startswith(f"redaction.patterns[1]: {complaint}")
