"""Whatever is asked, the index answers as a look at every row would; pages lose and repeat nothing."""

import random
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import pytest

from dispatch_server.kit.scope import COUNTY, Scope
from dispatch_server.reports import finding, terms
from dispatch_server.reports import store as rows_of_search
from dispatch_server.reports.finding import COUNTED
from dispatch_server.reports.model import LONG_US, Query, Row, fits
from dispatch_server.reports.store import SearchStore
from dispatch_server.reports.words import Run
from tests.unit.reports.made import NOW, filters, query, row

pytestmark = pytest.mark.timeout(240)
ROWS = 250


def looked_through(rows: Sequence[Row], asked: Query) -> set[str]:
    return {one.recording_id for one in rows if fits(one, asked)}


async def filled(store: SearchStore, chance: random.Random, count: int = ROWS) -> list[Row]:
    rows = [row(number, chance) for number in range(count)]
    await store.put(rows)
    return rows


async def disagreements(store: SearchStore, rows: Sequence[Row], asked: Sequence[Query]) -> list[Query]:
    wrong = []
    for one in asked:
        page = await store.search(replace(one, limit=ROWS))
        found = [row.recording_id for row in page.rows]
        begun = [row.begun_utc_us // 1000 for row in page.rows]
        right = set(found) == looked_through(rows, one) and len(set(found)) == len(found)
        if not right or begun != sorted(begun, reverse=True) or page.counted != len(found):
            wrong.append(one)
    return wrong


def questions(chance: random.Random, most: int) -> list[Query]:
    """Every way of asking alone, with every other, and with many others."""
    names = list(filters(chance))
    asked = [query(chance, name) for name in names for _ in range(4)]
    asked += [query(chance, *pair) for pair in combinations(names, 2)]
    asked += [query(chance, *chance.sample(names, chance.randrange(3, 8))) for _ in range(most)]
    return asked


async def test_every_question_is_answered_as_a_look_at_every_row_would(
    store: SearchStore, seeded: random.Random
) -> None:
    rows = await filled(store, seeded)
    asked = questions(seeded, 150)
    assert await disagreements(store, rows, asked) == []
    answered = [len(looked_through(rows, one)) for one in asked]
    assert sum(one > 0 for one in answered) > 200 and sum(one == 0 for one in answered) > 50


async def test_what_was_changed_is_found_as_it_is_now(store: SearchStore, seeded: random.Random) -> None:
    """Other facts, another time, nothing at all: no term of what it was stays behind."""
    rows = {one.recording_id: one for one in await filled(store, seeded, 150)}
    other = [row(number, random.Random(number)) for number in range(0, 150, 2)]
    same_time = [replace(one, begun_utc_us=rows[one.recording_id].begun_utc_us) for one in other[::2]]
    changed = [*same_time, *other[1::2]]
    await store.put(changed)
    rows |= {one.recording_id: one for one in changed}
    gone = [f"recording-{number:04}" for number in range(100, 120)]
    await store.remove([*gone, "never-was"])
    left = [one for one in rows.values() if one.recording_id not in gone]
    assert await disagreements(store, left, questions(seeded, 60)) == []
    await store.clear()
    assert (await store.search(Query(5))).rows == ()


async def test_the_harness_sees_a_term_that_is_forgotten(
    store: SearchStore, seeded: random.Random, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = await filled(store, seeded, 100)
    without = frozenset({terms.number_of(terms.WHOLE_COUNTY, "step", "sign")})
    monkeypatch.setattr(rows_of_search, "filed_under", lambda one: terms.filed_under(one) - without)
    await store.clear()
    await store.put(rows)
    assert await disagreements(store, rows, [Query(5, step="sign"), Query(5, held=True)]) == [Query(5, step="sign")]


async def test_the_harness_sees_pairs_that_are_not_read_in_the_row(
    store: SearchStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = Row("trap", "13", "T1301", "server", "main", "closed", NOW, NOW, spoken=("款单", "罚款"))
    await store.put([both])
    asked = Query(5, words=(Run("罚款单", True),))
    assert await disagreements(store, [both], [asked]) == []
    monkeypatch.setattr(finding, "inexact", lambda runs: [])
    assert await disagreements(store, [both], [asked]) == [asked]


async def test_what_lasts_for_weeks_is_found_by_any_of_its_days_and_by_its_township_alone(
    store: SearchStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    lengths = {"short": LONG_US // 2, "day": LONG_US, "weeks": 20 * LONG_US, "month": 30 * LONG_US}
    rows = [Row(name, "13", "T1", "server", "main", "sealed", NOW, NOW + us) for name, us in lengths.items()]
    await store.put(rows)
    moments = [NOW + days * LONG_US + more for days in (0, 1, 2, 20, 30, 31) for more in (-1, 0, 1)]
    asked = [Query(5, from_utc_us=one, to_utc_us=one + 1) for one in moments]
    assert await disagreements(store, rows, [*asked, *(replace(one, scope=Scope.of("14")) for one in asked)]) == []
    monkeypatch.setattr(finding, "LONG_US", LONG_US // 4)
    assert await disagreements(store, rows, asked) != [], "the harness sees a day that is cut short"


@pytest.mark.parametrize("scope", [COUNTY, Scope.of("13")], ids=["county", "township"])
async def test_pages_lose_and_repeat_nothing_while_rows_are_added(
    store: SearchStore, seeded: random.Random, scope: Scope
) -> None:
    """Newer ones come on no later page, older ones do when they are older than the page before."""
    rows = await filled(store, seeded, 120)
    asked = Query(7, scope=scope)
    before = looked_through(rows, asked)
    seen: list[str] = []
    added, after = 0, None
    while True:
        page = await store.search(replace(asked, after=after))
        assert (page.counted is None) == (after is not None)
        seen += [one.recording_id for one in page.rows]
        newest = replace(row(1000 + added, seeded), recording_id=f"new-{added}", begun_utc_us=NOW + 10**12 + added)
        await store.put([newest])
        added += 1
        after = page.next_place
        if after is None:
            break
    assert len(seen) == len(set(seen)) and before == {one for one in seen if not one.startswith("new-")}
    assert added > 5


async def test_many_that_begin_in_the_same_moment_all_have_a_place(store: SearchStore) -> None:
    rows = [Row(f"r{n:04}", "13", "T1301", "server", "main", "closed", NOW + n % 900, NOW + 1000) for n in range(700)]
    for first in range(0, 700, 100):
        await store.put(rows[first : first + 100])
    seen, after = [], None
    while page := await store.search(Query(50, after=after)):
        seen += [one.recording_id for one in page.rows]
        if (after := page.next_place) is None:
            break
    assert sorted(seen) == sorted(one.recording_id for one in rows)


async def test_a_number_is_told_up_to_a_thousand(store: SearchStore) -> None:
    rows = [Row(f"r{n:04}", "13", "T1", "server", "main", "closed", NOW + n * 1000, NOW + 10**9) for n in range(1005)]
    await store.put(rows)
    page = await store.search(Query(5))
    assert (page.counted, page.more_than_counted) == (COUNTED, True)
    page = await store.search(Query(5, scope=Scope.of("13"), to_utc_us=NOW + 1_000_000))
    assert (page.counted, page.more_than_counted) == (COUNTED, False)
