"""Live streams: bounded for each person, and over when the process ends."""

from __future__ import annotations

import asyncio

import pytest

from flightrules.console.live import ALL, EACH, Stream, Streams
from flightrules.errors import Refused
from tests.state.stories import rollback_story

RECORD = rollback_story().records[0].model_copy(update={"stream": "INC-7K2QMX"})
QUIET = 3600.0


def test_a_stream_says_that_something_changed_and_never_what() -> None:
    async def play() -> list[str]:
        streams = Streams()
        stream = streams.open("ada", "INC-7K2QMX")
        told = streams.follow(stream, quiet_s=QUIET)
        said = [await anext(told)]
        streams.hear(RECORD)
        said.append(await anext(told))
        streams.end()
        return said + [text async for text in told]

    begun, changed = asyncio.run(play())
    assert begun == "retry: 2000\n\n"
    assert changed == "id: 1\nevent: changed\ndata: 1\n\n"


def test_a_stream_of_one_incident_hears_nothing_of_another() -> None:
    streams = Streams()
    one, other = streams.open("ada", "INC-7K2QMX"), streams.open("ada", "INC-OTHER")
    streams.hear(RECORD)
    assert (one.woken.is_set(), other.woken.is_set()) == (True, False)


def test_the_end_of_the_process_ends_every_stream_and_no_other_begins() -> None:
    async def play() -> int:
        streams = Streams()
        open_ones = [streams.open("ada") for _ in range(3)]
        waits = [asyncio.create_task(_all(streams, stream)) for stream in open_ones]
        streams.end()
        await asyncio.gather(*waits)
        with pytest.raises(Refused):
            streams.open("ada")
        return len(streams)

    assert asyncio.run(play()) == 0


async def _all(streams: Streams, stream: Stream) -> list[str]:
    return [text async for text in streams.follow(stream, quiet_s=QUIET)]


def test_a_persons_oldest_stream_makes_room_and_others_keep_theirs() -> None:
    streams = Streams()
    other = streams.open("bob")
    own = [streams.open("ada") for _ in range(EACH + 1)]
    assert (streams.held_by("ada"), streams.held_by("bob")) == (EACH, 1)
    assert own[0].over
    assert not other.over
    assert not own[1].over


def test_one_stream_too_many_in_all_is_refused() -> None:
    streams = Streams()
    for number in range(ALL):
        streams.open(f"person {number}")
    with pytest.raises(Refused, match="Too many pages"):
        streams.open("one more")
