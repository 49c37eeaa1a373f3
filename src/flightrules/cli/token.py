"""`flightrules token`: makes a bearer token, shows or keeps it once, and prints what the settings need of it.

Knows: how that reads in a terminal. Must not know: the settings file; a person puts the lines there.
"""

from __future__ import annotations

import argparse
import json
import os
import sys

from flightrules.adapters.tokens import fresh, hashed
from flightrules.config.access import TokenTable
from flightrules.errors import Refused
from flightrules.state.caller import Scope


def run(arguments: argparse.Namespace) -> int:
    """Make a token. Raises `Refused` for a name or a scope that no token can have."""
    token = fresh()
    table = _table(arguments.name, hashed(token), arguments.scope)
    if arguments.keep:
        _keep(token, arguments.keep)
    else:
        print(token)
    lines = (f"{key} = {json.dumps(value)}" for key, value in table.model_dump(mode="json").items())
    print("", "[[server.tokens]]", *lines, sep="\n")
    where = f"in {arguments.keep}" if arguments.keep else "above, once"
    print(f"The token stands {where}. Give it to the client; put the table into flightrules.toml.", file=sys.stderr)
    return 0


def _keep(token: str, path: str) -> None:
    """Write the token into a new file that its owner alone reads. Raises `Refused` where that cannot be."""
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(f"{token}\n")
    except OSError as error:
        raise Refused(
            "token_not_kept", f"{path} cannot be made: {error.strerror}.", "Name a file that does not exist."
        ) from error


def _table(name: str, sha256: str, words: list[str]) -> TokenTable:
    if "approve" in words:
        reason = "No token can approve: an agent that holds it could then approve what it asks for."
        raise Refused("no_such_scope", reason, "People approve with `flightrules approve` or a signature.")
    try:
        return TokenTable(name=name, sha256=sha256, scopes=tuple(dict.fromkeys(Scope(word) for word in words)))
    except ValueError as wrong:
        reason = f"{name!r} with the scopes {', '.join(words)} makes no token."
        remedy = "Name: letters, digits and ._@+-, 64 at most. Scopes: read, respond."
        raise Refused("bad_token", reason, remedy) from wrong
