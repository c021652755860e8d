"""
What the matrix must be told of each room: how to make a thing in a department, and what to send.

A new room adds a builder for each of its path parameters to `EXAMPLES`, and a body for each route that wants one to
reach its scope. Without them the matrix fails, and names what is missing.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path

from dispatch_server.archive.folders import folder_of, media_name
from dispatch_server.archive.model import Card, Recording, Segment
from dispatch_server.archive.store import RecordingStore
from dispatch_server.identity.accounts import DAY_US, Asked, Granted, Recovery
from dispatch_server.identity.model import Permit, Role
from dispatch_server.identity.people_store import PeopleStore
from dispatch_server.identity.rights_store import RightsStore
from tests.integration.matrix import enforcements, kept, leaving, things
from tests.integration.matrix.server import HOME, NOBODY, Example, Whole

OPERATOR = frozenset({Role.OPERATOR})


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
    return Example(session.id, reached_by=NOBODY)


async def recording(whole: Whole) -> Example:
    now = whole.wiring.world.utc_us()
    card = Card(whole.new_id(), "stream", "T1301", HOME, now)
    segment = Segment(card.id, 1, 0, now, 0, "avc1", "", "main", duration_us=1, bytes=1)
    recording = Recording(card, ended_utc_us=now + 3_600_000_000)  # time enough for notes about it
    recording.close(now, "ended")
    await RecordingStore(whole.wiring.database).save([recording], [segment])
    folder = Path(whole.wiring.settings.data_folder) / "archive" / folder_of(card)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / media_name(1)).write_bytes(b"x")
    return Example(card.id)


async def hold(whole: Whole) -> Example:
    return Example(await kept.hold(whole, (await recording(whole)).value, HOME))


async def destruction(whole: Whole) -> Example:
    return Example(await kept.destruction(whole, (await recording(whole)).value, HOME))


async def first_segment(whole: Whole) -> Example:
    return Example("1", absent="1")


async def terminal(whole: Whole) -> Example:
    """As the sample organisation has it."""
    return Example("T1301", absent="T9901")


async def case_with_parts(whole: Whole) -> Example:
    """A recording is linked to it, and an exhibit."""
    return await things.case_with_parts(whole, (await recording(whole)).value)


async def department(whole: Whole) -> Example:
    return Example(HOME, absent="99")


async def its_source(whole: Whole) -> Example:
    return Example("T1301", absent="T1301")


async def note(whole: Whole) -> Example:
    """Nobody's own among those who ask."""
    return Example(whole.new_id(), reached_by=NOBODY)


async def viewing(whole: Whole) -> Example:
    return Example(whole.new_id(), reached_by=NOBODY)


async def moment(whole: Whole) -> Example:
    """No picture can be made of one byte: whoever may see the recording is told that there is none."""
    return Example("1", absent="1")


Builder = Callable[[Whole], Awaitable[Example]]
# By the parameter's name; where one name means different things, with the route or its beginning before it.
EXAMPLES: dict[str, Builder] = {
    "person_id": person,
    "permit_id": permit,
    "recovery_id": recovery,
    "recording_id": recording,
    "source": its_source,
    "note_id": note,
    "viewing_id": viewing,
    "moment": moment,
    "hold_id": hold,
    "destruction_id": destruction,
    "number": first_segment,
    "export_id": leaving.export,
    "GET /api/v1/exports/{export_id}/playback export_id": leaving.export_to_play,
    "GET /api/v1/exports/{export_id}/playback/{place}/playlist.m3u8 export_id": leaving.export_to_play,
    "GET /api/v1/exports/{export_id}/playback/{place}/segments/{number}.mp4 export_id": leaving.export_to_play,
    "place": leaving.first_place,
    "derivative_id": leaving.derivative,
    "department_path": department,
    "officer_id": things.officer,
    "officer": things.officer,
    "delegation_id": things.delegation,
    "key_id": things.publish_key,
    "stream_id": things.stream,
    "index": things.first_act,
    "code": things.item_to_read,
    "PUT /api/v1/org/items/{code} code": things.item,
    "/api/v1/org/moves department_path": things.team,
    "/api/v1/me session_id": sign_in,
    "/api/v1/devices number": terminal,
    **enforcements.EXAMPLES,
    "case_id": things.case,
    "POST /api/v1/cases/{case_id}/links/{link_id}/withdrawal case_id": case_with_parts,
    "POST /api/v1/cases/{case_id}/exhibits/{exhibit_id}/withdrawal case_id": case_with_parts,
    "link_id": things.link_of_the_newest,
    "exhibit_id": things.exhibit_of_the_newest,
}
Body = Callable[[Whole], Awaitable[object]]


