"""End of a call that got no answer: refused or failed, and with which words.

Knows: the events a call ends with. Must not know: what the call was about.
"""

from __future__ import annotations

from typing import NoReturn

from flightrules.errors import Refused, Unavailable
from flightrules.replay.cursor import LogCursor
from flightrules.state import events as e
from flightrules.state.log import Recorded


def failed_as_recorded(cursor: LogCursor) -> None:
    """Fail as the world failed the call, if it did."""
    if (record := cursor.ahead_record(e.CallFailed.kind)) is not None:
        _unavailable(record)
    if (record := cursor.ahead_record(e.CallRefused.kind)) is not None:
        raise refused_as(record)


def refused_as(record: Recorded) -> Refused:
    """The refusal that a call ended with."""
    problem = problem_in(record)
    return Refused(problem["code"], problem["reason"], problem["remedy"])


def problem_in(record: Recorded) -> dict[str, str]:
    """Return what the caller was told of a refusal or a failure: code, reason and remedy."""
    answer = record.data["answer"]
    problem = answer.get("problem") if isinstance(answer, dict) else None
    given = problem if isinstance(problem, dict) else {}
    return {name: str(given.get(name, "")) for name in ("code", "reason", "remedy")}


def _unavailable(record: Recorded) -> NoReturn:
    what, problem = str(record.data["what"]), problem_in(record)
    raise Unavailable(what, problem["reason"].removeprefix(f"{what}: "), problem["remedy"])
