"""What a rollback does on a host, as values: steps, the operation that carries them, and what can be seen of both.

Knows: the shape of an operation from plan to proof. Must not know: how a step reaches the host or when to run one.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from flightrules.state.evidence import ServiceState
from flightrules.state.host_files import HostFile
from flightrules.state.migrations import MigrationPlaces
from flightrules.state.rehearsal import Rehearsal
from flightrules.state.restarting import MAY, RestartRight
from flightrules.state.target import Argv
from flightrules.state.value import Value

Release = Annotated[str, Field(pattern=r"^[0-9a-f]{40}([0-9a-f]{24})?$")]
"""A full commit id (SHA-1 or SHA-256); nothing shorter ever reaches a host."""


class Step(Value):
    """One command of an operation: exactly what will run."""

    name: Literal["save", "checkout", "build", "retag", "unpause", "recreate", "up", "release", "switch", "restart"]
    argv: Argv
    env: tuple[tuple[str, str], ...] = ()
    undo: Argv | None = None
    """What puts the host back as it was before this step; run by the host itself when a later step fails
    before anything that serves users was changed."""
    changes: bool = False
    """Whether this step changes what serves users. From its start on nothing is undone by itself."""
    says: str
    """What it does, in words, for the person who approves."""


class Expected(Value):
    """How a host stood when its plan was made. It compares itself under the target's lock before it does anything."""

    head: str = ""
    branch: str | None = None
    """Empty where HEAD is detached; None where the name cannot be told exactly."""
    clean: bool = False
    """Whether no tracked file differed."""
    folder: str = ""
    """Name of the current folder, where releases lie side by side."""
    images: tuple[tuple[str, str], ...] = ()
    """(service, image id) of what ran."""


class Operation(Value):
    """The steps of one rollback on one host. Runs at most once for an id."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]
    incident: str
    target: str
    host: str
    from_release: Release
    to_release: Release
    steps: tuple[Step, ...]
    expected: Expected = Expected()
    who: str
    """Who approved it; written into the host's lock and audit line."""
    why: str


class StepOutcome(Value):
    """What became of one step, as the host's own journal says."""

    index: int
    name: str
    started_at: datetime
    ended_at: datetime | None = None
    exit_status: int | None = None
    undone: bool = False


class Look(Value):
    """An operation as the host shows it now."""

    state: Literal["absent", "claimed", "running", "done", "lost"]
    """`absent`: never arrived. `claimed`: arrived, not started; launching again is safe. `running`. `done`: it has an
    exit status. `lost`: started, not alive, no exit status (the host rebooted, somebody killed it)."""
    exit_status: int | None = None
    steps: tuple[StepOutcome, ...] = ()
    log: str = ""
    """Log text from the asked offset on, cleaned and bounded."""
    next_offset: int = 0
    same_boot: bool = True


class Difference(Value):
    """Something that runs otherwise than the target's settings would make it."""

    service: str = ""
    """The service; empty for a network or a volume."""
    saw: str
    """What differs, in words that follow the name."""
    mend: str = ""
    """How to name it in the settings, where that is known."""


class Touch(Value):
    """What a rollback does to one service, and why."""

    service: str
    fate: Literal["recreated", "compose", "made", "left"]
    """`recreated`: made anew by name, since compose does not see the difference. `compose`: compose makes it anew if it
    finds a difference. `made`: it has no container yet. `left`: left alone."""
    why: str


class Content(Value):
    """The files of a work tree, held against a release."""

    differs: tuple[str, ...] = ()
    """Tracked paths whose bytes, kind or mode are others."""
    unread: tuple[str, ...] = ()
    """What could not be compared, with the reason."""
    compared: int = 0
    left_out: int = 0
    """How many paths the host's sparse checkout leaves out."""


class Mounted(Value):
    """What one container sees at a bind mount of the work tree."""

    service: str = ""
    path: str = ""
    """Its path in the container."""
    source: str = ""
    sees: Literal["same", "old", "unknown"]
    """`same`: what lies at `source` now. `old`: what lay there before, until something else took its name."""
    why: str = ""
    """Why it is not known."""


class Running(Value):
    """What runs on one host: the facts behind a proof."""

    host: str
    at: datetime
    """The host's own clock."""
    head: str
    branch: str | None = None
    services: tuple[ServiceState, ...] = ()
    release: str | None = None
    """What the service's own `release` command says (commands runtime); empty where it says nothing, None where there
    is no such command."""
    differs: tuple[Difference, ...] | None = None
    """What compose would change at a release, by its own dry run; None when it was not asked, or did not answer."""
    differs_why: str = ""
    """Why it did not answer."""
    content: Annotated[Content | None, Field(exclude_if=lambda content: content is None)] = None
    """The work tree held against a release; None if it was not asked, and in logs of 0.2.0."""
    mounts: Annotated[tuple[Mounted, ...], Field(exclude_if=lambda mounts: not mounts)] = ()
    """What containers see at their mounts of the work tree, if that was asked (compose)."""


