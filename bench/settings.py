"""The settings file of a server under measurement: one compose target that nothing connects to."""

from __future__ import annotations

from pathlib import Path

SETTINGS = """\
[[targets]]
name = "shop"
app_dir = "/srv/shop"
health_url = "http://127.0.0.1:9/api/v1/health"

[targets.runtime]
kind = "compose"
project = "shop"

[[targets.hosts]]
name = "shop-1"
address = "127.0.0.1"
port = 9
user = "deploy"
key = "{folder}/key"
host_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0"
"""


def write_settings(folder: Path) -> Path:
    """Write `flightrules.toml` into a folder; the log will lie there too."""
    path = folder.resolve() / "flightrules.toml"
    path.write_text(SETTINGS.format(folder=folder.resolve()))
    return path
