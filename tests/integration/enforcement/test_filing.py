"""To file an enforcement is to link it to a case that is there, in one act."""

from typing import Any

import httpx2
import pytest

from dispatch_server.cases.model import Happening
from dispatch_server.cases.service import CaseService
from dispatch_server.identity.callers import SystemCaller
from dispatch_server.kit.scope import COUNTY
from tests.integration.enforcement.field import Field
from tests.integration.matrix.server import HOME, SIBLING
from tests.integration.matrix.things import case_made, case_words


async def finished(field: Field) -> str:
    identity = await field.under_way()
    lines = (await field.detail(identity))["checklist"]
    why = [{"step": one["step"]["code"], "reason": "示例未做"} for one in lines if one["missing"]]
    answer = await field.send("T1301", identity, "finish", reason="完成", missing=why)
    assert answer.status_code == 200, answer.text
    return identity


async def filed(field: Field, identity: str, case_id: str, place: str = HOME, key: str = "") -> httpx2.Response:
    body = {"key": key or field.key(), "case_id": case_id}
    return await field.desk("POST", f"/enforcements/{identity}/file", body, place=place)


async def links_of(field: Field, case_id: str) -> list[Any]:
    return list((await field.desk("GET", f"/cases/{case_id}")).json()["links"])


async def test_the_case_has_it_from_the_same_moment(stored: Field) -> None:
    field = stored
    identity, case = await finished(field), await case_made(field.whole)
    field.ledger.acts.clear()
    key = field.key()
    answer = await filed(field, identity, case["id"], key=key)
    assert (answer.status_code, answer.json()["state"]) == (200, "filed"), answer.text
    (link,) = await links_of(field, case["id"])
    assert (link["thing"], link["id"] != "", link["withdrawn_utc_us"]) == ("enforcement", True, None)
    assert [len(field.ledger.of(action)) for action in ("enforcement.file", "case.link")] == [1, 1]
    assert (await filed(field, identity, case["id"], key=key)).json() == answer.json()  # sent again
    assert len(await links_of(field, case["id"])) == 1


async def test_what_was_linked_before_is_filed_without_a_second_link(field: Field) -> None:
    identity, case = await finished(field), await case_made(field.whole)
    wish = {"thing": "enforcement", "id": identity}
    assert (await field.desk("POST", f"/cases/{case['id']}/links", wish)).status_code == 201
    assert (await filed(field, identity, case["id"])).status_code == 200
    assert len(await links_of(field, case["id"])) == 1


@pytest.mark.parametrize("what", ["absent", "foreign", "empty", "closed"])
async def test_a_case_that_cannot_take_it_changes_nothing(field: Field, what: str) -> None:
    identity = await finished(field)
    case_id = {"absent": "no-such-case", "empty": ""}.get(what, "")
    if what == "foreign":
        whole = field.whole
        answer = await field.desk("POST", "/cases", case_words(whole, SIBLING), place=SIBLING)
        case_id = answer.json()["id"]
    if what == "closed":
        case_id = (await case_made(field.whole))["id"]
        service = field.whole.wiring.state["cases"]
        assert isinstance(service, CaseService)
        for version, move in enumerate((Happening.FILL, Happening.CLOSE), 1):
            await service.move(SystemCaller("test"), case_id, COUNTY, version, move, "示例")
    answer = await filed(field, identity, case_id)
    expected = {"absent": (404, "case_unknown"), "foreign": (404, "case_unknown"), "closed": (409, "case_closed")}
    assert what == "empty" or (answer.status_code, answer.json()["code"]) == expected[what]
    assert what != "empty" or answer.status_code == 422
    assert (await field.detail(identity))["state"] == "finished"
    case = await case_made(field.whole)
    assert (await filed(field, identity, case["id"])).status_code == 200, "it was not lost to the wrong case"
