"""Finds the settings file, reads it, and gives the settings or every mistake in one go.

Knows: where the file is looked for, and what its paths are relative to. Must not know: the environment (cli reads it).
"""

from __future__ import annotations

import os
import stat
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from flightrules.config.alerts import AgentSettings, AlertSource, PagerDutySettings
from flightrules.config.checking import check
from flightrules.config.notices import NotifySettings, PlannerSettings
from flightrules.config.settings import (
    OutboxSettings,
    PolicyFile,
    ServerSettings,
    Settings,
    SettingsFile,
    StoreSettings,
    TargetTable,
    WitnessSettings,
)
from flightrules.config.ssh_config import filled
from flightrules.errors import Refused, Unavailable
from flightrules.paths import expanded
from flightrules.state.policy import Policy
from flightrules.state.target import Target

FILE_NAME = "flightrules.toml"
OF_THE_MACHINE = Path("/etc") / FILE_NAME


def find(
    start: Path, explicit: str | None = None, environment: str | None = None, *, machine: Path = OF_THE_MACHINE
) -> Path:
    """The file named, else the one the environment names, else the nearest from `start` up to its repository's root.

    The machine's own comes last: who answers in an incident types from wherever they are. Raises `Refused` when none is
    named and none is there, or when the one that is there belongs to another account: it would decide what runs.
    """
    if named := explicit or environment:
        path = start / expanded(named)
        return path / FILE_NAME if path.is_dir() else path
    folders = _up_to_repository(start.absolute())
    for folder in folders:
        if (folder / FILE_NAME).is_file():
            return _own(folder / FILE_NAME)
    if machine.is_file():
        return machine  # root put it there
    raise Refused(
        "config",
        f"There is no {FILE_NAME} in {' or '.join(map(str, (*folders, machine.parent)))}.",
        "Name the server's with --config or FLIGHTRULES_CONFIG, or run `flightrules init` to write one.",
    )


def _own(path: Path) -> Path:
    """A file that nobody named. Raises `Refused` where it belongs to neither this account nor root."""
    owner = path.stat().st_uid
    if owner in {0, os.geteuid()}:
        return path
    raise Refused(
        "config_of_another",
        f"{path} belongs to another account (uid {owner}), and nobody named it.",
        f"If you trust its owner, name it: --config {path}",
    )


def load(path: Path) -> Settings:
    """Read and check the settings.

    Raises `Refused` with every mistake in the file, `Unavailable` when it cannot be read.
    """
    return _loaded(path.absolute(), SettingsFile)


def load_policy(path: Path) -> Settings:
    """The same of a file that may hold a policy alone: what it does not say of it is the protocol's default."""
    return _loaded(path.absolute(), PolicyFile)


def _loaded(path: Path, shape: type[SettingsFile]) -> Settings:
    tables = _read(path)
    try:
        filled(tables, path.parent)
    except Refused as no:
        raise _refused(path, [f"{no.reason} {no.remedy}"]) from no
    file, policy, own_policies, wrong = check(tables, shape)
    if wrong or file is None or policy is None:
        raise _refused(path, wrong)
    try:
        return _settings(path, file, policy, own_policies)
    except Refused as no:
        raise _refused(path, [f"{no.reason} {no.remedy}"]) from no


def _settings(path: Path, file: SettingsFile, policy: Policy, own_policies: Sequence[Policy]) -> Settings:
    """The settings of a file in which nothing is wrong but, it may be, a path. Raises `Refused` for that."""
    targets = tuple(_target(table, path.parent) for table in file.targets)
    return Settings(
        file=path,
        store=_store(file.store, path.parent),
        outbox=OutboxSettings(path=_absolute(file.outbox.path, path.parent)),
        witness=_witness(file.witness, path.parent),
        server=_server(file.server, path.parent),
        redaction=file.redaction,
        alerts=tuple(_source(one, path.parent) for one in file.alerts),
        pagerduty=_pagerduty(file.pagerduty, path.parent),
        agent=_agent(file.agent, path.parent),
        notify=_notify(file.notify, path.parent),
        planner=_planner(file.planner, path.parent),
        status_page=file.status_page.model_copy(update=_page(file.status_page.path, path.parent)),
        targets=targets,
        policy=_placed(policy, path.parent),
        policies=tuple(
            (target.name, _placed(own, path.parent)) for target, own in zip(targets, own_policies, strict=True)
        ),
    )


