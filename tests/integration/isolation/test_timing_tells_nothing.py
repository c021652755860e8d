"""How long an answer takes does not tell B whether A has what B asks for."""

import asyncio
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.isolation.county import A, B, County, add_recordings, add_searched, whole_county
from tests.integration.isolation.questions import QUESTIONS, Question, absent, asked, existing
from tests.integration.isolation.timing import Ask, Compared, compared, measured

pytestmark = pytest.mark.timeout(280)
ROUNDS = 150
DELAY_S = 0.002
# What changes nothing: a line of the ledger waits for the disk, whose time says nothing of the question.
QUIET = [one for one in QUESTIONS if one.method == "GET" or "media-tokens" in one.path]
SEARCHES = [one for one in QUESTIONS if one.path.startswith("/api/v1/recordings?")]
JOINED = [
    one for one in QUESTIONS if one.path.startswith("/api/v1/search/") and one.kind in ("searched_officer", "word")
]
MANY = 3_000


@pytest.fixture
async def county(tmp_path: Path) -> AsyncIterator[County]:
    async with whole_county(tmp_path / "var") as made:
        # The first refusals of a minute are lines of the ledger, those after them are not: that is not what is timed.
        made.app.state.refusals.per_minute = 0
        yield made


def asking(county: County, department: str, question: Question, thing: str, delay_s: float = 0.0) -> Ask:
    async def ask() -> None:
        await asked(county, department, question, thing)
        if delay_s:
            await asyncio.sleep(delay_s)

    return ask


async def compare(county: County, department: str, question: Question, chance: random.Random) -> Compared:
    there = asking(county, department, question, existing(county, question))
    nowhere = asking(county, department, question, absent(county, question))
    return await measured(there, nowhere, ROUNDS, chance)


async def test_the_time_of_an_answer_does_not_tell(county: County, seeded: random.Random) -> None:
    found = {str(question): await compare(county, B, question, seeded) for question in QUIET}
    print("\n" + "\n".join(f"{name}: {one}" for name, one in found.items()))
    suspects = [question for question in QUIET if found[str(question)].tells]
    # What one series of many says is asked once more: a machine that does other things has its moods.
    again = {str(question): await compare(county, B, question, seeded) for question in suspects}
    assert {name: str(one) for name, one in again.items() if one.tells} == {}


async def test_how_many_there_are_elsewhere_does_not_tell_either(county: County, seeded: random.Random) -> None:
    await add_recordings(county, MANY)
    found = {str(question): await compare(county, B, question, seeded) for question in SEARCHES}
    print("\n" + "\n".join(f"{name}: {one}" for name, one in found.items()))
    assert {name: str(one) for name, one in found.items() if one.tells} == {}


async def test_how_many_are_searched_elsewhere_does_not_tell_either(county: County, seeded: random.Random) -> None:
    await add_searched(county, MANY)
    found = {str(question): await compare(county, B, question, seeded) for question in JOINED[:2]}
    print("\n" + "\n".join(f"{name}: {one}" for name, one in found.items()))
    assert {name: str(one) for name, one in found.items() if one.tells} == {}


async def test_a_few_milliseconds_on_one_side_are_seen(county: County, seeded: random.Random) -> None:
    for question in QUIET[:3]:
        there = asking(county, B, question, existing(county, question), DELAY_S)
        nowhere = asking(county, B, question, absent(county, question))
        assert (await measured(there, nowhere, ROUNDS, seeded)).tells, question


async def test_what_is_there_takes_another_time_for_its_owner(county: County, seeded: random.Random) -> None:
    """A recording that may be read takes its reading."""
    question = next(one for one in QUIET if one.path == "/api/v1/recordings/{}")
    assert (await compare(county, A, question, seeded)).tells


def test_only_the_order_of_each_pair_counts() -> None:
    assert compared([(1.0, 2.0), (2.0, 1.0)] * 50).score == 0
    assert compared([(9.0, 1.0)] * 3 + [(1.0, 2.0), (2.0, 1.0)] * 50).tells is False
    assert compared([(1.1, 1.0)] * 40).tells
    assert compared([(1.0, 1.0)] * 40).score == 0
