"""Protocols for what the service needs from the world; adapters keep these promises, and fakes keep the same ones.

Knows: the promises. Must not know: anything that keeps them.
Every method raises `Unavailable` when the world fails; none of them decides anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal, Protocol

from pydantic import Field

from flightrules.state.archive.witness import Witnessed
from flightrules.state.caller import Caller
from flightrules.state.evidence import Comparison, Finding
from flightrules.state.fix import SuiteRun
from flightrules.state.guard import Guard
from flightrules.state.log import Draft, Recorded
from flightrules.state.metrics.measured import NO_MOMENTS, Moments
from flightrules.state.operation import Operation, OperationStatus, Running, Survey
from flightrules.state.signing.sshsig import PublicKey
from flightrules.state.signing.statements import Signed
from flightrules.state.signing.webauthn import Assertion
from flightrules.state.value import JsonObject, Value
from flightrules.state.vocabulary import Audience


class Clock(Protocol):
    """Time, handed in."""

    def now(self) -> datetime:
        """The time now, aware, in UTC."""
        ...

    def steady(self) -> float:
        """Seconds that pass evenly, from any start: setting the machine's clock does not move them."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after that many seconds."""
        ...


class Ids(Protocol):
    """Fresh identifiers."""

    def new(self, prefix: str) -> str:
        """A fresh id: the prefix, a dash and six unambiguous capitals or digits (`INC-7K2QMX`)."""
        ...


class Write:
    """Events for one stream at one expected version; at whatever version it has when `expected` is None.

    None is for streams that no decision rests on (the server's, a target's): their order does not matter.
    With `words` the stream is found by the words of that text from then on, and by no others.
    """

    __slots__ = ("drafts", "expected", "stream", "words")

    def __init__(self, stream: str, expected: int | None, drafts: Sequence[Draft], *, words: str | None = None) -> None:
        self.stream = stream
        self.expected = expected
        self.drafts = tuple(drafts)
        self.words = words


class EventStore(Protocol):
    """The append-only log. (stream, version) is the key and so the lock."""

    async def append(self, *writes: Write) -> list[Recorded]:
        """Append all or nothing, durable on return.

        Raises `Conflict` when a stream is no longer at its expected version,
        `Unavailable` when the disk is full, the file damaged, locked or not writable.
        """
        ...

    async def load(self, stream: str, *, after: int = 0) -> list[Recorded]:
        """Events of a stream with a version above `after`, in order; an unknown stream has none."""
        ...

    async def find_call(self, stream: str, call: str) -> list[Recorded]:
        """Events of a stream that belong to one call, in order; the empty call has none."""
        ...

    async def streams(self, prefix: str = "") -> list[str]:
        """Names of the streams that begin with `prefix`, oldest first."""
        ...

    async def search(self, text: str, *, limit: int = 10) -> list[str]:
        """Names of the streams found by any of these words, best match first; no word is an operator."""
        ...

    async def close(self) -> None:
        """Let go of the file."""
        ...