async def _viewing(whole: Whole) -> object:
    return {"enforcement_id": (await enforcements.opened(whole)).value, "kind": "case", "purpose": "办案"}


async def _note(whole: Whole) -> object:
    return {"utc_us": whole.wiring.world.utc_us(), "text": "现场"}


async def _version(whole: Whole) -> object:
    return {"version": 1}


async def _new_hold(whole: Whole) -> object:
    return {"recordings": [(await recording(whole)).value], "reason": "复议"}


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


async def _pin(whole: Whole) -> object:
    return {"pin": "582931"}


async def _officer_words(whole: Whole) -> object:
    return things.officer_words(whole)


async def _item_words(whole: Whole) -> object:
    return things.item_words()


async def _document(whole: Whole) -> object:
    return {"document": "另一决定"}


async def _names(whole: Whole) -> object:
    return {"name": f"新名{things.serial(whole)}", "name_en": f"New name {whole.made}"}


async def _move(whole: Whole) -> object:
    path = (await things.team(whole)).value
    return {"parent": HOME, "code": f"{int(path[-2:]) + 1:02d}"}


async def _case_words(whole: Whole) -> object:
    return {name: value for name, value in things.case_words(whole).items() if name != "department"}


async def _why(whole: Whole) -> object:
    return {"why": "关联错误"}


async def _to_fill(whole: Whole) -> object:
    return {"what": "fill", "reason": "先行归卷"}


async def _no_recording(whole: Whole) -> object:
    return {"thing": "recording", "id": "no-such-recording"}


async def _no_exhibit(whole: Whole) -> object:
    return {"recording_id": "no-such-recording", "proves": "当事人签收"}


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
    "POST /api/v1/exports/{export_id}/withdraw": _reason,
    "POST /api/v1/viewings": _viewing,
    "POST /api/v1/recordings/{recording_id}/notes": _note,
    "POST /api/v1/recordings/{recording_id}/notes/{note_id}/withdrawal": _reason,
    "POST /api/v1/permits": _new_permit,
    "POST /api/v1/recoveries": _new_recovery,
    "PUT /api/v1/devices/officers/{officer}/pin": _pin,
    "PUT /api/v1/org/officers/{officer_id}": _officer_words,
    "PUT /api/v1/org/items/{code}": _item_words,
    "PUT /api/v1/org/delegations/{delegation_id}": _document,
    "PUT /api/v1/org/departments/{department_path:path}": _names,
    "POST /api/v1/org/moves/{department_path:path}": _move,
    **enforcements.BODIES,
}
BODIES |= {
    "POST /api/v1/holds": _new_hold,
    "POST /api/v1/holds/{hold_id}/release": _reason,
    "POST /api/v1/destructions/{destruction_id}/stop": _reason,
    "PUT /api/v1/cases/{case_id}": _case_words,
    "POST /api/v1/cases/{case_id}/state": _to_fill,
    "POST /api/v1/cases/{case_id}/hold": _reason,
    "POST /api/v1/cases/{case_id}/links": _no_recording,
    "POST /api/v1/cases/{case_id}/links/{link_id}/withdrawal": _why,
    "POST /api/v1/cases/{case_id}/exhibits": _no_exhibit,
    "POST /api/v1/cases/{case_id}/exhibits/{exhibit_id}/withdrawal": _why,
}
QUERIES = {"GET /api/v1/org/items/{code}/desks": f"?township={HOME}"}
NAMES_A_THING = {
    "POST /api/v1/permits": "person_id",
    "POST /api/v1/recoveries": "person_id",
    "POST /api/v1/viewings": "enforcement_id",
}

# Whole files and registers: a part of the county is not enough for them, and they say so.
COUNTY_ONLY = {
    "GET /api/v1/ledger/acts/{index}",
    "GET /api/v1/ledger/export",
    "GET /api/v1/org/export",
    "POST /api/v1/org/import",
    "POST /api/v1/retention/clock/confirmation",
}


async def some_of_each(whole: Whole) -> list[str]:
    """Identifiers of things at home, which must stand in no answer to a sibling."""
    account = await PeopleStore(whole.wiring.database).by_id((await person(whole)).value)
    assert account is not None
    rooms = (enforcements.opened, leaving.export, leaving.derivative, things.case)
    made = [await build(whole) for build in (permit, recovery, recording, *rooms)]
    return [account.person.id, account.account, *(one.value for one in made)]
