"""Answers about a long log: what was read once is not read again, and says the same."""

from __future__ import annotations

from dataclasses import replace

from flightrules.ports import EventStore
from flightrules.service.log_reading import LogSoFar
from flightrules.state.log import Recorded
from flightrules.state.messages.due import messages
from flightrules.state.report.timeline import timeline
from flightrules.testing.drill import Drill


class Counted:
    """A store that counts the events that it reads of incidents."""

    def __init__(self, store: EventStore) -> None:
        self._store = store
        self.read = 0

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    async def load(self, stream: str, *, after: int = 0) -> list[Recorded]:
        """Read, and count."""
        records = await self._store.load(stream, after=after)
        self.read += len(records) if stream.startswith("INC-") else 0
        return records


def test_a_hundred_classifications_make_no_later_answer_read_more() -> None:
    with Drill() as drill:
        drill.production.broken.add(drill.production.releases[-1])
        incident = drill.decided()
        counted = drill.server.app.incidents.store = Counted(drill.server.app.incidents.store)  # type: ignore[assignment]
        read: list[int] = []
        for _ in range(100):
            drill.call("classify", incident=incident, impacts=["complete_outage"])
            counted.read = 0
            drill.call("incident_status", incident=incident)
            read.append(counted.read)
        assert max(read[1:]) < 10, read


def test_a_log_that_is_read_in_parts_says_what_the_whole_log_says() -> None:
    with Drill("internal/1") as drill:
        incident = drill.restored()
        drill.clock.advance(-7200)
        for _ in range(4):
            drill.call("classify", incident=incident, severity="P4")
        drill.call("write_report", incident=incident, root_cause="The pool was cut in half.")
        drill.person().close(incident)
        records = drill.server.records(incident)
        for first in (1, 2, len(records) // 2, len(records) - 1):
            log = LogSoFar()
            log.read(records, first)
            assert log.version == first
            log.read(records, len(records))
            assert log.timeline.entries() == timeline(records)
            assert log.told.messages == messages(records)


def test_an_answer_about_an_earlier_version_is_made_of_that_version() -> None:
    with Drill() as drill:
        incident = drill.opened()
        incidents = drill.server.app.incidents
        now = drill.server.portal.call(incidents.incident, incident)
        earlier = replace(now, version=2)
        assert drill.server.portal.call(incidents.read_on, now).version == now.version
        assert drill.server.portal.call(incidents.read_on, earlier).version == 2
