"""The one place that knows every adapter: settings in, application out.

Knows: which adapter keeps which port. Must not know: any rule, any face.
Nothing is opened here: the log, the hosts and the heavy libraries behind them come in at first use.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from importlib import import_module
from pathlib import Path

from flightrules.adapters.checkout import LocalCheckout
from flightrules.adapters.clock import SystemClock
from flightrules.adapters.error_kinds import TemplateKinds
from flightrules.adapters.files import AtomicFiles
from flightrules.adapters.handshakes import Handshakes
from flightrules.adapters.ids import RandomIds
from flightrules.adapters.metrics.loki import LokiEvidence
from flightrules.adapters.metrics.prometheus import PrometheusEvidence
from flightrules.adapters.metrics.sentry import SentryEvidence
from flightrules.adapters.own_patterns import own_net
from flightrules.adapters.processes import marked
from flightrules.adapters.production import SshProduction
from flightrules.adapters.secrets import secret_of
from flightrules.adapters.sending.chat import AppriseSender
from flightrules.adapters.sending.command import CommandSender
from flightrules.adapters.sending.folder import FolderSender
from flightrules.adapters.sending.github import GitHubSender
from flightrules.adapters.sending.page import StatusPageSender
from flightrules.adapters.sending.pagerduty import PagerDutySender
from flightrules.adapters.sending.resource import ResourceSender
from flightrules.adapters.sending.webhook import WebhookSender
from flightrules.adapters.signatures.signers import SignersFile
from flightrules.adapters.sqlite.reading import ReadingStore
from flightrules.adapters.sqlite.store import SqliteStore
from flightrules.adapters.witnesses import FileWitness, HttpWitness
from flightrules.config import Settings, StoreSettings
from flightrules.config.notices import Sink, StatusPageSettings
from flightrules.errors import Unavailable
from flightrules.ports import Clock, EventStore, EvidenceSource, Files, Ids, Sender, Store, Witness
from flightrules.service.alerts.follow_up import FollowUp
from flightrules.service.alerts.intake import Intake
from flightrules.service.application import Application
from flightrules.service.hearing import HeardStore
from flightrules.service.incident_service import IncidentService
from flightrules.service.invocation import ManagedTarget
from flightrules.service.messages.delivering import Courier
from flightrules.service.messages.public import public_pages
from flightrules.service.rollback.rollbacks import Rollbacks
from flightrules.service.suite_runs import SuiteRuns
from flightrules.service.watching import Chore, Watching
from flightrules.service.witnessing import WitnessedStore
from flightrules.state.metrics.queries import LokiSource, MetricsSource, SentrySource
from flightrules.state.redaction import cast_also
from flightrules.state.target import Target
from flightrules.state.vocabulary import Audience


@asynccontextmanager
async def application(settings: Settings, *, reads: Callable[[str], None] | None = None) -> AsyncIterator[Application]:
    """Wire the application of these settings, and close it at the end.

    For work that only reads, `reads` is told what is not as usual: it can do without a disk that takes anything.
    """
    # A copy of a database on another machine would not be the log.
    app = wire(
        settings, store=ReadingStore(Path(settings.store.path), reads) if reads and not settings.store.url else None
    )
    try:
        yield app
    finally:
        await app.close()


def wire(
    settings: Settings, *, clock: Clock | None = None, ids: Ids | None = None, store: Store | None = None
) -> Application:
    """Wire the application of these settings; whoever asks for it closes it."""
    clock, ids, handshakes = clock or SystemClock(), ids or RandomIds(), Handshakes()
    store = store or store_of(settings.store)
    heard = HeardStore(store)
    cast_also(own_net(settings.redaction.patterns))
    senders = _senders(settings, clock)
    incidents = IncidentService(
        store=_witnessed(heard, settings, clock),
        clock=clock,
        ids=ids,
        managed_targets={target.name: _managed(target, settings, clock, handshakes) for target in settings.targets},
        outbox=_folder(settings.outbox.path),
        kinds=TemplateKinds(),
        senders=senders,
        page=settings.server.page,
    )
    if settings.status_page.path:
        senders[f"{Audience.EXTERNAL}/page"] = _page(settings.status_page, incidents)
    holder = marked(ids.new("WATCH"))
    rollbacks = Rollbacks(incidents, leases=store, holder=holder)
    intake = Intake(incidents=incidents, routings={source.name: source for source in settings.alerts})
    follow_up = FollowUp(intake) if settings.alerts else None
    chores: list[Chore] = [*([follow_up.work] if follow_up else []), Courier(incidents).deliver, incidents.count_looks]
    watching = Watching(incidents=incidents, leases=store, holder=holder, chores=chores, take_up=rollbacks.take_up)
    return Application(
        incidents=incidents,
        rollbacks=rollbacks,
        suite_runs=SuiteRuns(incidents),
        watching=watching,
        intake=intake if follow_up else None,
        follow_up=follow_up,
        heard=heard,
    )


def warm_up() -> None:
    """Import what the calls of an incident will need, so that none of them waits for it. For a thread of its own."""
    for name in ("sqlite_utils", "asyncssh", "httpx"):
        import_module(name)


def store_of(settings: StoreSettings) -> Store:
    """Return the store of these settings; nothing is opened yet. Raises `Unavailable` if its driver is missing."""
    if settings.url is None:
        return SqliteStore(Path(settings.path))
    try:
        from flightrules.adapters.postgres.store import PostgresStore
    except ImportError as missing:
        raise Unavailable(
            "the incident log", "psycopg is not installed.", "pip install 'flightrules[postgres]'"
        ) from missing
    return PostgresStore(settings.url, partial(secret_of, settings.password) if settings.password else str)


def _witnessed(store: EventStore, settings: Settings, clock: Clock) -> EventStore:
    """The store with the witnesses of the settings, and itself where there are none."""
    witnesses: list[Witness] = [FileWitness(Path(settings.witness.file))] if settings.witness.file else []
    witnesses += [HttpWitness(settings.witness.url)] if settings.witness.url else []
    return WitnessedStore(store, witnesses, clock) if witnesses else store


def _sources(target: Target, clock: Clock) -> tuple[EvidenceSource, ...]:
    """The sources of evidence beside hosts and outside; a new kind is one more line here."""
    return tuple(_measured(source, clock) for source in target.metrics)


def _measured(source: MetricsSource, clock: Clock) -> EvidenceSource:
    if isinstance(source, LokiSource):
        return LokiEvidence(source, clock)
    return SentryEvidence(source, clock) if isinstance(source, SentrySource) else PrometheusEvidence(source, clock)


def _managed(target: Target, settings: Settings, clock: Clock, handshakes: Handshakes) -> ManagedTarget:
    return ManagedTarget(
        target=target,
        policy=settings.policy_of(target.name),
        production=SshProduction(target, clock, handshakes=handshakes),
        sources=_sources(target, clock),
        documents=_folder(target.docs_dir),
        signers=signers_of(settings, target.name),
        checkout=LocalCheckout(Path(target.checkout)) if target.checkout else None,
    )


def signers_of(settings: Settings, target: str) -> SignersFile:
    """Return the people whose signatures count for a target; a passkey's only from a page of the console."""
    console = settings.server.console
    origins = (console.origin,) if console else ()
    return SignersFile(settings.policy_of(target).approval.allowed_signers, origins=origins)


