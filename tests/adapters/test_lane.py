from __future__ import annotations

import asyncio
import subprocess
import sys
from functools import partial
from threading import Event, get_ident

import pytest

from flightrules.adapters.sqlite.single_thread import SingleThread

pytestmark = pytest.mark.anyio


async def test_work_is_done_on_one_other_thread_in_the_order_in_which_it_was_handed_over() -> None:
    lane, done = SingleThread("test"), list[int]()

    def work(number: int) -> int:
        done.append(number)
        return get_ident()

    threads = await asyncio.gather(*(lane.run(partial(work, number)) for number in range(50)))
    lane.close()
    assert done == list(range(50))
    assert len(set(threads)) == 1
    assert threads[0] != get_ident()


async def test_what_the_work_raises_reaches_its_caller_and_the_next_work_is_done() -> None:
    lane = SingleThread("test")
    with pytest.raises(ZeroDivisionError):
        await lane.run(lambda: 1 // 0)
    assert await lane.run(lambda: 2) == 2
    lane.close()


async def test_the_thread_rests_when_nothing_waits_and_not_before() -> None:
    seen, go, rested = list[str](), Event(), Event()

    def rest() -> None:
        seen.append("rest")
        rested.set()

    def first() -> None:
        assert go.wait(10)
        seen.append("one")

    lane = SingleThread("test", rest)
    both = [asyncio.create_task(lane.run(work)) for work in (first, partial(seen.append, "two"))]
    await asyncio.sleep(0)
    go.set()
    await asyncio.gather(*both)
    assert await asyncio.to_thread(rested.wait, 10)
    lane.close()
    assert seen == ["one", "two", "rest"]


async def test_an_answer_does_not_wait_for_the_rest() -> None:
    go = Event()

    def rest() -> None:
        assert go.wait(10)

    lane = SingleThread("test", rest)
    assert await asyncio.wait_for(lane.run(lambda: "done"), 5) == "done"
    go.set()
    lane.close()


async def test_a_caller_that_gives_up_does_not_stop_the_work() -> None:
    lane, begun, go, done = SingleThread("test"), Event(), Event(), Event()

    def work() -> None:
        begun.set()
        assert go.wait(10)
        done.set()

    caller = asyncio.create_task(lane.run(work))
    assert await asyncio.to_thread(begun.wait, 10)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    go.set()
    assert await lane.run(done.is_set)
    lane.close()


async def test_work_handed_over_before_the_end_is_done() -> None:
    lane = SingleThread("test")
    last = asyncio.create_task(lane.run(lambda: "done"))
    await asyncio.sleep(0)
    lane.close()
    assert await last == "done"


def test_work_that_outlives_its_event_loop_harms_nobody_and_the_process_ends() -> None:
    program = """
import asyncio, threading
from flightrules.adapters.sqlite.single_thread import SingleThread
lane, go, ended = SingleThread("test"), threading.Event(), threading.Event()

def work():
    go.wait(10)
    ended.set()

async def give_up():
    try:
        await asyncio.wait_for(lane.run(work), 0.01)
    except TimeoutError:
        pass

asyncio.run(give_up())
go.set()
assert ended.wait(10)
print(asyncio.run(lane.run(lambda: "goes on")))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30)
    assert (done.stdout, done.stderr) == ("goes on\n", "")
