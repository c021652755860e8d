"""Whoever looks for a person by name among enforcements leaves a line in the ledger, and finds nothing without one."""

from tests.integration.enforcement.field import PERSON, Field


async def test_a_search_by_a_name_is_on_record_without_the_name(field: Field) -> None:
    identity = await field.opened()
    field.ledger.acts.clear()
    for path in ("/enforcements", "/enforcements?item=CF-03-001&officer=样例-13-001"):
        assert (await field.desk("GET", path)).status_code == 200
    assert field.ledger.of("enforcement.party") == []
    answer = await field.desk("GET", f"/enforcements?party={PERSON['name']}")
    assert [one["id"] for one in answer.json()["enforcements"]] == [identity]
    (act,) = field.ledger.of("enforcement.party")
    assert act.outcome == "done" and act.session and PERSON["name"] not in repr(act)


async def test_what_cannot_be_put_on_record_is_not_searched(field: Field) -> None:
    await field.opened()
    field.ledger.is_away = True
    answer = await field.desk("GET", f"/enforcements?party={PERSON['name']}")
    assert answer.status_code == 503 and PERSON["name"] not in answer.text
    assert (await field.desk("GET", "/enforcements")).status_code == 200
