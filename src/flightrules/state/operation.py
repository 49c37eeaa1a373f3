"""Values that describe a rollback on a host: steps, the operation that carries them, and what can be seen of both.

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

    name: Literal[
        "save", "checkout", "build", "retag", "unpause", "recreate", "up", "release", "prepare", "switch", "restart"
    ]
    argv: Argv
    env: tuple[tuple[str, str], ...] = ()
    undo: Argv | None = None
    """Command that puts the host back as it was before this step.

    The host runs it itself if a later step fails before anything that serves users was changed.
    """
    changes: bool = False
    """True if this step changes what serves users. From its start on, nothing is undone automatically."""
    says: str
    """Description of the step, for the person who approves."""


class Expected(Value):
    """State of a host when its plan was made.

    Under the target's lock, the host compares its own state with this one before it does anything.
    """

    head: str = ""
    branch: str | None = None
    """Empty where HEAD is detached; None where the name cannot be told exactly."""
    clean: bool = False
    """True if no tracked file differed."""
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
    """Name of the person who approved it; written into the host's lock and audit line."""
    why: str


class StepOutcome(Value):
    """Result of one step, according to the host's own journal."""

    index: int
    name: str
    started_at: datetime
    ended_at: datetime | None = None
    exit_status: int | None = None
    undone: bool = False


class OperationStatus(Value):
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
    """Description of the difference, in words that follow the name."""
    mend: str = ""
    """Way to name it in the settings, if it is known."""


class Touch(Value):
    """Effect of a rollback on one service, and the reason."""

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
    """Paths that could not be compared, with the reason."""
    compared: int = 0
    left_out: int = 0
    """Number of paths that the host's sparse checkout leaves out."""


class Mounted(Value):
    """Content that one container sees at a bind mount of the work tree."""

    service: str = ""
    path: str = ""
    """Its path in the container."""
    source: str = ""
    sees: Literal["same", "old", "unknown"]
    """`same`: what lies at `source` now. `old`: what lay there before, until something else took its name."""
    why: str = ""
    """Reason that it is not known."""


class Running(Value):
    """State that runs on one host: the facts behind a proof."""

    host: str
    at: datetime
    """The host's own clock."""
    head: str
    branch: str | None = None
    services: tuple[ServiceState, ...] = ()
    release: str | None = None
    """Release that the service's own `release` command reports (commands runtime).

    It is empty if the command prints nothing, and None if there is no such command.
    """
    differs: tuple[Difference, ...] | None = None
    """Changes that compose would make at a release, by its own dry run; None if it was not asked, or did not answer."""
    differs_why: str = ""
    """Reason that compose did not answer."""
    content: Annotated[Content | None, Field(exclude_if=lambda content: content is None)] = None
    """The work tree held against a release; None if it was not asked, and in logs of 0.2.0."""
    mounts: Annotated[tuple[Mounted, ...], Field(exclude_if=lambda mounts: not mounts)] = ()
    """Content that containers see at their mounts of the work tree, if that was asked (compose)."""