def _senders(settings: Settings, clock: Clock) -> dict[str, Sender]:
    """Every destination by audience and name; those of people are numbered as they are listed."""
    notify = settings.notify
    lists = {
        Audience.INTERNAL: notify.internal,
        Audience.EXTERNAL: notify.external,
        Audience.APPROVERS: notify.approvers,
        Audience.ESCALATION: notify.escalation,
    }
    people: dict[str, Sender] = {
        f"{audience}/{number}": AppriseSender(address)
        for audience, addresses in lists.items()
        for number, address in enumerate(addresses, 1)
    }
    pager: dict[str, Sender] = {}
    if found := settings.pagerduty:
        pager[f"{Audience.PAGER}/pagerduty"] = PagerDutySender(found.routing_key, found.url, clock)
    if settings.agent.command:
        pager[f"{Audience.AGENTS}/command"] = CommandSender(settings.agent.command)
    if hook := settings.agent.webhook:
        pager[f"{Audience.AGENTS}/webhook"] = WebhookSender(hook.url, hook.secret, clock)
    return (
        people | pager | {f"{Audience.PLANNER}/{sink}": _sink(sink, settings, clock) for sink in settings.planner.sinks}
    )


def _sink(sink: Sink, settings: Settings, clock: Clock) -> Sender:
    webhook, github = settings.planner.webhook, settings.planner.github
    if sink == "webhook" and webhook:
        return WebhookSender(webhook.url, webhook.secret, clock)
    if sink == "github" and github:
        return GitHubSender(
            github.repository,
            github.token,
            clock,
            api=github.api_url,
            labels=github.labels,
            report_url=github.report_url,
        )
    if sink == "resource":
        return ResourceSender()
    return FolderSender(_folder(settings.outbox.path), settings.outbox.path)


def _page(page: StatusPageSettings, incidents: IncidentService) -> Sender:
    pages = partial(public_pages, incidents, title=page.title, url=page.url or "")
    return StatusPageSender(_folder(page.path), pages, page.path)


def _folder(path: str) -> Files:
    return AtomicFiles(Path(path))
