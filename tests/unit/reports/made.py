"""Rows and questions by chance, from so few words that most questions find something and some find nothing."""

import random
from dataclasses import replace
from typing import Any

from dispatch_server.kit.scope import COUNTY, Scope
from dispatch_server.reports.cells import Rectangle
from dispatch_server.reports.model import CaseName, OfficerName, Query, Row, Shown
from dispatch_server.reports.words import normal, runs

NOW = 1_790_000_000_000_000
HOUR_US = 3_600_000_000
DEPARTMENTS = ["", "13", "13/01", "13/02", "130", "14", "14/01"]
WORDS = ["罚款", "罚款单", "单罚", "当事人王某", "ABC 商贸", "plate Q123", "查封"]
TEXTS = ["罚", "罚款", "罚款单", "款单", "当事人", "abc", "q123", "商贸 查封", "plat"]
NAMES = ["王小明", "王明", "青石商贸有限公司"]
SCOPES = [COUNTY, Scope.of("13"), Scope.of("13/02"), Scope.of("13", "14/01"), Scope.of("99"), Scope.of()]


def row(number: int, chance: random.Random) -> Row:
    begun = NOW + chance.randrange(200) * HOUR_US // 4 + chance.randrange(2_000)
    located = chance.random() < 0.7
    cases = [CaseName(f"c{n}", f"罚〔2026〕{n}号", chance.choice(("13", "14"))) for n in range(3)]
    return Row(
        f"recording-{number:04}",
        chance.choice(DEPARTMENTS),
        chance.choice(("T1301", "T1401")),
        chance.choice(("server", "terminal")),
        "main",
        chance.choice(("open", "closed", "sealed")),
        begun,
        begun + chance.choice((0, HOUR_US, 30 * HOUR_US, 400 * HOUR_US)),
        held=chance.random() < 0.3,
        enforcement_id=chance.choice(("", "e-1", "e-2")),
        kind=chance.choice(("", "penalty", "licensing")),
        item_code=chance.choice(("", "CF-1", "CF-2")),
        item_name=chance.choice(("", *WORDS)),
        party=chance.choice(("", *NAMES)),
        party_is_person=chance.random() < 0.5,
        place=chance.choice(("", "人民路38号")),
        latitude=30 + chance.random() if located else None,
        longitude=110 + chance.random() if located else None,
        missing_us=chance.choice((0, 0, 5)),
        officers=tuple(OfficerName(f"执-{n}", f"姓名{n}") for n in chance.sample((1, 2, 3), chance.randrange(3))),
        steps=tuple(chance.sample(("inform", "sign", "serve"), chance.randrange(3))),
        cases=tuple(chance.sample(cases, chance.choice((0, 0, 1, 2)))),
        faults=tuple(chance.sample(("black", "frozen"), chance.choice((0, 0, 1, 2)))),
        spoken=tuple(chance.sample(WORDS, chance.randrange(3))),
        earlier=tuple(_shown(chance) for _ in range(chance.choice((0, 0, 0, 1, 2)))),
    )


def _shown(chance: random.Random) -> Shown:
    located = chance.random() < 0.7
    return Shown(
        chance.choice(("e-1", "e-2", "e-3")),
        kind=chance.choice(("penalty", "licensing")),
        item_code=chance.choice(("CF-1", "CF-2")),
        item_name=chance.choice(WORDS),
        party=chance.choice(NAMES),
        party_is_person=chance.random() < 0.5,
        place="建设路1号",
        latitude=30 + chance.random() if located else None,
        longitude=110 + chance.random() if located else None,
        missing_us=chance.choice((0, 0, 5)),
    )


def _place(chance: random.Random) -> Rectangle:
    south, west = 30 + chance.random(), 110 + chance.random()
    size = chance.choice((0.01, 0.3, 20.0))
    return Rectangle(south - size, west - size, south + size, west + size)


def filters(chance: random.Random) -> dict[str, dict[str, Any]]:
    """Each way of asking, with a value."""
    begin = NOW + chance.randrange(60) * HOUR_US
    return {
        "scope": {"scope": chance.choice(SCOPES)},
        "department": {"department": chance.choice(DEPARTMENTS[1:])},
        "source": {"source": "T1301"},
        "officer": {"officer": chance.choice(("执-1", "姓名2", "执-9"))},
        "enforcement": {"enforcement_id": chance.choice(("e-1", "e-3"))},
        "item": {"item": "CF-1"},
        "kind": {"kind": "penalty"},
        "step": {"step": "sign"},
        "case": {"case_number": "罚〔2026〕1号", "case_scope": chance.choice((COUNTY, Scope.of("13"), Scope.of()))},
        "party": {"party": tuple(runs(normal(chance.choice(("王", "王小明", "商贸有限", "李")))))},
        "words": {"words": tuple(runs(normal(chance.choice(TEXTS))))},
        "place": {"place": _place(chance)},
        "from": {"from_utc_us": begin},
        "to": {"to_utc_us": begin + chance.choice((0, 3, 24)) * HOUR_US},
        "missing": {"missing": True},
        "fault": {"fault": "black"},
        "state": {"state": "sealed"},
        "held": {"held": chance.random() < 0.5},
        "unlinked": {"unlinked": True},
    }


def query(chance: random.Random, *names: str, limit: int = 50) -> Query:
    given = filters(chance)
    asked = Query(limit)
    for name in names:
        asked = replace(asked, **given[name])
    return asked