class Witness(Protocol):
    """Somebody outside the database who is told which event is the newest of each stream."""

    @property
    def name(self) -> str:
        """Return the name by which people call it."""
        ...

    async def tell(self, heads: Sequence[Witnessed]) -> None:
        """Tell heads, kept on return. Raises `Unavailable`; a head may be told twice."""
        ...

    async def lines(self) -> str | None:
        """All lines it ever kept, None where it cannot be asked. Raises `Unavailable` where it cannot be read."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


class Leases(Protocol):
    """Leases on work that one process at a time should do.

    A process holds a lease for as long as it says that it lives. A lease keeps others from doing the work as well; it
    is not a proof that they did not. Whoever holds one may be paused and wake after it ended, so what must not happen
    twice is decided where it is appended, by the expected version.
    """

    async def take(self, name: str, holder: str, *, for_s: float) -> bool:
        """Take a lease for so many seconds, or make one's own last longer; False while another holder has it.

        The time is the store's, which all holders share; no holder's own clock counts.
        One that ended is free, and so may one be whose holder is certainly gone.
        """
        ...

    async def release(self, name: str, holder: str) -> None:
        """Let go of one's own lease; another holder's stays."""
        ...


class Store(EventStore, Leases, Protocol):
    """The log, and the leases of those who work on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Evidence that a look asks for."""

    probes: Sequence[str] = ()
    """Names of probes; () means all that a source makes by itself."""
    since: datetime | None = None
    """From when on logs are read."""
    limit_s: float = 20.0
    """Time limit for each probe."""
    moments: Moments = NO_MOMENTS
    """Moments of the incident between which metrics are measured."""
    questions: Sequence[str] = ()
    """Free questions of an agent, for looking, as `promql:up`; they are asked beside the probes."""


class EvidenceSource(Protocol):
    """One source of evidence about a target: its hosts, its outside, a server of metrics."""

    def makes(self, probe: str) -> bool:
        """Return True if a probe of that name belongs to this source."""
        ...

    async def collect(self, wanted: Wanted) -> tuple[Finding, ...]:
        """Make the wanted probes that belong to this source, all at once; other names are not its concern.

        A probe that fails is a finding that says why; this method does not raise for it.
        """
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


class Production(Protocol):
    """One target as it stands in production: its hosts, its runtime, its outside."""

    async def collect(
        self, probes: Sequence[str] = (), *, since: datetime | None = None, limit_s: float = 20.0
    ) -> tuple[Finding, ...]:
        """Run probes all at once, each with its own time limit inside `limit_s`; () means all of them.

        A probe that fails is a `Finding` that says why; this method does not raise for it.
        `since` bounds the log probes. The names are those of `Finding.probe`; `logs` means every service's log.
        `health:HOST` is made only where it is named: the health of one host that has an address of its own.
        """
        ...

    async def survey(self, host: str, release: str, *, trial: bool = False) -> Survey:
        """Read what a plan is held against; with `trial`, all that it needs, and the release's files written out.

        Raises `Unavailable` when the host cannot be read.
        """
        ...

    async def launch(self, operation: Operation, *, until: datetime | None = None) -> None:
        """Hand the operation to the host, which runs it at most once, detached from this connection.

        Once its own clock shows `until`, a host begins it no more: this process may have slept in between.
        Returns once the host accepted it. `Declined` says that it did not, `Unreached` that nothing was sent;
        `Unavailable` leaves it unknown whether it did: `look` tells.
        """
        ...

    async def look(self, host: str, operation: str, *, offset: int = 0) -> OperationStatus:
        """See what became of an operation, with its log from a byte offset on."""
        ...

    async def running(self, host: str, *, release: str = "") -> Running:
        """Read what runs on a host now; with a release, also what its settings would change at it."""
        ...

    async def compare(self, host: str, good: str, bad: str) -> Comparison:
        """Read what changed from one release to another, out of the host's repository; nothing is fetched.

        Raises `Unavailable` where the host cannot be read or lacks one of them.
        """
        ...

    async def remember(self, host: str, release: str) -> tuple[tuple[str, str], ...]:
        """Keep the images that run now as those of `release`, which then outlive a prune; (service, image id) each."""
        ...

    async def break_lock(self, host: str, operation: str, *, who: str) -> str:
        """End an operation that does not end by itself, for a person; `killed`, or `dead` where nothing of it lived."""
        ...

    async def guard(self, host: str) -> Guard:
        """Try on a host what the protocol never does, and see whether its key is kept from it. Changes nothing."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


class ErrorKinds(Protocol):
    """Grouping of error lines that are the same error, although ids and names in them differ."""

    def kinds(self, known: Sequence[str], seen: Sequence[str]) -> Mapping[str, str]:
        """For each seen signature the known one it is the same error as, else the template it falls under.

        The same signatures give the same answer, whatever was asked before. One that is known as it is stays.
        """
        ...


class Checkout(Protocol):
    """A git checkout of a target on the server's machine, where a fix is made; its work tree is never touched.

    Every method raises `Refused` where the folder is no repository of its own.
    """

    async def commit(self, name: str) -> str:
        """The full id of a commit, a branch (`refs/heads/...`) or `HEAD`; empty where the checkout has none such."""
        ...

    async def create_branch(self, branch: str, start: str) -> str:
        """Create a branch at a commit, without switching to it; returns the full id it stands at.

        Raises `Refused` where the branch exists.
        """
        ...

    async def run_tests(self, argv: Sequence[str], *, limit_s: float) -> SuiteRun:
        """Run a command in the checkout to its end, or to the limit; all that it started is ended with it.

        Raises `Refused` where another run goes on, whichever process began it.
        """
        ...

    async def tests_run(self) -> bool:
        """Return True if tests run in this checkout now, whichever process began them."""
        ...


class Signers(Protocol):
    """The people whose signatures count as approvals."""

    def verify(self, message: str, signature: str, *, at: datetime) -> Signed:
        """Return the verified signature of this message and its signer.

        Raises `Refused` with the reason if it does not hold, or does not belong to anybody who counts at that moment.
        """
        ...


class Files(Protocol):
    """Place in which documents for people are put."""

    keeps: bool
    """True if what is written can be read afterwards; if not, a document that nothing else needs is not made."""

    async def write(self, path: str, text: str) -> str:
        """Write a text file whole or not at all, folders included; returns its absolute path."""
        ...