class ImageState(Value):
    """The image a service would run at a release."""

    service: str
    ref: str
    """What the compose file at that release asks for."""
    present: str = ""
    """Id of the image behind that name on the host; empty where there is none."""
    remembered: str = ""
    """Id of the image remembered (tagged) for that release; empty where there is none."""
    buildable: bool = False
    named_by: Annotated[str, Field(exclude_if=lambda name: not name)] = ""
    """The variable that names the image, if the host sets it and not the release: the release that runs has the same
    name, and which image this one had is not known."""


class ReleaseTold(Value):
    """A release as its own commit tells it: text from whoever may push."""

    release: Release
    at: datetime
    """When it was committed."""
    author: str
    subject: str
    tags: tuple[str, ...] = ()


class Survey(Value):
    """Everything read from one host before a plan is made, without changing anything there but its git objects."""

    host: str
    head: str = ""
    branch: str | None = None
    dirty: tuple[str, ...] = ()
    """Tracked files that differ from HEAD."""
    dirty_patch: str = ""
    """What would be lost, as a patch (cleaned and bounded)."""
    release_present: bool = False
    fetched: bool = False
    """Whether the commit had to be fetched."""
    told: Annotated[tuple[ReleaseTold, ...], Field(exclude_if=lambda told: not told)] = ()
    """What the commits of both releases tell: the one that stands there, and the one to go back to."""
    changed_paths: tuple[str, ...] = ()
    """Files that differ between the release and HEAD."""
    services: tuple[ServiceState, ...] = ()
    config_ok: bool = False
    config_why: str = ""
    config_hashes: tuple[tuple[str, str], ...] = ()
    """Service and its compose configuration hash at the release."""
    images: tuple[ImageState, ...] = ()
    differs: Annotated[tuple[Difference, ...], Field(exclude_if=lambda differs: not differs)] = ()
    """What compose would change now, at the release that the work tree holds: what the settings do not explain."""
    touches: Annotated[tuple[Touch, ...], Field(exclude_if=lambda touches: not touches)] = ()
    """What the way to the release does to each of its services (compose)."""
    kept_volumes: Annotated[tuple[str, ...], Field(exclude_if=lambda names: not names)] = ()
    """Volumes that are there and that the release declares otherwise; compose keeps them (compose)."""
    host_files: Annotated[tuple[HostFile, ...], Field(exclude_if=lambda files: not files)] = ()
    """What services of the release read and no commit has (compose)."""
    health_after_s: Annotated[tuple[tuple[str, float], ...], Field(exclude_if=lambda known: not known)] = ()
    """Services with a health check in the configuration, and the seconds until it is first asked."""
    differs_why: Annotated[str, Field(exclude_if=lambda why: not why)] = ""
    """Why that could not be asked; empty when it could."""
    free_bytes: int | None = None
    """Free bytes where images live (compose) or where the app lives (commands)."""
    free_inodes: Annotated[int | None, Field(exclude_if=lambda inodes: inodes is None)] = None
    """How many files can still be made there; left out where it is not known, as it was before: digests cover plans."""
    engine_ok: bool = True
    engine_why: str = ""
    lock_holder: str = ""
    """Who holds the target's lock on this host now; empty when it is free."""
    lock_alive: bool = False
    shadowed: tuple[str, ...] = ()
    """Shell or .env variables on the host that would override what the plan sets."""
    env_files_changed: tuple[str, ...] = ()
    """Environment files that differ between the releases."""
    env_files_written: Annotated[tuple[str, ...], Field(exclude_if=lambda paths: not paths)] = ()
    """Others, written since services that read them started, if compose could not be asked what they change."""
    submodules: bool = False
    migrations: Annotated[MigrationPlaces | None, Field(exclude_if=lambda places: places is None)] = None
    """Where migrations lie; None where that was not read."""
    restart: Annotated[RestartRight, Field(exclude_if=lambda restart: restart == MAY)] = MAY
    """Whether the login user may restart the service; left out if nothing is known against it."""
    release: str | None = None
    """What the service's own `release` command says, as in `Running`."""
    current_folder: str = ""
    """Name of the folder the link to the current release leads to (layout `releases`)."""
    release_folder: str = ""
    """Name of a folder that holds the release already, unchanged; empty where there is none (layout `releases`)."""
    release_folder_taken: bool = False
    """Whether the folder the release would get is there, but not as the release left it."""
    clock_skew_s: float = 0.0
    read_at: Annotated[datetime | None, Field(exclude_if=lambda at: at is None)] = None
    """When the host was asked, by our clock: a reading is as old as its question. Left out in logs of 0.1."""
    nothing_arrives: Annotated[bool, Field(exclude_if=lambda eaten: not eaten)] = False
    """Whether what is sent to a program does not reach it: a plan would not either."""
    rehearsal: Annotated[Rehearsal | None, Field(exclude_if=lambda found: found is None)] = None
    """What a move of the work tree would meet; None in logs of 0.1.
    If releases lie side by side: what making the folder of the release would meet."""

    @property
    def planned(self) -> frozenset[str]:
        """The services that the configuration of the release names (compose)."""
        return frozenset(name for name, _ in self.config_hashes)

    @property
    def in_the_way(self) -> tuple[str, ...]:
        """What decides whether a move of the work tree is still the one that was rehearsed."""
        found = self.rehearsal
        return (found.digest, found.stranger, *found.blocked) if found else ()
