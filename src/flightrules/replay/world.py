"""The world as it was recorded: clock, ids, checkout and documents answer what the log says they answered.

Knows: in which event an observation was kept. Must not know: what follows from it.
What failed then fails again with the same words. What no event kept is said to be missing, never made up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from flightrules.ports import OutboundMessage, Receipt
from flightrules.replay.cursor import LogCursor, Missing
from flightrules.replay.ended import failed_as_recorded
from flightrules.state import events as e
from flightrules.state.fix import SuiteRun


class RecordedClock:
    """Keeps ports.Clock with the times of the log."""

    def __init__(self, cursor: LogCursor) -> None:
        self._cursor = cursor

    def now(self) -> datetime:
        """The time at which the next event was recorded."""
        return self._cursor.now()

    def steady(self) -> float:
        """Seconds by the same times: a replay knows no other clock."""
        return self._cursor.now().timestamp()

    async def sleep(self, seconds: float) -> None:
        """Return at once: the next event says how late it is then."""


class RecordedIds:
    """Keeps ports.Ids with the ids of the log."""

    def __init__(self, cursor: LogCursor) -> None:
        self._cursor = cursor

    def new(self, prefix: str) -> str:
        """The id that was handed out here; one that nothing was written under is a blank."""
        cursor, upcoming = self._cursor, self._cursor.own
        if prefix == "CALL" and upcoming is not None:
            return upcoming.call
        if prefix == "INC":
            return cursor.incident
        if prefix == "PLAN" and (proposed := cursor.ahead(e.PlanProposed)):
            return proposed.plan.id
        if prefix == "TEST" and (testing := cursor.ahead(e.FixTesting)):
            return testing.run
        if prefix == "APPR" and (granted := cursor.ahead(e.ApprovalGranted)):
            return granted.id
        return f"{prefix}-000000"


class NoLeases:
    """Keeps ports.Leases: nobody watches in a replay."""

    async def take(self, name: str, holder: str, *, for_s: float) -> bool:
        """Somebody else has it."""
        del name, holder, for_s
        return False

    async def release(self, name: str, holder: str) -> None:
        """There is nothing to let go of."""


class RecordedKinds:
    """Keeps ports.ErrorKinds: recorded errors are under their kinds already."""

    def kinds(self, known: Sequence[str], seen: Sequence[str]) -> Mapping[str, str]:
        """Each stays what it is."""
        del known
        return {signature: signature for signature in seen}


class RecordedCheckout:
    """Keeps ports.Checkout with what the log says of branches; tests end where the log says so (following.py)."""

    def __init__(self, cursor: LogCursor) -> None:
        self._cursor = cursor

    async def commit(self, name: str) -> str:
        """Return the commit that stood there when the branch of the fix was made."""
        cursor = self._cursor
        branching = cursor.ahead(e.FixBranching)
        if branching is not None:
            return "" if name.startswith("refs/") else branching.start
        if branched := cursor.ahead(e.FixBranched):
            return branched.commit
        failed_as_recorded(cursor)
        raise Missing(f"which commit {name} was is not recorded")

    async def create_branch(self, branch: str, start: str) -> str:
        """Return the commit at which the branch stood then."""
        del start
        self._cursor.goes_on()
        if branched := self._cursor.ahead(e.FixBranched):
            return branched.commit
        failed_as_recorded(self._cursor)
        raise Missing(f"whether branch {branch} was created is not recorded")

    async def run_tests(self, argv: Sequence[str], *, limit_s: float) -> SuiteRun:
        """Nobody runs tests in a replay."""
        del argv, limit_s
        raise Missing("tests were run where the log runs none")

    async def tests_run(self) -> bool:
        """Return True if tests went on: no new run was begun then."""
        return self._cursor.ahead_record(e.FixTesting.kind) is None


class RecordedSender:
    """Keeps ports.Sender: nothing is sent in a replay."""

    at_once = False

    async def send(self, outbound: OutboundMessage) -> Receipt:
        """Nobody is told anything."""
        raise Missing(f"message {outbound.id} was sent where the log sends none")

    async def check(self) -> str:
        """Say what it is."""
        return "a destination of then"


class RecordedFiles:
    """Keeps ports.Files: nothing is written, and the paths are those of the log."""

    keeps = False

    def __init__(self, cursor: LogCursor) -> None:
        self._cursor = cursor
        self._told = 0

    async def write(self, path: str, text: str) -> str:
        """Return the path to which it was written then."""
        del text
        self._cursor.goes_on()
        answered = self._cursor.ahead_record(e.CallAnswered.kind)
        if answered is None:
            failed_as_recorded(self._cursor)
            raise Missing(f"whether {path} could be written was not recorded")
        answer = answered.data["answer"]
        result = answer.get("result") if isinstance(answer, dict) else None
        told = result if isinstance(result, dict) else {}
        return str(told.get("calendar" if path.endswith(".ics") else "path", path))
