"""Enforcements of the department at home in every state, and a good body for each command."""

from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy import update

from dispatch_server.enforcement import tables
from dispatch_server.enforcement.model import Course, Enforcement, Kind, Member, Moment, Party, PartyKind, Pause, State
from dispatch_server.enforcement.store import Command, EnforcementStore
from dispatch_server.wiring.enforcement import steps_of
from tests.integration.matrix.server import HOME, Example, Whole
from tests.integration.matrix.things import case_made, serial

CONSOLE, TERMINAL = "/api/v1/enforcements", "/api/v1/terminal/enforcements"
ONE = "{enforcement_id}"
MEMBERS = (Member("样例-13-001", "贾一城", "13/01"), Member("样例-13-002", "甄一关", "13/01"))
REQUIRED = ("spoken_notice", "show_certificate", "onsite_inspection", "inform_rights", "sign")
Body = Callable[[Whole], Awaitable[dict[str, Any]]]


async def _made(whole: Whole, state: State) -> Example:
    """Straight into the database; no terminal is held by another example."""
    now = whole.wiring.world.utc_us()
    moment = Moment(now - 1_000_000, now, "terminal:T1301")
    one = Enforcement(
        id=whole.new_id(),
        department=HOME,
        kind=Kind.PENALTY,
        item_code="CF-03-001",
        item_version=1,
        item_name="某事项",
        members=MEMBERS,
        terminals=("T1301",),
        party=Party(PartyKind.PERSON, "张三丰", "130102199001011234"),
        place="某街1号",
        list_digest=steps_of(whole.wiring.settings).digest,
        opened=moment,
        state=state,
        begun=moment if state in (State.UNDER_WAY, State.FINISHED) else None,
        finished=moment if state is State.FINISHED else None,
        changed_utc_us=now,
    )
    command = Command(f"made-{serial(whole):08d}", "0" * 64, state, now, now)
    async with whole.wiring.database.transaction() as connection:
        await connection.execute(update(tables.terminals).values(busy=None))
        await EnforcementStore(whole.wiring.database).add(connection, Course(one), command)
        await connection.execute(update(tables.terminals).values(busy=None))
    return Example(one.id)


async def opened(whole: Whole) -> Example:
    return await _made(whole, State.OPENED)


async def under_way(whole: Whole) -> Example:
    return await _made(whole, State.UNDER_WAY)


async def finished(whole: Whole) -> Example:
    return await _made(whole, State.FINISHED)


async def paused(whole: Whole) -> Example:
    example = await under_way(whole)
    pause = Pause(enforcement_id=example.value, number=1, from_utc_us=1, reason="换电池", by="x")
    words = {name: getattr(pause, name) for name in Pause.__dataclass_fields__}
    async with whole.wiring.database.transaction() as connection:
        await connection.execute(tables.pauses.insert(), [words])
    return example


def _body(**words: Any) -> Body:
    async def body(whole: Whole) -> dict[str, Any]:
        return {"key": f"key-{serial(whole):08d}", "utc_us": None} | words

    return body


async def _filing(whole: Whole) -> dict[str, Any]:
    return await _body(case_id=(await case_made(whole))["id"])(whole)


_OPENING: dict[str, Any] = {
    "id": None,
    "kind": "penalty",
    "item": "CF-03-001",
    "officers": ["样例-13-001", "样例-13-002"],
    "party": {"kind": "organisation", "name": "某商店", "identifier": "91130000MA0000000X"},
    "place": "某街1号",
    "position": {"lat": 38.0, "lon": 114.5},
    "terminals": ["T1302"],
}
_COMMANDS: dict[str, Body] = {
    "begin": _body(check={"battery_percent": 5.0}, reason="紧急"),
    "steps": _body(step="spoken_notice", what="begin"),
    "marks": _body(text="封条", important=True),
    "pause": _body(reason="换电池"),
    "resume": _body(reason="已换"),
    "finish": _body(reason="收工", missing=[{"step": step, "reason": "突发"} for step in REQUIRED]),
    "cancel": _body(reason="选错事项"),
}
_LATER: dict[str, Body] = {
    "excuse": _body(step="sign", reason="拒签"),
    "file": _filing,
}
BODIES: dict[str, Body] = {
    f"POST {CONSOLE}": _body(department=HOME, **_OPENING),
    **{f"POST {CONSOLE}/{ONE}/{what}": body for what, body in (_COMMANDS | _LATER).items()},
}
TERMINAL_BODIES: dict[str, Body] = {
    f"POST {TERMINAL}": _body(**_OPENING),
    **{f"POST {TERMINAL}/{ONE}/{what}": body for what, body in _COMMANDS.items()},
}
# By the beginning of the route; else one that is under way.
EXAMPLES: dict[str, Callable[[Whole], Awaitable[Example]]] = {
    **{f"{at}/{ONE}/{what} enforcement_id": opened for at in (CONSOLE, TERMINAL) for what in ("begin", "cancel")},
    **{f"{at}/{ONE}/resume enforcement_id": paused for at in (CONSOLE, TERMINAL)},
    f"{CONSOLE}/{ONE}/file enforcement_id": finished,
    "enforcement_id": under_way,
}