class OutboundMessage(Value):
    """One message as a sender takes it."""

    id: str
    """Never changes for a message, however often it is tried."""
    incident: str
    audience: Audience
    title: str
    text: str
    """Plain text, or Markdown where `markdown` says so."""
    markdown: bool = False
    plain: str = ""
    """The same as plain text where `text` is Markdown, for receivers that render none."""
    reached: tuple[str, ...] = ()
    """Recipients who have it, as the last receipt told: they are not sent it again."""
    at: datetime
    """Time at which it became due."""
    data: JsonObject = Field(default_factory=dict)
    """The same for programs, where there is more than text: a brief, or an update for the public."""
    report: str = ""
    """Path of the incident report, as far as one was written."""


class Receipt(Value):
    """Result of handing a parcel over."""

    arrived: bool
    """Somebody has it; where the destination stands for several recipients, `left` of them have it not yet."""
    left: int = 0
    reached: tuple[str, ...] = ()
    """Record of who has what of it, in words of the sender's own without secrets, for its next try."""
    reference: str = ""
    """Place at which it can be seen."""
    why: str = ""
    """Reason that it did not arrive, without any secret."""
    again: bool = True
    """True if another attempt may go better."""
    wait_s: int = 0
    """So long the receiver asks to be left alone."""


class Sender(Protocol):
    """One destination of messages."""

    at_once: bool
    """True if it takes a parcel on this machine and at once, so that a call's answer can tell what became of it."""

    async def send(self, outbound: OutboundMessage) -> Receipt:
        """Hand a parcel over, within `SEND_LIMIT_S` seconds.

        The same parcel may come again where nobody knows whether it arrived; a sender that can tell lets it be there
        once. It raises nothing for a receiver that fails; neither a receipt nor an error repeats a secret.
        """
        ...

    async def check(self) -> str:
        """Return what it sends to, in words without secrets, for a person who sets it up.

        Raises `Refused` or `Unavailable` if it could not send, as far as that shows without sending anything.
        """
        ...


SEND_LIMIT_S = 30.0
"""A sender that takes longer is not waited for."""


class Callers(Protocol):
    """Those who may call over the network."""

    async def whose(self, token: str) -> Caller | None:
        """Return the caller to whom a token belongs; None if it belongs to nobody, or does not count now."""
        ...


class Role(StrEnum):
    """Permissions of a session at the console. None approves: only a signature does."""

    LOOK = "look"
    """Read the pages."""
    ACT = "act"
    """Say what a person may say without a key, marked as unsigned."""


SignedInBy = Literal["link", "passkey"]


class Session(Value):
    """A person who is signed in at the console."""

    id: str
    """Name of the session in lists; it opens nothing."""
    name: str
    role: Role
    by: SignedInBy
    agent: str
    """The browser, in its own words."""
    made: datetime
    until: datetime
    seen: datetime


class Sessions(Protocol):
    """Sessions at the console, and the one-time links and challenges that begin them."""

    async def redeem(self, token: str, *, now: datetime) -> tuple[str, Role] | None:
        """Return the person and role of a one-time word, which is used up by it; None if it does not count."""
        ...

    async def begin(  # noqa: PLR0913 - what a session is, by name
        self, name: str, role: Role, by: SignedInBy, *, agent: str, now: datetime, until: datetime
    ) -> str:
        """Begin a session; returns the secret that its cookie holds."""
        ...

    async def find(self, secret: str, *, now: datetime) -> Session | None:
        """Return the session that a cookie's secret belongs to; None if it ended."""
        ...

    async def all(self, *, now: datetime) -> tuple[Session, ...]:
        """Return all sessions that have not ended, newest first."""
        ...

    async def end(self, session: str) -> bool:
        """End a session by its id; False if there is none."""
        ...

    async def handle(self, name: str) -> bytes:
        """Return the random user handle of a person, always the same."""
        ...

    def challenge(self, *, now: datetime, until: datetime) -> bytes:
        """Return a fresh random challenge, which counts once and until then."""
        ...

    def spend(self, challenge: bytes, *, now: datetime) -> bool:
        """Return True if this challenge was given out and counts; it does not count again."""
        ...


class Passkey(Value):
    """A passkey that stands in a file of signers."""

    name: str
    fingerprint: str


class Passkeys(Protocol):
    """The passkeys by which people sign in at the console, and sign."""

    def of(self, name: str, target: str, *, at: datetime) -> tuple[Passkey, ...]:
        """Return the passkeys by which a person may approve for a target now."""
        ...

    def owner(self, assertion: Assertion, challenge: bytes, *, at: datetime) -> Passkey:
        """Return whose passkey answered this challenge. Raises `Refused` if it is nobody's who counts now."""
        ...

    def written(self, assertion: Assertion, challenge: bytes, *, at: datetime) -> str:
        """Return an assertion as an SSH signature by the passkey that made it. Raises `Refused` as `owner` does."""
        ...

    def prove(self, key: PublicKey, assertion: Assertion, challenge: bytes) -> None:
        """Raise `Refused` unless this key answered this challenge."""
        ...
