"""Checks what the file says, whole: the shape of every table, each target's own policy, and what no one table can know.

Knows: the settings' models. Must not know: where the file lies.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from datetime import date, time
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError

from flightrules.config.complaints import complaints, shown
from flightrules.config.schema import join
from flightrules.config.settings import SettingsFile
from flightrules.state.policy import Policy

Table = dict[str, Any]
M = TypeVar("M", bound=BaseModel)


class CheckedFile(NamedTuple):
    """Content of the file, and what is wrong with it: `file` and `policy` hold only when nothing is."""

    file: SettingsFile | None
    policy: Policy | None
    own_policies: tuple[Policy, ...]
    """One a target, in their order."""
    wrong: tuple[str, ...]


def check(raw: Table, shape: type[SettingsFile]) -> CheckedFile:
    """Check everything against that shape; nothing stops at the first mistake."""
    if unusual := tuple(_unusual(raw, "")):
        # It has no form in JSON, in which everything else is checked.
        return CheckedFile(None, None, (), unusual)
    wrong: list[str] = []
    file = _model(shape, {**raw, "policy": {}}, "", wrong)
    policy, own_policies = _policies(raw, wrong)
    return CheckedFile(file, policy, own_policies, (*wrong, *_repeated(raw), *_unknown_targets(raw), *_secrets(raw)))


def _unusual(value: object, path: str) -> Iterator[str]:
    """Yield a complaint for each value that TOML has and JSON does not have."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _unusual(item, join(path, key))
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from _unusual(item, f"{path}[{place}]")
    elif isinstance(value, date | time):
        yield f"{path}: found the date or time {value}. No key has such a value; put text in quotes."
    elif isinstance(value, float) and not math.isfinite(value):
        yield f"{path}: found {value}. Allowed: finite numbers."


def _model(model: type[M], raw: object, prefix: str, wrong: list[str]) -> M | None:
    """The checked value, or None with what is wrong added."""
    try:
        # Strict JSON makes lists tuples and words enums, and turns nothing else into something else.
        return model.model_validate_json(json.dumps(raw), strict=True)
    except ValidationError as error:
        wrong += complaints(error, model.model_json_schema(), prefix)
        return None


def _policies(raw: Table, wrong: list[str]) -> tuple[Policy | None, tuple[Policy, ...]]:
    """The common policy and each target's; no target is blamed for a mistake in the common one."""
    usual = Policy().model_dump(mode="json")
    common = _merged(usual, raw.get("policy", {}))
    policy = _model(Policy, common, "policy", wrong)
    own = [
        _model(Policy, _merged(common if policy else usual, table.get("policy", {})), f"{where}.policy", wrong)
        for where, table in _tables(raw, "targets")
        if isinstance(table.get("policy", {}), Mapping)
    ]
    return policy, tuple(item for item in own if item is not None)


def _merged(base: object, over: object) -> object:
    """One table over another, key by key; anything that is not a table takes the place of what was there."""
    if not (isinstance(base, Mapping) and isinstance(over, Mapping)):
        return over
    return {**base, **{key: _merged(base.get(key), value) for key, value in over.items()}}


def _tables(table: Table, key: str, prefix: str = "") -> Iterator[tuple[str, Table]]:
    """The paths and tables of an array of tables, as far as they are such."""
    items = table.get(key)
    for place, item in enumerate(items if isinstance(items, list) else []):
        if isinstance(item, dict):
            yield f"{prefix}{key}[{place}]", item


def _repeated(raw: Table) -> Iterator[str]:
    """Names that stand twice where one name must mean one thing."""
    yield from _repeated_names(_tables(raw, "targets"))
    yield from _repeated_names(_tables(raw, "alerts"))
    server = raw.get("server")
    yield from _repeated_names(_tables(server if isinstance(server, dict) else {}, "tokens", "server."))
    for where, target in _tables(raw, "targets"):
        for key in ("hosts", "checks"):
            yield from _repeated_names(_tables(target, key, f"{where}."))
        sources = _tables(target, "metrics", f"{where}.")
        yield from _repeated_names(
            query for place, source in sources for query in _tables(source, "queries", f"{place}.")
        )


def _repeated_names(tables: Iterator[tuple[str, Table]]) -> Iterator[str]:
    seen: dict[str, str] = {}
    for where, table in tables:
        name = table.get("name")
        if isinstance(name, str) and seen.setdefault(name, where) != where:
            yield f"{where}.name: {shown(name)} is already the name of {seen[name]}. Allowed: a name of its own."


def _unknown_targets(raw: Table) -> Iterator[str]:
    """Rules of alerts whose target is not one of the file's."""
    names = [table["name"] for _, table in _tables(raw, "targets") if isinstance(table.get("name"), str)]
    for where, source in _tables(raw, "alerts"):
        for place, rule in _tables(source, "rules", f"{where}."):
            if isinstance(target := rule.get("target"), str) and target not in names:
                allowed = " or ".join(shown(name) for name in names)
                yield f"{place}.target: found {shown(target)}, which is not the name of a target. Allowed: {allowed}."


def _secrets(raw: Table) -> Iterator[str]:
    """Secrets that do not belong in the file: what is in it may be shown, recorded and reported."""
    for where, target in _tables(raw, "targets"):
        addresses = [(where, target), *_tables(target, "hosts", f"{where}.")]
        for place, table in addresses:
            if "@" in str(table.get("health_url")).partition("//")[2].partition("/")[0]:
                yield f"{place}.health_url: found credentials. Allowed: an address that answers without them."
        for place, host in addresses[1:]:
            if "PRIVATE KEY" in str(host.get("key")):
                yield f"{place}.key: found a private key. Allowed: the path of the file that holds it."
