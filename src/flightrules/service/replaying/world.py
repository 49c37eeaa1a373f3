"""The world as it was recorded: production, clock, ids, signers and documents answer what the log says they answered.

Knows: in which event an observation was kept. Must not know: what follows from it.
What failed then fails again with the same words. What no event kept is said to be missing, never made up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NoReturn

from flightrules.errors import Refused, Unavailable
from flightrules.ports import Parcel, Receipt
from flightrules.service.replaying.track import Missing, Track
from flightrules.state import events as e
from flightrules.state.evidence import Comparison, Finding
from flightrules.state.fix import SuiteRun
from flightrules.state.guard import Guard
from flightrules.state.log import Recorded
from flightrules.state.operation import Look, Operation, Running, Survey
from flightrules.state.statements import Signed


class RecordedClock:
    """Keeps ports.Clock with the times of the log."""

    def __init__(self, track: Track) -> None:
        self._track = track

    def now(self) -> datetime:
        """The time at which the next event was recorded."""
        return self._track.now()

    async def sleep(self, seconds: float) -> None:
        """Return at once: the next event says how late it is then."""


class RecordedIds:
    """Keeps ports.Ids with the ids of the log."""

    def __init__(self, track: Track) -> None:
        self._track = track

    def new(self, prefix: str) -> str:
        """The id that was handed out here; one that nothing was written under is a blank."""
        track, upcoming = self._track, self._track.own
        if prefix == "CALL" and upcoming is not None:
            return upcoming.call
        if prefix == "INC":
            return track.incident
        if prefix == "PLAN" and (proposed := track.ahead(e.PlanProposed)):
            return proposed.plan.id
        if prefix == "TEST" and (testing := track.ahead(e.FixTesting)):
            return testing.run
        if prefix == "APPR" and (granted := track.ahead(e.ApprovalGranted)):
            return granted.id
        return f"{prefix}-000000"


def failed_as_recorded(track: Track, call: str) -> None:
    """Fail as the world failed that call, where it did."""
    if (record := track.ahead_record(e.CallFailed.kind, call)) is not None:
        _unavailable(record)
    if (record := track.ahead_record(e.CallRefused.kind, call)) is not None:
        raise refused_as(record)


def refused_as(record: Recorded) -> Refused:
    """The refusal that a call ended with."""
    problem = problem_in(record)
    return Refused(problem["code"], problem["reason"], problem["remedy"])


def problem_in(record: Recorded) -> dict[str, str]:
    """What the caller was told of a refusal or a failure: code, reason and remedy."""
    answer = record.data["answer"]
    problem = answer.get("problem") if isinstance(answer, dict) else None
    given = problem if isinstance(problem, dict) else {}
    return {name: str(given.get(name, "")) for name in ("code", "reason", "remedy")}


def _unavailable(record: Recorded) -> NoReturn:
    what, problem = str(record.data["what"]), problem_in(record)
    raise Unavailable(what, problem["reason"].removeprefix(f"{what}: "), problem["remedy"])


class RecordedProduction:
    """Keeps ports.Production with what the log says was seen. What a follower saw is not asked here (following.py)."""

    def __init__(self, track: Track) -> None:
        self._track = track

    async def collect(
        self, probes: Sequence[str] = (), *, since: datetime | None = None, limit_s: float = 20.0
    ) -> tuple[Finding, ...]:
        """The findings of this call."""
        del probes, since, limit_s
        await self._track.turn()
        found: list[Finding] = []
        for number in range(self._track.place, len(self._track.records)):
            record = self._track.records[number]
            if record.kind == e.EvidenceRecorded.kind:
                found.append(e.event_as(e.EvidenceRecorded, record).finding)
            elif record.kind in (e.AssessmentRecorded.kind, e.VerificationRecorded.kind, e.CallRefused.kind):
                break
        return tuple(found)

    async def survey(self, host: str, release: str) -> Survey:
        """What was read of that host in this call, or else before."""
        del release
        track = self._track
        if track.current is None or not track.current.reads_at_once:
            await track.turn()

        def of_host(record: Recorded) -> bool:
            return record.kind == e.SurveyRead.kind and _survey(record)["host"] == host

        upcoming = track.own
        call = upcoming.call if upcoming else ""
        record = next((r for r in track.group(call) if of_host(r)), None)
        if record is None:
            refused = track.ahead(e.CallRefused)
            if refused is None or refused.code == "host_unreachable" or not track.earlier(of_host):
                failed_as_recorded(track, call)
            record = track.earlier(of_host)
        if record is None:
            raise Missing(f"what host {host} showed before {upcoming.kind if upcoming else 'the end'} was not recorded")
        return e.event_as(e.SurveyRead, record).survey

    async def remember(self, host: str, release: str) -> tuple[tuple[str, str], ...]:
        """All images that were remembered, told by the first host."""
        del release
        await self._track.turn()
        upcoming = self._track.next
        for record in self._track.session.context:
            if upcoming and record.call == upcoming.call and record.kind == e.ReleaseObserved.kind:
                seen = e.ReleaseObserved.model_validate(record.data)
                if seen.healthy:
                    return seen.images
        raise Unavailable(f"host {host}", "nothing was remembered")

    async def compare(self, host: str, good: str, bad: str) -> Comparison:
        """What was read in this call; where no host could be read, each fails as it did."""
        del good, bad
        await self._track.turn()
        evidence = self._track.ahead(e.EvidenceRecorded)
        if evidence is None:
            raise Missing(f"what {host} said of two releases was not recorded")
        if isinstance(evidence.finding.data, Comparison):
            return evidence.finding.data
        why = next((one for one in evidence.finding.why.split("; ") if host in one), evidence.finding.why)
        what, _, rest = why.partition(": ")
        raise Unavailable(what, rest)

    async def launch(self, operation: Operation, *, until: datetime | None = None) -> None:
        """Nobody launches in a replay."""
        del until
        raise Missing(f"operation {operation.id} was launched where the log launches none")

    async def look(self, host: str, operation: str, *, offset: int = 0) -> Look:
        """Nobody looks in a replay."""
        del host, offset
        raise Missing(f"operation {operation} was looked at where the log holds no look")

    async def running(self, host: str) -> Running:
        """Nobody asks in a replay."""
        raise Missing(f"what runs on {host} was asked where the log holds no answer")

    async def guard(self, host: str) -> Guard:
        """Nobody tries a host in a replay."""
        raise Missing(f"host {host} was tried where the log tries none")

    async def break_lock(self, host: str, operation: str, *, who: str) -> str:
        """Nobody breaks a lock within an incident."""
        del who
        raise Missing(f"the lock of {operation} on {host} was broken outside of the incident")

    async def close(self) -> None:
        """Nothing is open."""


def _survey(record: Recorded) -> dict[str, object]:
    survey = record.data["survey"]
    return dict(survey) if isinstance(survey, dict) else {"host": ""}


class NoLeases:
    """Keeps ports.Leases: nobody watches in a replay."""

    async def take(self, name: str, holder: str, *, now: datetime, until: datetime) -> bool:
        """Somebody else has it."""
        del name, holder, now, until
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

    def __init__(self, track: Track) -> None:
        self._track = track

    async def commit(self, name: str) -> str:
        """What stood there when the branch of the fix was made."""
        track = self._track
        branching = track.ahead(e.FixBranching)
        if branching is not None:
            return "" if name.startswith("refs/") else branching.start
        if branched := track.ahead(e.FixBranched):
            return branched.commit
        failed_as_recorded(track, track.own.call if track.own else "")
        raise Missing(f"which commit {name} was is not recorded")

    async def create_branch(self, branch: str, start: str) -> str:
        """Where the branch stood then."""
        del start
        await self._track.turn()
        if branched := self._track.ahead(e.FixBranched):
            return branched.commit
        failed_as_recorded(self._track, self._track.next.call if self._track.next else "")
        raise Missing(f"whether branch {branch} was created is not recorded")

    async def run_tests(self, argv: Sequence[str], *, limit_s: float) -> SuiteRun:
        """Nobody runs tests in a replay."""
        del argv, limit_s
        raise Missing("tests were run where the log runs none")

    async def tests_run(self) -> bool:
        """Whether tests went on: no new run was begun then."""
        return self._track.ahead_record(e.FixTesting.kind) is None


class RecordedSender:
    """Keeps ports.Sender: nothing is sent in a replay."""

    at_once = False

    async def send(self, parcel: Parcel) -> Receipt:
        """Nobody is told anything."""
        raise Missing(f"message {parcel.id} was sent where the log sends none")

    async def check(self) -> str:
        """Say what it is."""
        return "a destination of then"


class RecordedFiles:
    """Keeps ports.Files: nothing is written, and the paths are those of the log."""

    keeps = False

    def __init__(self, track: Track) -> None:
        self._track = track
        self._told = 0

    async def write(self, path: str, text: str) -> str:
        """Where it was put then."""
        del text
        await self._track.turn()
        upcoming = self._track.next
        answered = self._track.ahead_record(e.CallAnswered.kind, upcoming.call if upcoming else "")
        if answered is None:
            failed_as_recorded(self._track, upcoming.call if upcoming else "")
            raise Missing(f"whether {path} could be written was not recorded")
        answer = answered.data["answer"]
        result = answer.get("result") if isinstance(answer, dict) else None
        told = result if isinstance(result, dict) else {}
        return str(told.get("calendar" if path.endswith(".ics") else "path", path))


class RecordedSigners:
    """Keeps ports.Signers with what the log says of each signature."""

    def __init__(self, track: Track) -> None:
        self._track = track
        self._known: dict[tuple[str, str], Signed] = {}
        for record in (*track.session.context, *track.records):
            signed = record.data.get("signed") if record.kind in _SIGNED else None
            if signed:
                value = Signed.model_validate(signed)
                self._known[value.message, value.signature] = value

    def verify(self, message: str, signature: str, *, at: datetime) -> Signed:
        """Whose signature it was then; one that did not hold is refused as it was."""
        del at
        track = self._track
        if dropped := track.ahead(e.PlanDropped):
            self._refuse_unheld(dropped, message)
        known = self._known.get((message, signature))
        upcoming = track.own
        standing = upcoming is not None and upcoming.call not in track.tools
        if known and standing and not self._used(message) and not dropped:
            raise Refused("not_signed", "Whether it held then was not recorded.", "")
        if known is None:
            failed_as_recorded(track, upcoming.call if upcoming else "")
            raise Missing("whose signature it was is not recorded")
        return known

    def _used(self, message: str) -> bool:
        """Whether the next event's call goes on with that signature: approves by it, or starts with it."""
        granted = self._track.ahead(e.ApprovalGranted)
        approves = granted is not None and granted.signed is not None and granted.signed.message == message
        return approves or self._track.ahead_record(e.RollbackStarted.kind) is not None

    def _refuse_unheld(self, dropped: e.PlanDropped, message: str) -> None:
        why = dict(dropped.unheld)
        for record in self._track.records[: self._track.place]:
            if record.kind == e.ApprovalGranted.kind and record.data["id"] in why:
                signed = record.data["signed"]
                if isinstance(signed, dict) and signed.get("message") == message:
                    raise Refused("not_signed", why[str(record.data["id"])], "")


_SIGNED = frozenset({e.ApprovalGranted.kind, e.StandingGranted.kind})
