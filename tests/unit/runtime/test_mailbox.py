"""A bounded queue into one task."""

import asyncio

import pytest

from dispatch_server.runtime.counters import Counters
from dispatch_server.runtime.mailbox import Mailbox, WhenFull


@pytest.mark.parametrize(("when_full", "left"), [(WhenFull.DROP_OLDEST, [2, 3, 4]), (WhenFull.DROP_NEWEST, [0, 1, 2])])
async def test_over_the_bound_one_is_dropped_and_counted(when_full: WhenFull, left: list[int]) -> None:
    counters = Counters()
    box: Mailbox[int] = Mailbox("box", 3, when_full, counters)
    kept = [box.put(number) for number in range(5)]
    assert kept == [True, True, True, False, False]
    assert await box.get_all() == left
    assert box.dropped == counters.dropped_so_far("box", when_full.value) == 2


async def test_a_waiting_reader_gets_what_comes() -> None:
    box: Mailbox[str] = Mailbox("box", 3, WhenFull.DROP_OLDEST, Counters())
    reading = asyncio.create_task(box.get())
    await asyncio.sleep(0)
    box.put("hello")
    async with asyncio.timeout(1):
        assert await reading == "hello"


async def test_a_closed_box_gives_what_is_left_then_nothing() -> None:
    box: Mailbox[str] = Mailbox("box", 3, WhenFull.DROP_OLDEST, Counters())
    box.put("last")
    box.close()
    assert not box.put("too late")
    assert len(box) == 1
    assert await box.get() == "last"
    assert await box.get() is None
    assert await box.get_all() == []
