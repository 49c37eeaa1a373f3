"""Build a production on the real host as a team would run it, and play one incident on it through the public faces.

A case has a repository (`origin`), a checkout on the host (`app`), a settings file, and what its test adds. It is
played with the `flightrules` command and with a real MCP client over stdio; `gated` puts the same host behind its gate.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import pytest
from mcp import Client, StdioServerParameters
from mcp.client import ClientRequestContext
from mcp_types import CallToolResult, ElicitRequestParams, ElicitResult
from pydantic import JsonValue

from flightrules.state.target import Target
from sandbox.process import run, wait_until
from sandbox.ssh import Ssh, free_port
from sandbox.sshd import put_behind_gate
from sandbox.toml import dump
from tests.realhost.gates import own_sshd

GATES = pytest.mark.parametrize("gated", [False, True], ids=["plain", "gated"])
"""Each case once with the gate and once without."""

BASE = "flightrules-sandbox-base:1"
"""The image that every compose case builds on: busybox and nothing else."""

_COMMIT = {
    f"GIT_{role}_{key}": value
    for role in ("AUTHOR", "COMMITTER")
    for key, value in {"NAME": "lab", "EMAIL": "lab@example.invalid"}.items()
}

_CTL = """#!/bin/sh
# A small supervisor: copies www out of the checkout and serves it.
cd /; run={run}; mkdir -p $run
case $1 in
status) kill -0 $(cat $run/pid 2>/dev/null) 2>/dev/null ;;
logs) tail -n 100 $run/log 2>/dev/null; exit 0 ;;
release) cat $run/release ;;
stop) kill $(cat $run/pid) ;;
restart)
  kill $(cat $run/pid 2>/dev/null) 2>/dev/null; sleep 0.3
  git -c safe.directory='*' -C {code} rev-parse HEAD >$run/release; rm -rf $run/www; cp -r {code}/www $run/www
  echo "$(date -u +%Y-%m-%dT%H:%M:%SZ) started" >>$run/log
  setsid busybox httpd -f -p 127.0.0.1:{port} -h $run/www >>$run/log 2>&1 </dev/null & echo $! >$run/pid; sleep 0.2 ;;
