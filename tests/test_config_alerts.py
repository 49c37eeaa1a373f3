"""Sources of alerts in the settings: each with a proof that its kind can give, and targets that are there."""

from __future__ import annotations

from pathlib import Path

import pytest

from flightrules.config import load
from flightrules.errors import Refused
from flightrules.state.vocabulary import Severity

TARGET = """
[[targets]]
name = "shop"
app_dir = "/srv/shop"
health_url = "https://shop.example/health"
runtime = { kind = "compose", project = "shop" }

[[targets.hosts]]
name = "web-1"
address = "web-1.shop.example"
user = "deploy"
key = "key"
host_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "flightrules.toml"
    path.write_text(text + TARGET)
    return path


def test_a_source_is_read_with_its_rules_and_its_secret_beside_the_file(tmp_path: Path) -> None:
    text = """
[[alerts]]
name = "prometheus"
type = "alertmanager"
secrets = ["file:am-secret", "env:AM"]
severities = { page = "P2" }
[[alerts.rules]]
labels = { job = "shop" }
target = "shop"
"""
    (source,) = load(written(tmp_path, text)).alerts
    assert source.proof == "bearer"
    assert source.secrets == (f"file:{tmp_path}/am-secret", "env:AM")
    assert source.target_of({"job": "shop"}, ["shop"]) == "shop"
    assert source.severity_of({"severity": "page"}) is Severity.P2


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ('type = "alertmanager"\nauth = "signature"', "alertmanager signs nothing"),
        ('type = "uptime-kuma"\nauth = "basic"', "`user` belongs to auth basic"),
        ('type = "sentry"\nuser = "x"', "`user` belongs to auth basic"),
        ('type = "grafana"\n[alerts.mapping]\ntitle = "t"', "grafana has a form of its own"),
        ('type = "sentry"\ntimestamp_header = "X-Time"', "`timestamp_header` belongs to grafana"),
        ('type = "json"\n[[alerts.rules]]\ntarget = "elsewhere"', "not the name of a target"),
        ('type = "nagios"', "alertmanager"),
    ],
)
def test_a_source_that_cannot_be_is_refused_with_what_is_allowed(tmp_path: Path, fields: str, complaint: str) -> None:
    text = f'[[alerts]]\nname = "one"\nsecrets = ["env:SECRET"]\n{fields}\n'
    with pytest.raises(Refused, match=complaint):
        load(written(tmp_path, text))


def test_a_secret_in_the_file_itself_is_refused_and_not_repeated(tmp_path: Path) -> None:
    text = '[[alerts]]\nname = "one"\ntype = "json"\nsecrets = ["hunter2hunter2hunter2"]\n'
    with pytest.raises(Refused) as refused:
        load(written(tmp_path, text))
    assert "hunter2" not in str(refused.value)


def test_two_sources_of_one_name_are_refused(tmp_path: Path) -> None:
    one = '[[alerts]]\nname = "one"\ntype = "json"\nsecrets = ["env:SECRET"]\n'
    with pytest.raises(Refused, match="already the name"):
        load(written(tmp_path, one + one))
