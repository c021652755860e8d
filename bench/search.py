"""How long the joined search takes among 10^4, 10^5 and 10^6 recordings; the databases are kept under var/."""

import asyncio
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from bench.load import percentile
from bench.search_rows import DEEDS, FIRST_UTC_US, OBJECTS, RARE, STEPS, TRADES, YEARS_US, rows
from bench.table import Row, within
from dispatch_server.kit.case_numbers import normalised
from dispatch_server.kit.redact import Secret
from dispatch_server.kit.scope import Scope
from dispatch_server.reports.cells import Rectangle
from dispatch_server.reports.model import Query
from dispatch_server.reports.model import Row as Recording
from dispatch_server.reports.store import SearchStore
from dispatch_server.reports.words import normal, runs
from dispatch_server.runtime.counters import Counters
from dispatch_server.runtime.database import Database
from dispatch_server.settings import DatabaseSettings

BUDGET_MS = 100
BATCH = 2_000
SAMPLE = 300  # recordings that questions are made from
HOUR_US = 3_600_000_000
Ask = Callable[[Recording, random.Random], Query]


def page(**asked: object) -> Query:
    return Query(50, **asked)  # type: ignore[arg-type]


def said(text: str) -> Query:
    return page(words=tuple(runs(normal(text))))


def around(one: Recording, degrees: float) -> Rectangle:
    latitude, longitude = one.latitude or 0.0, one.longitude or 0.0
    return Rectangle(latitude - degrees, longitude - degrees, latitude + degrees, longitude + degrees)


def some_time(chance: random.Random, hours: int) -> dict[str, object]:
    begin = FIRST_UTC_US + chance.randrange(YEARS_US - hours * HOUR_US)
    return {"from_utc_us": begin, "to_utc_us": begin + hours * HOUR_US}


# As people ask: of one of the recordings, of something that is everywhere, and of what does not exist.
QUESTIONS: dict[str, Ask] = {
    "newest": lambda one, chance: page(),
    "time": lambda one, chance: page(**some_time(chance, 24)),
    "officer": lambda one, chance: page(officer=one.officers[0].certificate),
    "officer by name": lambda one, chance: page(officer=one.officers[0].name),
    "officer and month": lambda one, chance: page(officer=one.officers[0].certificate, **some_time(chance, 720)),
    "item": lambda one, chance: page(item=one.item_code or "CF-0007"),
    "kind and step": lambda one, chance: page(kind=one.kind or "penalty", step=chance.choice(STEPS)),
    "case number": lambda one, chance: page(case_number=normalised(one.cases[0].number) if one.cases else "无"),
    "terminal": lambda one, chance: page(source=one.source),
    "party": lambda one, chance: page(party=tuple(runs(normal(one.party)))),
    "word of two": lambda one, chance: said(chance.choice(DEEDS)),
    "word of one": lambda one, chance: said(chance.choice("证罚款路号东风人物")),
    "word of four": lambda one, chance: said(chance.choice(OBJECTS)),
    "rare word": lambda one, chance: said(RARE),
    "two words": lambda one, chance: said(f"{chance.choice(OBJECTS)[:2]} {chance.choice(TRADES)}"),
    "words that never meet": lambda one, chance: said("罚款 警告"),
    "word in a year": lambda one, chance: replace(said(chance.choice(DEEDS)), **some_time(chance, 8760)),  # type: ignore[arg-type]
    "place of 200 m": lambda one, chance: page(place=around(one, 0.001)),
    "place of 10 km": lambda one, chance: page(place=around(one, 0.05)),
    "place and word": lambda one, chance: replace(said(chance.choice(DEEDS)), place=around(one, 0.01)),
    "place and month": lambda one, chance: page(place=around(one, 0.01), **some_time(chance, 720)),
    "missing coverage": lambda one, chance: page(missing=True),
    "fault of the picture": lambda one, chance: page(fault=chance.choice(("black", "covered"))),
    "in no case": lambda one, chance: page(unlinked=True, held=True),
    "rare of everything": lambda one, chance: page(
        unlinked=True, missing=True, fault="frozen", step=chance.choice(STEPS), officer=one.officers[0].certificate
    ),
}


def search_rows(sizes: Sequence[int], each: int = 20) -> Iterator[Row]:
    """`each`: questions of each kind and of each scope."""
    for size in sizes:
        yield from asyncio.run(_measured(size, each))


async def _measured(size: int, each: int) -> list[Row]:
    path = Path(f"var/search/{size}.sqlite3")
    async with Database(
        DatabaseSettings(url=Secret(f"sqlite+aiosqlite:///{path}"), wait_s=120.0, statement_s=120.0), Counters()
    ).opened() as database:
        store = SearchStore(database)
        built = await _filled(store, size)
        timed = await _asked(store, size, each)
    every = [one for times in timed.values() for one in times]
    worst = max(timed, key=lambda name: percentile(timed[name], 0.95))
    slowest = f"slowest kind: {worst}, p95 {percentile(timed[worst], 0.95) * 1000:.1f} ms"
    what = f"search among {size} recordings, SQLite"
    p50, p95 = (percentile(every, share) * 1000 for share in (0.5, 0.95))
    detail = f"p50 {p50:.1f} ms, longest {max(every) * 1000:.0f} ms of {len(every)} questions; {slowest}"
    rows = [within(f"{what}: p95", p95, BUDGET_MS, "ms", detail)]
    rows.append(Row(f"{what}: on the disk", f"{path.stat().st_size / size:.0f} bytes a recording{built}"))
    return rows


async def _filled(store: SearchStore, size: int) -> str:
    """Once; a file that another state of the code had made is made anew."""
    if await store.read_standing("bench") == size:
        return ""
    await store.clear()
    begun, made = time.perf_counter(), rows(size)
    while batch := list(islice(made, BATCH)):
        await store.put(batch)
    seconds = time.perf_counter() - begun
    await store.keep_standing("bench", size)
    return f", {size / seconds:.0f} a second entered"


async def _asked(store: SearchStore, size: int, each: int) -> dict[str, list[float]]:
    chance = random.Random(size)
    sample = list(islice(rows(size), SAMPLE)) if size <= SAMPLE else await _some(store, chance)
    timed: dict[str, list[float]] = {}
    for name, ask in QUESTIONS.items():
        for number in range(2 * each):
            one = chance.choice(sample)
            scope = Scope.of("") if number % 2 else Scope.of(one.department[:2])
            query = replace(ask(one, chance), scope=scope)
            begun = time.perf_counter()
            found = await store.search(query)
            timed.setdefault(name, []).append(time.perf_counter() - begun)
            if number % 4 == 0 and found.next_place is not None:
                begun = time.perf_counter()
                await store.search(replace(query, after=found.next_place))
                timed.setdefault("next page", []).append(time.perf_counter() - begun)
    return timed


async def _some(store: SearchStore, chance: random.Random) -> list[Recording]:
    """From all over the years."""
    found: list[Recording] = []
    while len(found) < SAMPLE:
        begin = some_time(chance, 24)
        found += (await store.search(Query(5, to_utc_us=begin["to_utc_us"]))).rows  # type: ignore[arg-type]
    return found[:SAMPLE]
