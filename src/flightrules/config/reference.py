"""Renders docs/configuration.md from the settings' models: their docstrings, types and defaults.

Knows: how a model's source is read. Must not know: any particular setting.
"""

from __future__ import annotations

import ast
import inspect
import json
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from textwrap import dedent
from typing import NamedTuple

from flightrules.config import alerts, notices, settings
from flightrules.config.schema import Schema, allowed, join, solid
from flightrules.config.settings import SettingsFile
from flightrules.state import policy, target
from flightrules.state.alerts import mapped, routing
from flightrules.state.metrics import queries
from flightrules.state.value import Value

_HEAD = """\
# Configuration

<!-- Generated from the models by flightrules.config.reference; a test compares. Change the models, not this page. -->

Everything is set in one file, `flightrules.toml`. `flightrules init` writes a commented one.
It is the file named with `--config`, else the one named by the environment variable `FLIGHTRULES_CONFIG`,
else the one in the current folder or, within a git repository, the nearest above it up to the repository's root,
else `/etc/flightrules.toml`. Clients start servers in folders of their own choosing: name the file there.
A file that nobody named must belong to the account that reads it, or to root; none that anybody may write is read.

A key that is not listed here, or a value of another type, is refused at start with its place and what is allowed.
Relative paths begin at the folder of the file; `~` is the home folder of the server's user.
No secret belongs in the file: keys are named by their path.
"""


class Key(NamedTuple):
    """One key of a table."""

    name: str
    about: str
    allowed: str
    default: str
    """In TOML; empty where there is none."""
    required: bool


class Section(NamedTuple):
    """One table of the file."""

    header: str
    """As TOML writes it: `[store]`, `[[targets]]`."""
    kind: str
    """The value of `kind` where several tables may stand in one place; else empty."""
    about: str
    keys: tuple[Key, ...]


def render() -> str:
    """The reference page."""
    return "\n".join([_HEAD, *(_render(section) for section in sections())])


def sections() -> Iterator[Section]:
    """Every table of the file, in the order of the models."""
    root = SettingsFile.model_json_schema()
    return _below(root, root, "")


def _below(root: Schema, table: Schema, path: str) -> Iterator[Section]:
    """The tables in a table, each followed by those in it."""
    documents = _documents(table["title"])
    for name, child in table["properties"].items():
        node, here = solid(root, child), join(path, name)
        header = f"[{here}]"
        if node.get("type") == "array":
            node, header = solid(root, node["items"]), f"[[{here}]]"
        required = " Required." if name in table.get("required", ()) else ""
        for kind, inner in _tables(root, node):
            about = str(inner["description"] if kind else documents.get(name, inner["description"]))
            yield Section(header, kind, about + required, _keys(root, inner))
            yield from _below(root, inner, here)


def _tables(root: Schema, node: Schema) -> Iterator[tuple[str, Schema]]:
    """The tables that may stand at a place, with their kinds; a table without a word on its keys is no section."""
    for option in node.get("oneOf", [node]):
        table = solid(root, option)
        inner = table.get("properties", {})
        if inner and (
            _documents(table["title"]) or any(any(_tables(root, solid(root, key))) for key in inner.values())
        ):
            yield inner["kind"]["const"] if "oneOf" in node else "", table


def _keys(root: Schema, table: Schema) -> tuple[Key, ...]:
    """The keys of a table that are no sections of their own."""
    documents, required = _documents(table["title"]), table.get("required", ())
    keys = []
    for name, child in table["properties"].items():
        node = solid(root, child)
        if not any(_tables(root, solid(root, node.get("items", node)))):
            default = _toml(child["default"]) if child.get("default") is not None else ""
            keys.append(Key(name, documents[name], allowed(root, node), default, name in required or "const" in node))
    return tuple(keys)


def _documents(title: str) -> dict[str, str]:
    """The docstrings of a model's fields, by the names they have in the file."""
    model = _models()[title]
    found: dict[str, str] = {}
    for base in reversed(model.__mro__):
        if issubclass(base, Value) and base is not Value:
            found |= _field_docstrings(base)
    names = {name: field.alias or name for name, field in model.model_fields.items()}
    return {names[name]: text for name, text in found.items()}


def _field_docstrings(model: type[Value]) -> dict[str, str]:
    body = ast.parse(dedent(inspect.getsource(model))).body[0]
    statements = body.body if isinstance(body, ast.ClassDef) else []
    return {
        field.target.id: " ".join(inspect.cleandoc(text.value.value).split())
        for field, text in pairwise(statements)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant) and isinstance(text.value.value, str)
    }


@cache
def _models() -> dict[str, type[Value]]:
    """All models from which the settings are made, by name."""
    found = {
        name: item
        for module in (settings, notices, alerts, mapped, routing, policy, target, queries)
        for name, item in vars(module).items()
    }
    return {name: item for name, item in found.items() if inspect.isclass(item) and issubclass(item, Value)}


def _render(section: Section) -> str:
    title = f"`{section.header}`" + (f" with `kind = {json.dumps(section.kind)}`" if section.kind else "")
    keys = "".join(f"- {_key_line(key)}\n" for key in section.keys)
    return f"## {title}\n\n{section.about}\n" + (f"\n{keys}" if keys else "")


def _key_line(key: Key) -> str:
    default = f", default `{key.default}`" if key.default else ", optional"
    return f"`{key.name}`: {key.allowed}{', required' if key.required else default}.\n  {key.about}"


def _toml(value: object) -> str:
    if isinstance(value, dict):
        lists = [item for item in value.values() if isinstance(item, list)]
        if lists and lists == [lists[0]] * len(value):
            return _toml(lists[0])  # one list stands for all
        return "{ " + ", ".join(f"{name} = {_toml(item)}" for name, item in value.items()) + " }"
    return json.dumps(value, ensure_ascii=False)
