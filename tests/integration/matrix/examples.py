"""
What the matrix must be told of each room: how to make a thing in a department, and what to send.

A new room adds a builder for each of its path parameters to `EXAMPLES`, and a body for each route that wants one to
reach its scope. Without them the matrix fails, and names what is missing.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from dispatch_server.archive.folders import folder_of, media_name
from dispatch_server.archive.model import Card, Recording, Segment
from dispatch_server.archive.store import RecordingStore
from dispatch_server.identity.accounts import DAY_US, Asked, Granted, Recovery
from dispatch_server.identity.model import Permit, Role
from dispatch_server.identity.people_store import PeopleStore
from dispatch_server.identity.rights_store import RightsStore
from tests.integration.matrix.server import HOME, Whole

OPERATOR = frozenset({Role.OPERATOR})


@dataclass(frozen=True, slots=True)
class Example:
    """`nobodys`: it belongs to one person, who is none of those that ask."""

    value: str
    nobodys: bool = False
    absent: str = ""  # another value of that form, of nothing; empty: a new id


async def person(whole: Whole) -> Example:
    return Example((await whole.person(OPERATOR, HOME)).id)


async def permit(whole: Whole) -> Example:
    holder, now = await whole.person(OPERATOR, HOME), whole.wiring.world.utc_us()
    granted = Granted(Permit(whole.new_id(), "stream.watch", HOME, now + DAY_US), holder.id, "", HOME, "x", now)
    async with whole.wiring.database.transaction() as connection:
        await RightsStore(whole.wiring.database).add_permit(connection, granted)
    return Example(granted.permit.id)


async def recovery(whole: Whole) -> Example:
    about, now = await whole.person(OPERATOR, HOME), whole.wiring.world.utc_us()
    asked = Recovery(whole.new_id(), about.id, "", "reason", "x", frozenset({"another"}), now, Asked.ASKED)
    async with whole.wiring.database.transaction() as connection:
        await RightsStore(whole.wiring.database).add_recovery(connection, asked)
    return Example(asked.id)


async def sign_in(whole: Whole) -> Example:
    other = await whole.person(OPERATOR, HOME)
    _, session = await whole.sign_ins.open(other, (), 0)
    return Example(session.id, nobodys=True)


async def recording(whole: Whole) -> Example:
    now = whole.wiring.world.utc_us()
    card = Card(whole.new_id(), "stream", "T1301", HOME, now)
    segment = Segment(card.id, 1, 0, now, 0, "avc1", "", "main", duration_us=1, bytes=1)
    recording = Recording(card)
    recording.close(now, "ended")
    await RecordingStore(whole.wiring.database).save([recording], [segment])
    folder = Path(whole.wiring.settings.data_folder) / "archive" / folder_of(card)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / media_name(1)).write_bytes(b"x")
    return Example(card.id)


async def first_segment(whole: Whole) -> Example:
    return Example("1", absent="1")


async def terminal(whole: Whole) -> Example:
    """As the sample organisation has it."""
    return Example("T1301", absent="T9901")


async def department(whole: Whole) -> Example:
    return Example(HOME, absent="99")


Builder = Callable[[Whole], Awaitable[Example]]
# By the parameter's name; where one name means different things, with the beginning of the route before it.
EXAMPLES: dict[str, Builder] = {
    "person_id": person,
    "permit_id": permit,
    "recovery_id": recovery,
    "recording_id": recording,
    "number": first_segment,
    "department_path": department,
    "/api/v1/me session_id": sign_in,
    "/api/v1/devices number": terminal,
}
Body = Callable[[Whole], Awaitable[object]]


async def _version(whole: Whole) -> object:
    return {"version": 1}


async def _name(whole: Whole) -> object:
    return {"version": 1, "name": "新名"}


async def _rights(whole: Whole) -> object:
    return {"version": 1, "roles": ["officer"], "department": HOME}


async def _new_permit(whole: Whole) -> object:
    until = whole.wiring.world.utc_us() + DAY_US
    value = (await person(whole)).value
    return {"person_id": value, "action": "stream.watch", "department": HOME, "until_utc_us": until}


async def _new_recovery(whole: Whole) -> object:
    return {"person_id": (await person(whole)).value, "reason": "忘记密码"}


async def _reason(whole: Whole) -> object:
    return {"reason": "丢失"}


async def _officer(whole: Whole) -> object:
    return {"officer": "nobody"}


# Bodies of routes that look at a thing; those of `NAMES_A_THING` name it in the body itself.
BODIES: dict[str, Body] = {
    "PUT /api/v1/people/{person_id}/name": _name,
    "PUT /api/v1/people/{person_id}/closed": _version,
    "PUT /api/v1/people/{person_id}/open": _version,
    "PUT /api/v1/people/{person_id}/rights": _rights,
    "POST /api/v1/devices/{number}/retire": _reason,
    "POST /api/v1/devices/{number}/revoke": _reason,
    "POST /api/v1/devices/{number}/shift": _officer,
    "POST /api/v1/devices/{number}/shift-code": _officer,
    "POST /api/v1/permits": _new_permit,
    "POST /api/v1/recoveries": _new_recovery,
}
NAMES_A_THING = {"POST /api/v1/permits": "person_id", "POST /api/v1/recoveries": "person_id"}

# Whole files and registers: a part of the county is not enough for them, and they say so.
COUNTY_ONLY = {"GET /api/v1/ledger/export", "GET /api/v1/org/export", "POST /api/v1/org/import"}
# What is not scoped yet, or whose things this matrix cannot make; roles are checked all the same.
NOT_YET = {
    "GET /api/v1/streams/{stream_id}/thumbnail.jpg": "a stream needs a publisher",
    "DELETE /api/v1/publish-keys/{key_id}": "a key needs the live room's ring",
    "PUT /api/v1/devices/officers/{officer}/pin": "an officer needs the organisation's rows",
    "PUT /api/v1/org/officers/{officer_id}": "the same",
    "GET /api/v1/org/items/{code}": "items are read by all",
    "PUT /api/v1/org/items/{code}": "an item needs the organisation's rows",
    "GET /api/v1/org/items/{code}/desks": "items are read by all",
    "PUT /api/v1/org/delegations/{delegation_id}": "a delegation needs the organisation's rows",
    "PUT /api/v1/org/departments/{department_path:path}": "departments are read by all: what may not be changed is 403",
    "POST /api/v1/org/moves/{department_path:path}": "the same",
    "GET /api/v1/ledger/acts/{index}": "the ledger is one for the county",
}
# Sockets and their messages are held by other tests; each must name its test here.
ELSEWHERE = {
    "SOCKET /ws/console": "tests/integration/signals/test_sockets.py",
    "SOCKET /ws/terminal": "tests/integration/signals/test_sockets.py",
    **{
        f"MESSAGE /ws/console {name}": "tests/integration/signals/test_sockets.py"
        for name in ("ack", "hello", "ping", "subscribe")
    },
    **{
        f"MESSAGE /ws/console subscribe {topic}": "tests/integration/signals/test_wiring.py"
        for topic in ("streams", "terminals")
    },
    **{
        f"MESSAGE /ws/terminal {name}": "tests/integration/signals/test_sockets.py"
        for name in ("ack", "authenticate", "heartbeat", "hello", "ping", "subscribe")
    },
}


async def some_of_each(whole: Whole) -> list[str]:
    """Identifiers of things at home, which must stand in no answer to a sibling."""
    account = await PeopleStore(whole.wiring.database).by_id((await person(whole)).value)
    assert account is not None
    made = [await build(whole) for build in (permit, recovery, recording)]
    return [account.person.id, account.account, *(one.value for one in made)]
