"""The process that reads and writes files: bounded in time, memory and words, and no trouble to the loop."""

import asyncio
import sys
import time

import pytest

from dispatch_server.org.clerk import Clerk, ClerkBusy
from dispatch_server.org.clerk_talk import Task, file_of
from dispatch_server.org.exporting import as_json
from dispatch_server.org.importing import plan
from dispatch_server.org.refusals import FileWrong
from tests.unit.org.county import NOW, new_id, sample
from tests.unit.org.test_package_checks import BOMB

BAD = "tests.integration.org.bad_clerk"


@pytest.mark.parametrize("deed", ["die", "hang", "talk", "eat", "burn"])
async def test_a_process_that_goes_wrong_gives_no_answer(deed: str) -> None:
    clerk = Clerk(BAD, patience_s=3.0 if deed == "hang" else 30.0)
    assert await clerk.done(Task.READ_YAML, deed.encode(), "x") == b""


async def test_the_same_process_answers_when_it_does_its_work() -> None:
    assert await Clerk(BAD).done(Task.READ_YAML, b"work", "x") == b"+done"
    assert await Clerk(BAD).done(Task.READ_YAML, b"eat without a limit", "x") == b"+\0"  # so it is the limit that bites


async def test_files_are_written_and_read_there_as_here() -> None:
    clerk, whole = Clerk(), sample()
    for write, read in ((Task.WRITE_YAML, Task.READ_YAML), (Task.WRITE_XLSX, Task.READ_XLSX)):
        data = await clerk.done(write, as_json(whole), "x")
        file = file_of(await clerk.done(read, data, "x"), "x")
        assert plan(whole, file, new_id, NOW).changes == ()
    with pytest.raises(FileWrong, match="larger than 32 MiB"):
        file_of(await clerk.done(Task.READ_XLSX, BOMB, "x"), "x")


async def test_a_few_wait_their_turn_and_more_are_told_to_come_again() -> None:
    clerk = Clerk(BAD, waiting_limit=2)
    results = await asyncio.gather(
        *(clerk.done(Task.READ_YAML, b"work", "x") for _ in range(4)), return_exceptions=True
    )
    assert [type(one) for one in results] == [bytes, bytes, ClerkBusy, ClerkBusy]


async def test_who_stops_waiting_leaves_no_process_behind() -> None:
    clerk = Clerk(BAD)
    task = asyncio.create_task(clerk.done(Task.READ_YAML, b"hang", "x"))
    begun = time.monotonic()
    await asyncio.sleep(1)  # it is started, and sleeps
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert time.monotonic() - begun < 30
    assert sys.executable and await clerk.done(Task.READ_YAML, b"work", "x") == b"+done"