esac
"""


@dataclass(kw_only=True)
class Case:
    """One production on the real host, and the settings that its team would write."""

    folder: Path
    ssh: Ssh
    port: int = field(default_factory=free_port)
    subfolder: str = ""
    """Path of `app_dir` inside the checkout; empty when it is the checkout itself."""
    target: dict[str, Any] = field(default_factory=dict)
    """Keys of the target that the case sets or replaces."""
    runtime: dict[str, Any] = field(default_factory=dict)
    """Keys of the runtime that the case sets or replaces."""
    policy: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for path in (self.origin, self.folder / "ops"):
            path.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", "-b", "main")

    @property
    def origin(self) -> Path:
        """The repository that the team pushes to."""
        return self.folder / "origin"

    @property
    def app(self) -> Path:
        """The checkout on the host."""
        return self.folder / "app"

    @property
    def code(self) -> Path:
        """The folder that the settings call `app_dir`."""
        return self.app / self.subfolder

    @property
    def config(self) -> Path:
        """The settings file."""
        return self.folder / "ops" / "flightrules.toml"

    @property
    def project(self) -> str:
        """The compose project's name, the same in no other case that runs."""
        return f"case{self.port}"

    # The team's repository and its deployments

    def git(self, *words: str, cwd: Path | None = None) -> str:
        """Run git in the team's repository, or in `cwd`, and return what it printed."""
        return run("git", "-C", cwd or self.origin, *words, env=_COMMIT).strip()

    def put(self, path: str, content: str | bytes, *, mode: int = 0o644) -> None:
        """Write a file of the team's repository."""
        place = self.origin / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content if isinstance(content, bytes) else content.encode())
        place.chmod(mode)

    def stock(self) -> Case:
        """Write the few files that most cases begin with: two that are served, and one that is not."""
        self.put("www/health", "ok")
        self.put("www/index.html", "hi")
        self.put("a.txt", "v1")
        return self

    def drop(self, *paths: str) -> None:
        """Delete tracked files of the team's repository."""
        self.git("rm", "-q", "-f", "-r", "--", *paths)

    def release(self, subject: str) -> str:
        """Commit all there is, and return the commit."""
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", subject)
        return self.git("rev-parse", "HEAD")

    def checkout(self, release: str) -> None:
        """Bring the host's checkout to a release, as the team's deployment does."""
        if not self.app.exists():
            run("git", "clone", "-q", "--no-checkout", f"file://{self.origin}", self.app)
            (self.app / ".git" / "logs" / "HEAD").write_text("")
        self.git("fetch", "-q", "origin", cwd=self.app)
        self.git("checkout", "-q", "-f", "--detach", release, cwd=self.app)

    def compose(self, *words: str, env: Mapping[str, str] | None = None) -> str:
        """Run `docker compose` in the checkout, with the project's name and the words of the case's team."""
        return run("docker", "compose", "-p", self.project, *words, cwd=self.code, env=env)

    def ctl(self, *words: str) -> None:
        """Run the supervisor of a case without containers."""
        # A daemon that keeps the pipe open would never let a reading caller go on.
        subprocess.run([self.folder / "ctl", *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)

    # What a host shows

    def get(self, path: str = "/health") -> tuple[int, str]:
        """Status and body that the service answers now; 0 when nothing answers."""
        try:
            with urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
                return answer.status, answer.read().decode(errors="replace")
        except HTTPError as refused:
            return refused.code, refused.read().decode(errors="replace")
        except (URLError, OSError):
            return 0, ""

    def settle(self, status: int, path: str = "/health") -> None:
        """Wait until the service answers with this status."""
        assert wait_until(lambda: self.get(path)[0] == status, limit_s=20.0), self.get(path)

    # Settings

    def write_commands_settings(self) -> None:
        """Write the settings of a service that the case's own small supervisor runs."""
        ctl = self.folder / "ctl"
        ctl.write_text(_CTL.format(run=self.folder / "run", code=self.code, port=self.port))
        ctl.chmod(0o755)
        words = {verb: [str(ctl), verb] for verb in ("status", "logs", "restart", "release")}
        self._write({"kind": "commands", "service": "web"} | words)

    def write_compose_settings(self) -> None:
        """Write the settings of a service that Docker Compose runs."""
        self._write({"kind": "compose", "project": self.project})

    def _write(self, runtime: dict[str, Any]) -> None:
        ssh = self.ssh
        host = {
            "name": "h1", "address": ssh.address, "port": ssh.port, "user": ssh.user, "key": str(ssh.key),
            "host_key": ssh.host_key,
        }  # fmt: skip
        known = {name: value for name, value in (runtime | self.runtime).items() if value is not None}
        target = {
            "name": "svc",
            "app_dir": str(self.code),
            "health_url": f"http://127.0.0.1:{self.port}/health",
            "docs_dir": str(self.folder / "ops" / "docs"),
        }
        table = target | self.target | {"runtime": known, "hosts": [host]}
        policy = {"verification": {"health_timeout_seconds": 25, "settle_seconds": 2}} | self.policy
        store = {"path": str(self.folder / "ops" / "flightrules.db")}
        self.config.write_text(dump({"targets": [table], "policy": policy, "store": store}))

    @contextmanager
    def gated(self) -> Iterator[None]:
        """Reach the same host through an SSH server of its own, whose key stands behind the gate of these settings."""
        with own_sshd(self.folder / "ssh") as sshd:
            plain, text = self.ssh, self.config.read_text()
            table = tomllib.loads(text)
            put_behind_gate(sshd.ssh, Target.model_validate(table["targets"][0]))
            facts = {"port": sshd.ssh.port, "key": str(sshd.ssh.key), "host_key": sshd.ssh.host_key}
            table["targets"][0]["hosts"][0] |= facts
            self.config.write_text(dump(table))
            self.ssh = sshd.ssh
            try:
                yield
            finally:
                self.ssh = plain
                self.config.write_text(text)

    # Playing

    def flightrules(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run one command of `flightrules` with these settings."""
        argv = [sys.executable, "-m", "flightrules.cli", "--config", str(self.config), *words]
        return subprocess.run(argv, cwd=self.folder, capture_output=True, text=True, check=False)

    def observe(self) -> str:
        """Record what runs as healthy, and return what was printed; tried for a minute while services start."""
        tried: list[subprocess.CompletedProcess[str]] = []

        def healthy() -> bool:
            tried.append(self.flightrules("observe"))
            return tried[-1].returncode == 0

        seen = wait_until(healthy, limit_s=60.0, every_s=1.0)
        said = tried[-1].stdout + tried[-1].stderr
        assert seen, f"observe: {said}"
        return said

    def clean(self) -> None:
        """Stop and remove what the case started."""
        argv = ["docker", "ps", "-aq", "--filter", f"label=com.docker.compose.project={self.project}"]
        kept = ["docker", "ps", "-aq", "--filter", f"label=flightrules.keep={self.project}"]
        for listing in (argv, kept):
            ids = run(*listing).split()
            if ids:
                run("docker", "rm", "-f", "-v", *ids)
        images = run("docker", "image", "ls", "--format", "{{.Repository}}:{{.Tag}}").split()
        own = [name for name in images if name.startswith((f"{self.project}-", f"flightrules/{self.project}/"))]
        if own:
            run("docker", "image", "rm", "-f", *own)
        pid = self.folder / "run" / "pid"
        if pid.exists():
            subprocess.run(["kill", pid.read_text().strip()], check=False, capture_output=True)


@dataclass(kw_only=True)
class Played:
    """All that an agent and a person were told in one incident, in order."""

    incident: str = ""
    assessed: dict[str, Any] = field(default_factory=dict)
    classified: dict[str, Any] = field(default_factory=dict)
    decided: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    """The questions that the person read."""
    rolled: dict[str, Any] = field(default_factory=dict)
    """The last answer of `rollback`."""
    answers: list[dict[str, Any]] = field(default_factory=list)
    """Every answer of `rollback`."""
    verified: dict[str, Any] = field(default_factory=dict)

    @property
    def state(self) -> str:
        """The rollback's outcome (`succeeded`, `failed`, `indeterminate` ...); empty if none was started."""
        return str((self.rolled.get("result") or {}).get("state", ""))

    @property
    def verdict(self) -> str:
        """The verdict of `verify`; empty if it was not reached."""
        return str((self.verified.get("result") or {}).get("verdict", ""))

    @property
    def question(self) -> str:
        """All that the person read before saying yes."""
        return "\n".join(self.asked)


async def play(case: Case, *, impact: str | None = "major_feature_broken", approve: bool = True) -> Played:
    """Play one incident over stdio: open, assess, classify, decide, rollback until it ended, verify.

    A person answers each question: yes, with every point acknowledged, or no. A refused call does not end the play:
    its answer tells why.
    """
    played = Played()

    async def person(context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
        del context
        played.asked.append(params.message)
        if not approve:
            return ElicitResult(action="accept", content={"approve": False})
        return ElicitResult(action="accept", content={"approve": True, "acknowledge": True})

    command = ["-m", "flightrules.cli", "--config", str(case.config), "serve"]
    parameters = StdioServerParameters(
        command=sys.executable, args=command, cwd=str(case.folder), env={**os.environ, "PYTHONWARNINGS": "ignore"}
    )
    async with Client(parameters, elicitation_callback=person) as client:

        async def call(tool: str, **arguments: JsonValue) -> dict[str, Any]:
            result = await client.call_tool(tool, arguments)
            assert isinstance(result, CallToolResult)
            assert result.structured_content is not None, result.content
            return dict(result.structured_content)

        opened = await call("open_incident", target="svc", title="the service misbehaves")
        played.incident = opened["incident"]
        played.assessed = await call("assess", incident=played.incident)
        stated: dict[str, JsonValue] = {} if impact is None else {"impacts": [impact]}
        played.classified = await call("classify", incident=played.incident, **stated)
        played.decided = await call("decide", incident=played.incident)
        for _ in range(20):
            played.rolled = await call("rollback", incident=played.incident)
            played.answers.append(played.rolled)
            if played.rolled.get("phase") != "rolling_back":
                break
        if played.rolled.get("phase") == "verifying":
            played.verified = await call("verify", incident=played.incident)
    return played


def played(case: Case, *, impact: str | None = "major_feature_broken", approve: bool = True) -> Played:
    """Play one incident to its end, for a test that does not run in an event loop."""
    return asyncio.run(play(case, impact=impact, approve=approve))
