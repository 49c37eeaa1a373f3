"""Contract of every production; a test module subclasses `ProductionContract`, or its halves, and gives `world`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import count

import pytest

from flightrules.adapters.clock import SystemClock
from flightrules.adapters.production import SshProduction
from flightrules.errors import Defect, Unavailable
from flightrules.ports import Production
from flightrules.state.evidence import Deploys, Http, Logs, Services
from flightrules.state.operation import Operation, OperationStatus, Step
from flightrules.state.plan import compose_command
from flightrules.state.target import ComposeRuntime, Target
from sandbox import production as sandbox

NOWHERE = "f" * 40
"""A commit that no repository has."""

_numbers = count(1)


@dataclass(frozen=True)
class World:
    """A production with one host, on which the bad release was deployed last and serves now."""

    production: Production
    target: Target
    good: str
    bad: str

    @property
    def host(self) -> str:
        """The name of its host."""
        return self.target.hosts[0].name

    def git(self, *words: str) -> tuple[str, ...]:
        """A git command in the checkout."""
        return ("git", "-C", self.target.app_dir, "-c", "gc.auto=0", *words)

    def checkout(self) -> Step:
        """The step to the good release, and its way back."""
        return Step(
            name="checkout",
            argv=self.git("checkout", "--quiet", "--detach", self.good),
            undo=self.git("checkout", "--quiet", "--detach", self.bad),
            says="check out",
        )

    def up(self) -> Step:
        """The step that makes the services run what is checked out."""
        runtime = self.target.runtime
        if isinstance(runtime, ComposeRuntime):
            argv = (*compose_command(self.target, runtime), "up", "-d", "--no-build", "--timeout", "1")
            return Step(name="up", argv=argv, env=(("GIT_SHA", self.good),), changes=True, says="bring up")
        return Step(name="restart", argv=runtime.restart, changes=True, says="restart")

    def operation(self, *steps: Step, name: str = "") -> Operation:
        """An operation of these steps, under a name of its own."""
        return Operation(
            id=name or f"OP-{next(_numbers):06d}",
            incident="INC-1",
            target=self.target.name,
            host=self.host,
            from_release=self.bad,
            to_release=self.good,
            steps=steps,
            who="Ada Lovelace",
            why="the shop answers 500",
        )

    async def ended(self, operation: Operation, *, limit_s: float = 60.0) -> OperationStatus:
        """The operation once it has ended."""
        async with asyncio.timeout(limit_s):
            while (look := await self.production.look(self.host, operation.id)).state in {"claimed", "running"}:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        return look


FAILS = Step(name="build", argv=("false",), says="fail")


@asynccontextmanager
async def seen(shop: sandbox.Production) -> AsyncIterator[World]:
    """A shop of the sandbox as the server reaches it: v4 is good, v5 is broken and serves."""
    production = SshProduction(shop.target, SystemClock())
    yield World(production, shop.target, good=shop.releases["v4"], bad=shop.releases["v5"])
    await production.close()


@pytest.mark.anyio
class ProductionLooks:
    """Promises of ports.Production that nothing has to be changed for: one world does for all of them."""

    @pytest.mark.requirement("EVI-probes")
    async def test_every_probe_gives_a_readable_finding(self, world: World) -> None:
        found = {finding.probe: finding for finding in await world.production.collect()}
        assert {probe: finding.why for probe, finding in found.items() if not finding.readable} == {}
        stats = {"stats"} if isinstance(world.target.runtime, ComposeRuntime) else set()
        wanted = {"services", "disk", "memory", "deploys", "health", "check:characters", "logs:web"} | stats
        assert wanted <= found.keys()
        outside = {probe for probe, finding in found.items() if finding.host is None}
        assert outside == {probe for probe in found if probe == "health" or probe.startswith("check:")}

    async def test_a_broken_release_shows_in_health_and_checks(self, world: World) -> None:
        for finding in await world.production.collect(["health", "check:characters"]):
            assert isinstance(finding.data, Http)
            assert not finding.data.ok
            assert finding.data.status == 500
            assert finding.data.failed

    async def test_only_what_was_asked_for_is_collected(self, world: World) -> None:
        found = await world.production.collect(["services", "logs:web", "health"])
        assert sorted(finding.probe for finding in found) == ["health", "logs:web", "services"]
        logs = await world.production.collect(["logs"])
        assert "logs:web" in {finding.probe for finding in logs}
        assert all(isinstance(finding.data, Logs) for finding in logs)

    @pytest.mark.parametrize("probe", ["no such", "check:none", "logs:$(reboot)", "", "../x"])
    async def test_a_probe_that_does_not_exist_is_unreadable(self, world: World, probe: str) -> None:
        (finding,) = await world.production.collect([probe])
        assert (finding.probe, finding.readable) == (probe, False)
        assert finding.why

    async def test_services_and_deploys_tell_what_runs_since_when(self, world: World) -> None:
        found = {f.probe: f.data for f in await world.production.collect(["services", "deploys"])}
        services, deploys = found["services"], found["deploys"]
        assert isinstance(services, Services)
        assert {state.state for state in services.services} == {"running"}
        assert isinstance(deploys, Deploys)
        assert (deploys.head, deploys.dirty) == (world.bad, ())
        assert [deploy.sha for deploy in deploys.deploys][:2] == [world.bad, world.good]
        assert world.bad in {commit.sha for commit in deploys.commits}

    async def test_a_survey_tells_what_a_plan_needs(self, world: World) -> None:
        survey = await world.production.survey(world.host, world.good, trial=True)
        assert (survey.host, survey.head, survey.branch, survey.dirty) == (world.host, world.bad, None, ())
        assert survey.release_present
        assert survey.config_ok
        assert survey.engine_ok
        assert survey.changed_paths
        assert (survey.lock_holder, survey.lock_alive, survey.shadowed) == ("", False, ())
        assert survey.free_bytes
        if isinstance(world.target.runtime, ComposeRuntime):
            assert {image.service for image in survey.images} == {name for name, _ in survey.config_hashes}
            assert all(image.present for image in survey.images)

    async def test_a_release_that_is_nowhere_is_surveyed_as_absent(self, world: World) -> None:
        survey = await world.production.survey(world.host, NOWHERE)
        assert not survey.release_present
        assert survey.head == world.bad

    async def test_an_unknown_host_is_unavailable(self, world: World) -> None:
        production = world.production
        with pytest.raises(Unavailable, match="moon"):
            await production.survey("moon", world.good)
        with pytest.raises(Unavailable, match="moon"):
            await production.look("moon", "OP-1")
        with pytest.raises(Unavailable, match="moon"):
            await production.running("moon")
        with pytest.raises(Unavailable, match="moon"):
            await production.guard("moon")
        with pytest.raises(Unavailable, match="moon"):
            await production.remember("moon", world.good)
        with pytest.raises(Unavailable, match="moon"):
            await production.launch(world.operation(world.checkout()).model_copy(update={"host": "moon"}))

    async def test_an_operation_that_never_arrived_is_absent(self, world: World) -> None:
        assert await world.production.look(world.host, "OP-nowhere") == OperationStatus(state="absent")

    async def test_nothing_is_remembered_for_a_release_that_is_not_checked_out(self, world: World) -> None:
        with pytest.raises(Unavailable, match=world.bad):
            await world.production.remember(world.host, world.good)
        survey = await world.production.survey(world.host, world.good)
        assert [image.remembered for image in survey.images if image.remembered] == []

    @pytest.mark.requirement("RCA-compare")
    async def test_two_releases_are_compared_out_of_the_hosts_repository(self, world: World) -> None:
        seen = await world.production.compare(world.host, world.good, world.bad)
        assert (seen.good, seen.bad) == (world.good, world.bad)
        assert seen.files_changed == len(seen.files) > 0
        assert seen.added == sum(change.added or 0 for change in seen.files) > 0
        assert [commit.sha for commit in seen.commits] == [world.bad]
        assert seen.commits_count == 1
        same = await world.production.compare(world.host, world.good, world.good)
        assert (same.files_changed, same.commits) == (0, ())

    @pytest.mark.requirement("RCA-compare")
    async def test_a_release_the_host_lacks_cannot_be_compared(self, world: World) -> None:
        with pytest.raises(Unavailable, match=NOWHERE):
            await world.production.compare(world.host, world.good, NOWHERE)

    @pytest.mark.requirement("HOST-told")
    async def test_what_the_key_may_do_beside_the_protocol_is_tried(self, world: World) -> None:
        guard = await world.production.guard(world.host)
        assert guard.gate is not guard.commands

    async def test_closing_twice_is_closing_once(self, world: World) -> None:
        await world.production.close()
        await world.production.close()


class SshProductionLooks(ProductionLooks):
    """The same over SSH, all on one shop of the sandbox, `untouched`."""

    @pytest.fixture
    async def world(self, untouched: sandbox.Production) -> AsyncIterator[World]:
        async with seen(untouched) as world:
            yield world


@pytest.mark.anyio
class ProductionActs:
    """Promises that are seen in what changes: each wants a world of its own."""

    async def test_a_rollback_runs_to_its_end_and_shows_in_what_runs(self, world: World) -> None:
        operation = world.operation(world.checkout(), world.up())
        await world.production.launch(operation)
        look = await world.ended(operation)
        assert (look.state, look.exit_status, look.same_boot) == ("done", 0, True), look.log
        assert [(step.index, step.name, step.exit_status, step.undone) for step in look.steps] == [
            (0, "checkout", 0, False),
            (1, operation.steps[1].name, 0, False),
        ]
        assert all(step.ended_at is not None and step.ended_at >= step.started_at for step in look.steps)
        running = await world.production.running(world.host)
        assert running.head == world.good
        assert {state.state for state in running.services} == {"running"}
        if isinstance(world.target.runtime, ComposeRuntime):
            survey = await world.production.survey(world.host, world.good)
            wanted = {image.service: image.present for image in survey.images}
            assert {state.service: state.image for state in running.services} == wanted
        else:
            assert running.release == world.good

    async def test_a_log_is_read_on_from_where_it_was_left(self, world: World) -> None:
        operation = world.operation(world.checkout(), FAILS)
        await world.production.launch(operation)
        whole = await world.ended(operation)
        rest = await world.production.look(world.host, operation.id, offset=whole.next_offset)
        assert (rest.log, rest.next_offset) == ("", whole.next_offset)

    async def test_launching_an_operation_again_does_not_run_it_again(self, world: World) -> None:
        operation = world.operation(world.checkout())
        await world.production.launch(operation)
        first = await world.ended(operation)
        await world.production.launch(operation)
        assert await world.ended(operation) == first

    async def test_an_operation_is_not_begun_once_the_hosts_clock_shows_its_latest_time(self, world: World) -> None:
        operation = world.operation(world.checkout())
        now = (await world.production.running(world.host)).at
        with pytest.raises(Unavailable, match="too late"):
            await world.production.launch(operation, until=now)
        assert (await world.production.look(world.host, operation.id)).state == "absent"
        await world.production.launch(operation, until=now + timedelta(minutes=5))
        assert (await world.ended(operation)).state == "done"

    async def test_an_id_that_was_used_for_other_steps_is_a_defect(self, world: World) -> None:
        operation = world.operation(world.checkout())
        await world.production.launch(operation)
        await world.ended(operation)
        with pytest.raises(Defect, match=operation.id):
            await world.production.launch(world.operation(FAILS, name=operation.id))

    async def test_a_failure_before_anything_changed_is_undone_by_the_host(self, world: World) -> None:
        operation = world.operation(world.checkout(), FAILS, world.up())
        await world.production.launch(operation)
        look = await world.ended(operation)
        assert (look.state, look.exit_status) == ("done", 1)
        assert [(step.name, step.exit_status, step.undone) for step in look.steps] == [
            ("checkout", 0, True),
            ("build", 1, False),
        ]
        assert (await world.production.running(world.host)).head == world.bad

    async def test_after_a_change_began_nothing_is_undone(self, world: World) -> None:
        operation = world.operation(world.checkout(), FAILS.model_copy(update={"changes": True}))
        await world.production.launch(operation)
        look = await world.ended(operation)
        assert [step.undone for step in look.steps] == [False, False]
        assert (await world.production.running(world.host)).head == world.good

    async def test_running_images_are_remembered_for_the_release_that_is_checked_out(self, world: World) -> None:
        remembered = await world.production.remember(world.host, world.bad)
        running = await world.production.running(world.host)
        if isinstance(world.target.runtime, ComposeRuntime):
            assert dict(remembered) == {state.service: state.image for state in running.services}
            survey = await world.production.survey(world.host, world.bad)
            assert {image.service: image.remembered for image in survey.images} == dict(remembered)
        else:
            assert remembered == ()


class ProductionContract(ProductionLooks, ProductionActs):
    """The promises of ports.Production."""
