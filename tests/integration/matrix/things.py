"""Things of a department that the matrix makes as an administrator would: over the routes themselves."""

from typing import Any

from dispatch_server.archive.pictures import Still
from dispatch_server.identity.model import Role
from tests.integration.matrix.server import COUNTY, HOME, PLACES, Example, Whole

BUREAU, SOURCE = "02", "T1302"
ONLY_THE_COUNTY = frozenset({COUNTY})


async def made(whole: Whole, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """What the county's system administrator makes."""
    answer = await whole.ask("POST", path, whole.people[Role.SYSTEM_ADMIN, COUNTY], body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def serial(whole: Whole) -> int:
    whole.made += 1
    return whole.made


def officer_words(whole: Whole, department: str = HOME) -> dict[str, Any]:
    number = f"证号-{serial(whole):06d}"
    return {"name": "甄某", "certificate": number, "department": department, "expires_on": "2039-12-31"}


def item_words() -> dict[str, Any]:
    basis = [{"law": "某法", "article": "第一条"}]
    return {
        "name": "某事项",
        "kind": "penalty",
        "department": BUREAU,
        "basis": basis,
        "question_types": ["procedure"],
    }


async def officer(whole: Whole) -> Example:
    return Example((await made(whole, "/api/v1/org/officers", officer_words(whole)))["id"])


async def item(whole: Whole) -> Example:
    """Only the county's departments own items: none of a township reaches one to change it."""
    words = {**item_words(), "code": f"CF-{serial(whole):06d}"}
    code = (await made(whole, "/api/v1/org/items", words))["code"]
    return Example(code, absent="CF-NONE", reached_by=ONLY_THE_COUNTY)


async def item_to_read(whole: Whole) -> Example:
    return Example((await item(whole)).value, absent="CF-NONE", reached_by=frozenset(PLACES))


async def delegation(whole: Whole) -> Example:
    """It has two ends, so that only who reaches both can change it."""
    words = {"item": (await item(whole)).value, "from_department": BUREAU, "to_department": HOME}
    words |= {"since": "2026-01-01", "document": "某决定"}
    return Example((await made(whole, "/api/v1/org/delegations", words))["id"], reached_by=ONLY_THE_COUNTY)


async def team(whole: Whole) -> Example:
    """A new one while there are codes; the sample's own afterwards."""
    listed = (await whole.ask("GET", "/api/v1/org/departments", whole.people[Role.SYSTEM_ADMIN, COUNTY])).json()
    taken = {one["path"] for one in listed["departments"]}
    code = next((f"{n:02d}" for n in range(3, 100) if f"{HOME}/{n:02d}" not in taken), "")
    if not code:
        return Example(f"{HOME}/01", absent="99")
    words = {"parent": HOME, "code": code, "name": f"分队{serial(whole)}", "kind": "team"}
    return Example((await made(whole, "/api/v1/org/departments", words))["path"], absent="99")


async def publish_key(whole: Whole) -> Example:
    """A source has one key: the one before is taken away."""
    keeper = whole.people[Role.SYSTEM_ADMIN, COUNTY]
    for one in (await whole.ask("GET", "/api/v1/publish-keys", keeper)).json()["keys"]:
        if one["source"] == SOURCE and one["revoked_utc_us"] is None:
            await whole.ask("DELETE", f"/api/v1/publish-keys/{one['id']}", keeper)
    key = await made(whole, "/api/v1/publish-keys", {"source": SOURCE})
    return Example(key["entry"]["id"])


async def stream(whole: Whole) -> Example:
    """One that was seen a moment ago; the newest of the fixed few takes the place of the oldest."""
    stills = whole.pictures.stills
    if len(stills) > 8:
        del stills[next(iter(stills))]
    stream_id = whole.new_id()
    stills[stream_id] = Still(SOURCE, HOME, lambda: None, b"\xff\xd8\xff\xd9", whole.wiring.world.utc_us())
    return Example(stream_id)


async def first_act(whole: Whole) -> Example:
    """The county's own first one: its administrators were made."""
    return Example("0", absent="99999999", reached_by=frozenset(PLACES))


def case_words(whole: Whole, department: str = HOME) -> dict[str, Any]:
    words = {"number": f"罚〔2026〕{serial(whole)}号", "year": 2026, "cause": "某案由", "department": department}
    words |= {"party": {"kind": "person", "name": "甄某人"}, "officers": [], "filed_on": "2026-09-01"}
    return words | {"retention": {"kept_for": "years", "years": 10}}


async def case_made(whole: Whole) -> dict[str, Any]:
    """A new one, which its operator has opened."""
    answer = await whole.ask("POST", "/api/v1/cases", whole.people[Role.OPERATOR, COUNTY], case_words(whole))
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def case(whole: Whole) -> Example:
    return Example((await case_made(whole))["id"])


async def case_with_parts(whole: Whole, recording_id: str) -> Example:
    keeper, case_id = whole.people[Role.OPERATOR, COUNTY], (await case(whole)).value
    wish = {"thing": "recording", "id": recording_id}
    assert (await whole.ask("POST", f"/api/v1/cases/{case_id}/links", keeper, wish)).status_code == 201
    shown = {"recording_id": recording_id, "proves": "当事人签收"}
    answer = await whole.ask("POST", f"/api/v1/cases/{case_id}/exhibits", keeper, shown)
    assert answer.status_code == 201, answer.text
    whole.parts = answer.json()
    return Example(case_id)


async def link_of_the_newest(whole: Whole) -> Example:
    return Example(whole.parts["links"][0]["id"])


async def exhibit_of_the_newest(whole: Whole) -> Example:
    return Example(whole.parts["exhibits"][0]["id"])