class ImageState(Value):
    """The image a service would run at a release."""

    service: str
    ref: str
    """Name of the image in the compose file at that release."""
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
    """Time of the commit."""
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
    """Changes that would be lost, as a patch (cleaned and bounded)."""
    release_present: bool = False
    fetched: bool = False
    """True if the commit had to be fetched."""
    told: Annotated[tuple[ReleaseTold, ...], Field(exclude_if=lambda told: not told)] = ()
    """Information from the commits of both releases: the one in the work tree, and the one to go back to."""
    changed_paths: tuple[str, ...] = ()
    """Files that differ between the release and HEAD."""
    services: tuple[ServiceState, ...] = ()
    config_ok: bool = False
    config_why: str = ""
    config_hashes: tuple[tuple[str, str], ...] = ()
    """Service and its compose configuration hash at the release."""
    images: tuple[ImageState, ...] = ()
    differs: Annotated[tuple[Difference, ...], Field(exclude_if=lambda differs: not differs)] = ()
    """Changes that compose would make now, at the release that the work tree holds.

    These are the differences that the settings do not explain.
    """
    touches: Annotated[tuple[Touch, ...], Field(exclude_if=lambda touches: not touches)] = ()
    """Effects of the rollback to the release on each of its services (compose)."""
    kept_volumes: Annotated[tuple[str, ...], Field(exclude_if=lambda names: not names)] = ()
    """Volumes that are there and that the release declares otherwise; compose keeps them (compose)."""
    host_files: Annotated[tuple[HostFile, ...], Field(exclude_if=lambda files: not files)] = ()
    """Files that services of the release read and that are not in any commit (compose)."""
    health_after_s: Annotated[tuple[tuple[str, float], ...], Field(exclude_if=lambda known: not known)] = ()
    """Services with a health check in the configuration, and the seconds until it is first asked."""
    differs_why: Annotated[str, Field(exclude_if=lambda why: not why)] = ""
    """Reason that compose could not be asked for the differences; empty if it could."""
    free_bytes: int | None = None
    """Free bytes where images live (compose) or where the app lives (commands)."""
    free_inodes: Annotated[int | None, Field(exclude_if=lambda inodes: inodes is None)] = None
    """Number of files that can still be made there.

    It is left out if it is not known, as it was in earlier versions, because digests cover plans.
    """
    engine_ok: bool = True
    engine_why: str = ""
    lock_holder: str = ""
    """Holder of the target's lock on this host now; empty if the lock is free."""
    lock_alive: bool = False
    shadowed: tuple[str, ...] = ()
    """Shell or .env variables on the host that would override what the plan sets."""
    env_files_changed: tuple[str, ...] = ()
    """Environment files that differ between the releases."""
    env_files_written: Annotated[tuple[str, ...], Field(exclude_if=lambda paths: not paths)] = ()
    """Others, written since services that read them started, if compose could not be asked what they change."""
    submodules: bool = False
    migrations: Annotated[MigrationPlaces | None, Field(exclude_if=lambda places: places is None)] = None
    """Paths of migrations; None if they were not read."""
    restart: Annotated[RestartRight, Field(exclude_if=lambda restart: restart == MAY)] = MAY
    """Knowledge about the login user's right to restart the service; left out if nothing is known against it."""
    release: str | None = None
    """Release that the service's own `release` command reports, as in `Running`."""
    current_folder: str = ""
    """Name of the folder the link to the current release leads to (layout `releases`)."""
    release_folder: str = ""
    """Name of a folder that holds the release already, unchanged; empty where there is none (layout `releases`)."""
    release_folder_taken: bool = False
    """True if the folder that the release would get exists, but not as the release left it."""
    clock_skew_s: float = 0.0
    read_at: Annotated[datetime | None, Field(exclude_if=lambda at: at is None)] = None
    """Time at which the host was asked, by the server's clock: a reading is as old as its question.

    It is left out in logs of 0.1.
    """
    nothing_arrives: Annotated[bool, Field(exclude_if=lambda eaten: not eaten)] = False
    """True if data that is sent to a program does not reach it: a plan would not either."""
    rehearsal: Annotated[Rehearsal | None, Field(exclude_if=lambda found: found is None)] = None
    """Obstacles and effects that a move of the work tree would meet; None in logs of 0.1.

    If releases lie side by side: those that making the folder of the release would meet.
    """

    @property
    def planned(self) -> frozenset[str]:
        """The services that the configuration of the release names (compose)."""
        return frozenset(name for name, _ in self.config_hashes)

    @property
    def in_the_way(self) -> tuple[str, ...]:
        """Return the facts that decide whether a move of the work tree is still the one that was rehearsed."""
        found = self.rehearsal
        return (found.digest, found.stranger, *found.blocked) if found else ()
