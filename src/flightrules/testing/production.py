"""A production made of memory: keeps ports.Production without a world.

Knows: the promises. Must not know: the service that uses it.
It passes the same contract tests as the SSH adapter (tests/adapters/production_contract.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flightrules.errors import Declined, Defect, Unavailable
from flightrules.state.comparison import configuration_files, dependency_files, is_migration
from flightrules.state.evidence import Commit, Comparison, Deploy, FileChange, Finding
from flightrules.state.guard import Guard
from flightrules.state.operation import (
    Content,
    Difference,
    ImageState,
    Operation,
    OperationStatus,
    Running,
    Step,
    StepOutcome,
    Survey,
)
from flightrules.state.runtimes.known import runtime_of
from flightrules.testing.host import ScriptedHost, ScriptedOperation, image_of
from flightrules.testing.world import GIB, ScriptedWorld


class ScriptedProduction(ScriptedWorld):
    """A production in memory that runs operations as its switches say."""

    async def collect(
        self, probes: Sequence[str] = (), *, since: datetime | None = None, limit_s: float = 20.0
    ) -> tuple[Finding, ...]:
        """The scripted findings, in the order of `Finding.probe`'s documentation."""
        del limit_s
        self.asked.append(tuple(probes))
        wanted = set(probes)
        found = [self._outside(name) for name in ["health", *(f"check:{check.name}" for check in self.target.checks)]]
        own = (f"health:{host.name}" for host in self.target.hosts if host.health_url)
        found += [self._outside(name) for name in own if name in wanted]
        for name, host in self.hosts.items():
            for probe, read in self._inside(host, since):
                why = host.unreachable or self.unreadable.get(probe, "")
                found.append(Finding(probe=probe, host=name, why=why, data=None if why else read()))
        known = {name for item in found for name in _names(item)}
        unknown = [Finding(probe=name, why="there is no such probe") for name in probes if name not in known]
        asked = [item for item in found if not wanted or _names(item) & wanted]
        return (*asked, *unknown)

    async def survey(self, host: str, release: str, *, trial: bool = False) -> Survey:
        """Return a survey of the scripted host, seen from a release."""
        del trial
        there = self._reach(host)
        compose = runtime_of(self.target).containers
        present = release in self.releases and release not in self.absent
        images = tuple(
            ImageState(
                service=name,
                ref=f"{self.target.name}-{name}:{release}",
                present=image_of(name, release) if (name, release) in there.images else "",
                remembered=image_of(name, release) if (name, release) in there.remembered else "",
                buildable=True,
            )
            for name in there.services
        )
        return Survey(
            host=host,
            head=there.head,
            branch=there.branch,
            dirty=there.dirty,
            dirty_patch="".join(f"--- a/{path}\n+++ b/{path}\n" for path in there.dirty),
            release_present=present,
            changed_paths=self.changed_paths if release != there.head else (),
            services=self._services(there),
            config_ok=present,
            config_why="" if present else "the release is not there",
            config_hashes=tuple((name, "") for name in there.services) if compose and present else (),
            images=images if compose and present else (),
            free_bytes=20 * GIB,
            lock_holder=there.lock_holder,
            lock_alive=bool(there.lock_holder),
            shadowed=there.shadowed,
            release=None if compose else there.serving,
            read_at=self.clock.now(),
        )

    async def launch(self, operation: Operation, *, until: datetime | None = None) -> None:
        """Take the operation once; the same id again changes nothing, another content under it is a defect."""
        host = self._reach(operation.host)
        known = host.operations.get(operation.id)
        if known is None and until is not None and self.clock.now() >= until:
            raise Declined(f"host {operation.host}", "it was too late there to begin.", "Ask for a new approval.")
        if self.refuse_launches:
            raise Declined(f"host {operation.host}", self.refuse_launches, "Look at the host.")
        if known is not None and known.operation != operation:
            msg = f"operation {operation.id} reached host {operation.host} before with other steps"
            raise Defect(msg)
        if known is None:
            host.operations[operation.id] = ScriptedOperation(operation, self.looks_to_finish)
        if self.lose_launch_answers:
            self.lose_launch_answers -= 1
            raise Unavailable(f"host {operation.host}", "the connection broke; the outcome is UNKNOWN.", "Look at it.")

    async def look(self, host: str, operation: str, *, offset: int = 0) -> OperationStatus:
        """See the operation; each look brings a slow one nearer to its end."""
        there = self._reach(host)
        held = there.operations.get(operation)
        if held is None:
            return OperationStatus(state="absent")
        if held.looked.state == "running":
            if held.looks_left > 0:
                held.looks_left -= 1
            else:
                held.looked = self._run(held.operation, there)
        log = held.looked.log.encode()
        return held.looked.model_copy(update={"log": log[offset:].decode(), "next_offset": max(len(log), offset)})

    async def guard(self, host: str) -> Guard:
        """Return what the scripted host lets the key do."""
        return self._reach(host).guard

    async def break_lock(self, host: str, operation: str, *, who: str) -> str:  # noqa: ARG002 - no audit in memory
        """End an operation that still runs."""
        held = self._reach(host).operations.get(operation)
        if held is None or held.looked.state == "done":
            raise Unavailable(f"host {host}", f"operation {operation} holds no lock.", "Look at the host.")
        alive = held.looked.state == "running"
        held.looked = held.looked.model_copy(update={"state": "lost"})
        return "killed" if alive else "dead"

    def _run(self, operation: Operation, host: ScriptedHost) -> OperationStatus:
        if host.lock_holder:
            return OperationStatus(state="done", exit_status=75, log=f"busy: {host.lock_holder}\n")
        if moved := self._moved(operation, host):
            return OperationStatus(state="done", exit_status=76, log=f"moved: {moved}\n")
        outcomes: list[StepOutcome] = []
        for index, step in enumerate(operation.steps):
            host.ran.append(step)
            began = StepOutcome(index=index, name=step.name, started_at=self.clock.now())
            if step.name == self.crash_at:
                return OperationStatus(state="lost", steps=(*outcomes, began), same_boot=False, log=f"{step.name}\n")
            refuses = step.argv == ("false",) or (step.changes and operation.host in self.fail_hosts)
            failed = 1 if refuses else self.fail_steps.get(step.name, 0)
            status = failed or self._effect(step, operation, host)
            outcomes.append(began.model_copy(update={"ended_at": self.clock.now(), "exit_status": status}))
            if status:
                undone = self._undo(operation, host, outcomes)
                return OperationStatus(
                    state="done", exit_status=status, steps=undone, log=f"{step.name} failed: {status}\n"
                )
        return OperationStatus(state="done", exit_status=0, steps=tuple(outcomes), log="done\n")

    def _moved(self, operation: Operation, host: ScriptedHost) -> str:
        """In what the host is not as the plan of the operation has it; empty where nothing was expected or differs."""
        expected = operation.expected
        runs = tuple(sorted((name, image_of(name, host.serving)) for name in host.services))
        differs = {
            f"head is {host.head}": bool(expected.head) and host.head != expected.head,
            f"branch is {host.branch}": bool(expected.head) and (host.branch or "") != expected.branch,
            "tracked files were changed": expected.clean and bool(host.dirty),
            "other images run": bool(expected.images) and runs != expected.images,
        }
        return "; ".join(what for what, holds in differs.items() if holds)

    def _effect(self, step: Step, operation: Operation, host: ScriptedHost) -> int:
        release = operation.to_release
        if step.name == "checkout":
            host.head, host.branch = release, None
            host.deploys.insert(0, Deploy(sha=release, at=self.clock.now(), how="checkout"))
        elif step.name == "build":
            host.images |= {(name, release) for name in host.services}
        elif step.name == "retag":
            host.images |= {(name, sha) for name, sha in host.remembered if sha == release}
        elif step.name == "up":
            if any((name, release) not in host.images for name in host.services):
                return 1
            if host.serving != release or host.stopped:
                host.started_at = self.clock.now()
            host.serving, host.stopped = release, set()
        elif step.name == "restart":
            host.serving, host.stopped, host.started_at = host.head, set(), self.clock.now()
        return 0

    def _undo(
        self, operation: Operation, host: ScriptedHost, outcomes: Sequence[StepOutcome]
    ) -> tuple[StepOutcome, ...]:
        if any(operation.steps[item.index].changes for item in outcomes):
            return tuple(outcomes)
        undone = []
        for item in outcomes:
            undoable = operation.steps[item.index].undo is not None
            if undoable and item.name == "checkout":
                host.head = operation.from_release
            undone.append(item.model_copy(update={"undone": undoable}))
        return tuple(undone)

    async def running(self, host: str, *, release: str = "") -> Running:
        """Return what the scripted host runs."""
        there = self._reach(host)
        compose = runtime_of(self.target).containers
        otherwise = () if there.serving == release else there.services
        return Running(
            host=host,
            at=self.clock.now(),
            head=there.head,
            branch=there.branch,
            services=self._services(there),
            release=None if compose else there.serving,
            differs=tuple(map(_other, otherwise)) if compose and release else None,
            content=Content(differs=("app.py",) if there.head != release else (), compared=1) if release else None,
        )

    async def compare(self, host: str, good: str, bad: str) -> Comparison:
        """Return the differences between the scripted releases: the changed paths, one on each line."""
        self._reach(host)
        for release in (good, bad):
            if release not in self.releases or release in self.absent:
                raise Unavailable(f"host {host}", f"the repository lacks commit {release}.", "Look at the host.")
        paths = self.changed_paths if good != bad else ()
        between = self.releases[self.releases.index(good) + 1 : self.releases.index(bad) + 1]
        commits = [Commit(sha=s, at=self.committed[s], subject=f"Release {s[:7]}") for s in reversed(between)]
        return Comparison(
            good=good,
            bad=bad,
            files_changed=len(paths),
            added=len(paths),
            removed=0,
            files=tuple(FileChange(path=path, added=1, removed=0) for path in paths),
            configuration=configuration_files(paths),
            dependencies=dependency_files(paths),
            migrations=tuple(path for path in paths if is_migration(path, self.target)),
            commits=tuple(commits),
            commits_count=len(commits),
        )

    async def remember(self, host: str, release: str) -> tuple[tuple[str, str], ...]:
        """Remember the running images under a release; only when HEAD is that release."""
        there = self._reach(host)
        if there.head != release:
            raise Unavailable(f"host {host}", f"HEAD is {there.head}, not {release}.", "Nothing was tagged.")
        there.remembered |= {(name, release) for name in there.services}
        return tuple((name, image_of(name, there.serving)) for name in there.services)

    async def close(self) -> None:
        """Note that it was let go of."""
        self.closed = True


def _other(service: str) -> Difference:
    return Difference(service=service, saw="compose would recreate it")


def _names(finding: Finding) -> set[str]:
    """Return the names by which a finding may be asked for: `logs` means the log of every service."""
    return {finding.probe, "logs" if finding.probe.startswith("logs:") else finding.probe}