def _up_to_repository(start: Path) -> list[Path]:
    """The folder and those above it up to the one that holds a repository; the folder alone outside of one."""
    folders = [start, *start.parents]
    roots = [place for place, folder in enumerate(folders) if (folder / ".git").exists()]
    return folders[: roots[0] + 1] if roots else [start]


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            mode, data = os.fstat(file.fileno()).st_mode, file.read()
        if mode & stat.S_IWOTH:
            raise Refused("config_open", f"Anybody may write {path}, and it decides what runs.", f"chmod o-w {path}")
        return tomllib.loads(data.decode("utf-8-sig"))
    except OSError as error:
        raise Unavailable(
            f"settings file {path}",
            f"{error.strerror or error}.",
            "Run `flightrules init` to write one, or make it readable for the server's user.",
        ) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise _refused(path, [f"not TOML: {error}."]) from error


def _refused(path: Path, wrong: Sequence[str]) -> Refused:
    lines = "".join(f"\n- {line}" for line in wrong)
    return Refused("config", f"{path} cannot be used:{lines}", "Correct it; docs/configuration.md explains every key.")


def _target(table: TargetTable, folder: Path) -> Target:
    fields = {name: getattr(table, name) for name in Target.model_fields}
    hosts = tuple(host.model_copy(update={"key": _absolute(host.key, folder)}) for host in table.hosts)
    return Target(**{**fields, "hosts": hosts, "docs_dir": _absolute(table.docs_dir, folder)})


def _server(server: ServerSettings, folder: Path) -> ServerSettings:
    """The server's settings with absolute paths."""
    changes: dict[str, object] = {"request_state_keys": tuple(_absolute(p, folder) for p in server.request_state_keys)}
    if server.console:
        changes["console"] = server.console.model_copy(update={"path": _absolute(server.console.path, folder)})
    return server.model_copy(update=changes)


def _store(store: StoreSettings, folder: Path) -> StoreSettings:
    """The store's settings with absolute paths."""
    password = _reference(store.password, folder) if store.password else None
    return store.model_copy(update={"path": _absolute(store.path, folder), "password": password})


def _witness(witness: WitnessSettings, folder: Path) -> WitnessSettings:
    """A witness whose file has an absolute path, where there is one."""
    return witness.model_copy(update={"file": _absolute(witness.file, folder)}) if witness.file else witness


def _placed(policy: Policy, folder: Path) -> Policy:
    """A policy whose file of signers has an absolute path, where it names one."""
    if not policy.approval.allowed_signers:
        return policy
    signers = _absolute(policy.approval.allowed_signers, folder)
    return policy.model_copy(update={"approval": policy.approval.model_copy(update={"allowed_signers": signers})})


def _notify(notify: NotifySettings, folder: Path) -> NotifySettings:
    lists = {name: tuple(_secret(one, folder) for one in getattr(notify, name)) for name in NotifySettings.model_fields}
    return NotifySettings(**lists)


def _secret(address: SecretStr, folder: Path) -> SecretStr:
    return SecretStr(_reference(address.get_secret_value(), folder))


def _planner(planner: PlannerSettings, folder: Path) -> PlannerSettings:
    """The planner's settings with references that have absolute paths."""
    changes: dict[str, object] = {}
    if planner.webhook:
        changes["webhook"] = planner.webhook.model_copy(update={"secret": _reference(planner.webhook.secret, folder)})
    if planner.github:
        changes["github"] = planner.github.model_copy(update={"token": _reference(planner.github.token, folder)})
    return planner.model_copy(update=changes)


def _source(source: AlertSource, folder: Path) -> AlertSource:
    """A source of alerts whose secrets have absolute paths."""
    return source.model_copy(update={"secrets": tuple(_reference(one, folder) for one in source.secrets)})


def _pagerduty(pager: PagerDutySettings | None, folder: Path) -> PagerDutySettings | None:
    return pager and pager.model_copy(update={"routing_key": _reference(pager.routing_key, folder)})


def _agent(agent: AgentSettings, folder: Path) -> AgentSettings:
    if agent.webhook is None:
        return agent
    secret = _reference(agent.webhook.secret, folder)
    return agent.model_copy(update={"webhook": agent.webhook.model_copy(update={"secret": secret})})


def _reference(text: str, folder: Path) -> str:
    """A reference to a file with its absolute path; anything else as it is, Apprise's own `file://` too."""
    if not text.startswith("file:") or text.startswith("file://"):
        return text
    return f"file:{_absolute(text.removeprefix('file:'), folder)}"


def _page(path: str, folder: Path) -> dict[str, str]:
    return {"path": _absolute(path, folder)} if path else {}


def _absolute(path: str, folder: Path) -> str:
    """A path of the file as the program needs it: a relative one begins at the file's own folder."""
    return str(folder / expanded(path))
