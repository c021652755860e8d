"""A1: each route, as nobody and as each role at home, beside it and over the county: what is outside is not there."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import true

from dispatch_server.identity import people_store, rights_store
from dispatch_server.identity.model import Role
from dispatch_server.identity.registry import MESSAGE, ROUTES, SOCKET
from dispatch_server.kit.scope import COUNTY as COUNTY_SCOPE
from dispatch_server.wiring.signals import Rights
from tests.integration.matrix import judge, sockets
from tests.integration.matrix.examples import BODIES, COUNTY_ONLY, EXAMPLES, QUERIES, some_of_each
from tests.integration.matrix.server import COUNTY, HOME, SIBLING, Whole, whole_server
from tests.ledgers import FakeLedger

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
async def whole(tmp_path: Path) -> AsyncIterator[Whole]:
    async with whole_server(tmp_path / "var", ledger=FakeLedger()) as whole:
        yield whole


async def test_every_answer_is_the_one_that_the_registry_wants(whole: Whole) -> None:
    assert judge.missing() == []
    findings = await judge.check_all(whole)
    assert findings.wrong == []
    routes = [entry for entry in ROUTES if entry.method not in (SOCKET, MESSAGE)]
    assert findings.asked["routes"] == len(routes)
    assert findings.asked["cases"] == len(routes) * 21
    assert findings.asked["hidden"] > 20 and findings.asked["reached"] > 40
    print(f"\nmatrix: {dict(findings.asked)}")


async def test_every_socket_and_message_answers_as_the_registry_wants(whole: Whole) -> None:
    findings = await sockets.check_sockets(whole)
    assert findings.wrong == []
    assert findings.cases == sockets.cases_wanted()
    print(f"\nmatrix of sockets: {findings.cases} cases")


async def test_a_topic_that_asks_for_no_right_is_found(whole: Whole, monkeypatch: pytest.MonkeyPatch) -> None:
    """The matrix of sockets is shown to fail before its pass is believed: everybody gets the whole county."""
    monkeypatch.setattr(Rights, "scope", lambda self, session, action: COUNTY_SCOPE)
    findings = await sockets.check_sockets(whole)
    assert any("subscribe streams as audit_admin" in one for one in findings.wrong)
    assert any(f"of {SIBLING}, scope" in one for one in findings.wrong)


async def test_no_list_tells_a_sibling_of_what_is_at_home(whole: Whole) -> None:
    secret = await some_of_each(whole)
    lists = [e for e in ROUTES if e.kind == "Permit" and e.method == "GET" and not judge.parameters(e)]
    seen_by_the_county = 0
    for entry in lists:
        for role in Role:
            texts = {
                place: (await whole.ask("GET", entry.path, whole.people[role, place])).text
                for place in (HOME, SIBLING, COUNTY)
            }
            told = [one for one in secret if one in texts[SIBLING]]
            assert told == [], f"{entry} tells {role}"
            assert [one in texts[HOME] for one in secret] == [one in texts[COUNTY] for one in secret], entry
            seen_by_the_county += sum(one in texts[COUNTY] for one in secret)
    assert seen_by_the_county > 10


@pytest.mark.parametrize(
    ("module", "path"),
    [(people_store, "/api/v1/people"), (rights_store, "/api/v1/permits"), (rights_store, "/api/v1/recoveries")],
)
async def test_a_scope_that_is_left_out_is_found(
    whole: Whole, module: object, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The matrix is shown to fail before its pass is believed."""
    monkeypatch.setattr(module, "in_scope", lambda column, scope: true())
    findings = await judge.check_all(whole, only=path)
    assert any(f"of {SIBLING}, hidden" in one for one in findings.wrong)


async def test_a_guard_that_is_left_out_is_found(whole: Whole, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dispatch_server.identity.guard.require", lambda session, action: None)
    findings = await judge.check_all(whole, only="/api/v1/permits")
    assert any("as operator" in one for one in findings.wrong)


def test_a_route_without_a_case_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(EXAMPLES, "person_id")
    monkeypatch.delitem(sockets.SPOKEN, "MESSAGE /ws/terminal heartbeat")
    assert "MESSAGE /ws/terminal heartbeat" in judge.missing()
    assert any("{person_id}/rights: person_id" in one for one in judge.missing())


def test_what_the_examples_speak_of_is_still_served() -> None:
    assert set(BODIES) | set(QUERIES) | COUNTY_ONLY <= {str(entry) for entry in ROUTES}
