"""Recordings that nobody made, as a county's months would leave them: seeded, so that every run searches the same."""

import random
from collections.abc import Iterator

from dispatch_server.reports.model import NO_COVERAGE, CaseName, OfficerName, Row, Shown

FIRST_UTC_US = 1_650_000_000_000_000
YEARS_US = 4 * 365 * 86_400_000_000
DEPARTMENTS = [f"{n:02}{team}" for n in range(1, 22) for team in ("", "/01", "/02")]
SURNAMES, GIVEN = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗", "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华"
TRADES = ["餐饮", "食品", "药品", "建材", "商贸", "运输", "矿业", "养殖", "农资", "烟酒"]
ROADS = ["人民", "建设", "解放", "滨河", "工业", "青石", "南门", "北街", "文化", "新华", "东风", "和平"]
DEEDS = ["罚款", "警告", "查封", "扣押", "没收", "取缔", "责令", "停业", "许可", "检查"]
OBJECTS = ["无证经营", "占道经营", "超限运输", "违法建设", "非法采砂", "未批先建", "虚假广告", "过期食品", "露天焚烧"]
SPOKEN = [
    "出示执法证件",
    "告知权利义务",
    "当事人拒绝签字",
    "现场清点物品",
    "张贴封条",
    "见证人到场",
    "送达文书",
    "陈述申辩",
]
STEPS = ["show_certificate", "inform", "inventory", "sign", "serve", "seal", "interview", "measure"]
KINDS = ["penalty", "licensing", "compulsion", "inspection"]
FAULTS = ["black", "covered", "blurred", "frozen"]
RARE = "熊猫"  # spoken once in ten thousand recordings


def rows(count: int, seed: int = 20261125) -> Iterator[Row]:
    """Oldest first."""
    chance = random.Random(seed)
    for number in range(count):
        yield _row(number, FIRST_UTC_US + YEARS_US * number // count, chance)


def _row(number: int, begun: int, chance: random.Random) -> Row:
    department = chance.choice(DEPARTMENTS)
    item = chance.randrange(300)
    is_person, spoken = chance.random() < 0.6, chance.sample(SPOKEN, 2)
    if chance.random() < 1e-4:
        spoken.append(f"看见{RARE}")
    missing = chance.random() < 0.03
    enforced = chance.random() < 0.8
    return Row(
        f"{begun // 1000:012x}{number:012x}",
        department,
        f"T{department[:2]}{chance.randrange(1, 13):02}",
        chance.choice(("server", "terminal")),
        "main",
        "sealed",
        begun,
        begun + chance.randrange(60, 5400) * 1_000_000,
        held=chance.random() < 0.01,
        thumbnail=True,
        enforcement_id=f"e{number // 2:012x}",
        kind=KINDS[item % 4] if enforced else "",
        item_code=f"CF-{item:04}" if enforced else "",
        item_name=f"对{OBJECTS[item % len(OBJECTS)]}的{DEEDS[item % len(DEEDS)]}" if enforced else "",
        party=_person(chance) if is_person else f"{chance.choice(ROADS)}{chance.choice(TRADES)}有限公司",
        party_is_person=is_person,
        place=f"{chance.choice(ROADS)}路{chance.randrange(1, 300)}号",
        latitude=30.0 + chance.gauss(0.3, 0.12),
        longitude=110.0 + chance.gauss(0.3, 0.12),
        coverage_per_mille=chance.randrange(700, 1000) if missing else 1000 if enforced else NO_COVERAGE,
        missing_us=5_000_000 if missing else 0,
        officers=_officers(department, chance),
        steps=tuple(chance.sample(STEPS, 3)) if enforced else (),
        cases=_cases(department, begun, number, chance),
        faults=(chance.choice(FAULTS),) if chance.random() < 0.02 else (),
        spoken=tuple(spoken),
        earlier=_earlier(number) if enforced and number % 10 == 0 else (),
    )


def _earlier(number: int) -> tuple[Shown, ...]:
    """A team on air all day: two more enforcements, at other places."""
    chance = random.Random(number)
    return tuple(
        Shown(
            f"x{number:012x}{n}",
            kind=KINDS[n],
            item_code=f"CF-{chance.randrange(300):04}",
            party=_person(chance),
            place=f"{chance.choice(ROADS)}路{chance.randrange(1, 300)}号",
            latitude=30.0 + chance.gauss(0.3, 0.12),
            longitude=110.0 + chance.gauss(0.3, 0.12),
            coverage_per_mille=1000,
        )
        for n in range(2)
    )


def _person(chance: random.Random) -> str:
    return chance.choice(SURNAMES) + "".join(chance.sample(GIVEN, chance.choice((1, 2))))


def _officers(department: str, chance: random.Random) -> tuple[OfficerName, ...]:
    numbers = chance.sample(range(8), 2)
    return tuple(OfficerName(f"执-{department.replace('/', '')}-{n:03}", f"甲{n}") for n in numbers)


def _cases(department: str, begun: int, number: int, chance: random.Random) -> tuple[CaseName, ...]:
    if chance.random() < 0.4:
        return ()
    year = 1970 + begun // (365 * 86_400_000_000 + 21_600_000_000)
    return (CaseName(f"c{number // 4}", f"综执罚〔{year}〕{number // 4}号", department),)
