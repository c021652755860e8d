"""An enforcement and a list of steps for tests."""

from dispatch_server.enforcement.model import Class, Course, Enforcement, Kind, Member, Moment, Party, PartyKind
from dispatch_server.enforcement.steps import RecordingStep, StepList

OPENED_US = 1_790_000_000_000_000
SECOND = 1_000_000
NAME, NUMBER = "张三丰", "130102199001011234"


def step(code: str, order: int, *, required: bool = True, kinds: frozenset[Kind] = frozenset(Kind)) -> RecordingStep:
    condition = "" if required else "有的"
    return RecordingStep(
        code, code, code, kinds, "开始", "结束", ("全过程",), Class.SCENE, "default", required, condition, order
    )


STEPS = StepList(
    "d" * 64,
    False,
    (
        step("spoken_notice", 1),
        step("show_certificate", 2),
        step("inventory", 3, kinds=frozenset({Kind.COMPULSION})),
        step("sampling", 4, required=False),
    ),
)


def at(second: float, by: str = "terminal:T1301") -> Moment:
    """So many seconds after the opening."""
    utc_us = OPENED_US + int(second * SECOND)
    return Moment(utc_us, utc_us + 5, by)


def opened(kind: Kind = Kind.PENALTY) -> Course:
    return Course(
        Enforcement(
            id="01990000-0000-7000-8000-000000000001",
            department="13",
            kind=kind,
            item_code="CF-03-001",
            item_version=1,
            item_name="某事项",
            members=(Member("样例-13-001", "贾一城", "13/01"), Member("样例-13-002", "甄一关", "13/01")),
            terminals=("T1301", "T1302"),
            party=Party(PartyKind.PERSON, NAME, NUMBER),
            place="城关镇某街",
            list_digest=STEPS.digest,
            opened=at(0),
        )
    )
