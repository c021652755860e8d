"""Work that comes round again."""

import asyncio

import pytest

from dispatch_server.runtime import scope as scopes
from dispatch_server.runtime.counters import Counters
from dispatch_server.runtime.jobs import Job, Jobs
from dispatch_server.runtime.scope import TaskScope
from tests.waiting import until_async
from tests.worlds import TestWorld


class Elsewhere:
    """Another node holds every lease."""

    async def holds(self, job: str) -> bool:
        return False


async def test_a_job_comes_round_again() -> None:
    counters = Counters()
    jobs = Jobs(TestWorld(), counters)
    async with TaskScope("test", counters) as scope:
        jobs.start(scope, Job("count", 0.001, lambda: asyncio.sleep(0)))
        await until_async(lambda: jobs.runs.get("count", 0) >= 3)


async def test_a_job_that_takes_too_long_is_ended_and_counted() -> None:
    counters = Counters()
    jobs = Jobs(TestWorld(), counters)
    async with TaskScope("test", counters) as scope:
        jobs.start(scope, Job("slow", 0.001, lambda: asyncio.sleep(60), longest_s=0.01, at_once=True))
        await until_async(lambda: jobs.failures.get("slow", 0) >= 2)
    assert jobs.runs == {}


async def test_a_job_that_fails_comes_round_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scopes, "FIRST_PAUSE_S", 0.001)
    counters = Counters()
    jobs = Jobs(TestWorld(), counters)
    tries = 0

    async def fail_once() -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise OSError

    async with TaskScope("test", counters) as scope:
        jobs.start(scope, Job("fails", 0.001, fail_once, at_once=True))
        await until_async(lambda: jobs.runs.get("fails", 0) >= 1)


async def test_one_node_alone_runs_what_only_one_should() -> None:
    counters, tries = Counters(), [0]

    async def count() -> None:
        tries[0] += 1

    jobs = Jobs(TestWorld(), counters, Elsewhere())
    async with TaskScope("test", counters) as scope:
        jobs.start(scope, Job("everywhere", 0.001, count, at_once=True))
        jobs.start(scope, Job("alone", 0.001, count, at_once=True, one_node=True))
        await until_async(lambda: jobs.runs.get("everywhere", 0) >= 3)
    assert "alone" not in jobs.runs
