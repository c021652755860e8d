"""H10: what is typed into any field is refused, or comes back exactly as it was sent; no export makes it a formula."""

import copy
import io
import json
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import httpx2
import openpyxl
import pytest

from dispatch_server.identity.model import Role
from dispatch_server.org.yaml_text import read_yaml
from tests.integration.hostile import payloads
from tests.integration.hostile.asking import answered, fresh_path
from tests.integration.hostile.samples import BODIES_ALONE, SAMPLES, SECRETS, taking_json, texts_in
from tests.integration.hostile.town import Town, leaks, opened_town
from tests.integration.matrix.server import COUNTY
from tests.integration.matrix.sockets import NUMBER
from tests.services import Postgres
from tests.unit.live.fakes import OFFER

At = tuple[str | int, ...]
FIELDS = [(one, at) for one, schema in taking_json() if one in SAMPLES for at in dict.fromkeys(texts_in(schema))]
# What is taken and not shown again, to nobody: what is not told cannot hurt who reads it.
NEVER_SHOWN = {("pin",), ("fingerprint",), ("key",)}
IN_THE_LEDGER = {("POST /api/v1/viewings", ("purpose",)), ("POST /api/v1/derivatives", ("purpose",))}  # alone
COMPARED = "held_head"  # with the ledger, not kept
# Where it is shown, if not in the answer itself.
SHOWN_AT = {"POST /api/v1/terminal/heartbeat": f"/api/v1/devices/{NUMBER}"}
OPERATIONS = sorted({one for one, _ in FIELDS})
SHARE = 12  # of the payloads in the short run; all fields together try every one
told: Counter[str] = Counter()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def stored(request: pytest.FixtureRequest) -> Iterator[Town]:
    """PostgreSQL takes no NUL in a text: what is not refused before fails there."""
    url = ""
    if request.param == "postgresql":
        service: Postgres = request.getfixturevalue("running_postgres")
        service.sql("CREATE DATABASE hostile")
        url = service.url("hostile")
    with opened_town(url) as town:
        yield town


def strings_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from strings_in(one)


def put(body: Any, at: At, value: str) -> Any:
    changed = copy.deepcopy(body)
    inner = changed
    for step, following in pairwise(at):
        if isinstance(step, str) and not inner.get(step):
            inner[step] = [""] if isinstance(following, int) else {}
        inner = inner[step]
    inner[at[-1]] = value
    return changed


def place_of(operation: str, answer: httpx2.Response) -> str | None:
    if "/enforcements" in operation:  # a command is answered with what became of it, not with its words
        return f"/api/v1/enforcements/{answer.json()['enforcement_id']}"
    return SHOWN_AT.get(operation)


def wrong_with(town: Town, operation: str, at: At, payload: str) -> str | None:
    """None, or what is wrong: neither refused nor told as it was sent."""
    path = fresh_path(town, operation)
    body = put(town.run(SAMPLES[operation](town.whole)), at, payload)
    answer = answered(town, operation, path, json.dumps(body).encode())
    told["refused" if answer.status_code >= 400 else "taken"] += 1
    what = f"{operation} {at} {payload[:40]!r}: {answer.status_code} {answer.text[:200]}"
    if answer.status_code >= 500 or answer.status_code == 429 or leaks(answer):
        return what
    if answer.status_code >= 400 or at in NEVER_SHOWN or COMPARED in at or (operation, at) in IN_THE_LEDGER:
        return None
    if (shown_at := place_of(operation, answer)) is not None:
        answer = town.run(town.whole.ask("GET", shown_at, town.whole.people[Role.OPERATOR, COUNTY]))
    shown = set(strings_in(answer.json()))
    return None if payload in shown or payload.strip() in shown else what


@pytest.mark.timeout(120)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_text_is_refused_or_comes_back_as_it_was_sent(stored: Town, operation: str) -> None:
    check(stored, operation, every=SHARE)


@pytest.mark.faults
@pytest.mark.timeout(600)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_text_is_refused_or_comes_back_as_it_was_sent(stored: Town, operation: str) -> None:
    check(stored, operation, every=1)


def check(stored: Town, operation: str, every: int) -> None:
    """`every`: each field takes so many-th of the payloads, another part than the field before it, and the worst."""
    sample = json.dumps(stored.run(SAMPLES[operation](stored.whole))).encode()
    good = answered(stored, operation, fresh_path(stored, operation), sample)
    assert good.status_code < 400 or good.status_code in (404, 409, 412), good.text  # the sample fits its schema
    found = [
        wrong
        for number, (one, at) in enumerate(FIELDS)
        if one == operation
        for payload in dict.fromkeys((*payloads.WORST, *payloads.ALL[number % every :: every]))
        if (wrong := wrong_with(stored, one, at, payload)) is not None
    ]
    assert found == []


@pytest.mark.parametrize("operation", sorted(SECRETS))
def test_a_text_where_secrets_are_typed_breaks_nothing(stored: Town, operation: str) -> None:
    for at in dict.fromkeys(texts_in(dict(taking_json())[operation])):
        for payload in dict.fromkeys((*payloads.WORST, *payloads.CONTROLS)):
            body = json.dumps(put(SECRETS[operation], at, payload) if at[0] in SECRETS[operation] else {at[0]: payload})
            answer = answered(stored, operation, fresh_path(stored, operation), body.encode())
            assert 400 <= answer.status_code < 500 and not leaks(answer), f"{at} {payload!r}: {answer.text}"


def test_every_body_has_a_sample_with_every_text() -> None:
    assert {one for one, _ in taking_json()} == set(SAMPLES) | set(BODIES_ALONE) | set(SECRETS)
    assert len(FIELDS) > 40 and len(payloads.ALL) >= 60
    print(f"\ntexts: {len(FIELDS)} fields × {len(payloads.ALL)} payloads, {dict(told)}")


def test_a_browser_s_name_is_shown_as_it_was_said_or_not_at_all(stored: Town) -> None:
    """And it ends no line, in an answer or in a log."""
    person = stored.whole.people[Role.OPERATOR, COUNTY]
    for payload in payloads.ALL:
        raw = payload.encode("utf-8", "surrogatepass")[:2_000]
        headers = [(b"User-Agent", raw), (b"Content-Type", b"application/json")]
        code = stored.whole.sign_ins.new_code(person)
        answer = stored.run(
            stored.whole.client.post("/api/v1/sessions", content=json.dumps({"code": code}), headers=headers)
        )
        assert answer.status_code in (201, 400), (payload, answer.text)
    listed = stored.run(stored.whole.ask("GET", "/api/v1/me/sessions", person, anew=False)).json()["sessions"]
    assert not [one for one in listed if any(sign in one["device"] for sign in "\0\r\n\x1b")]


def test_the_name_in_an_offer_is_told_to_nobody(stored: Town) -> None:
    for payload in payloads.ALL:
        offer = OFFER.replace("s=-", f"s={payload}").encode("utf-8", "surrogatepass")
        headers = {"Content-Type": "application/sdp"}
        answer = stored.ask("terminal", "POST", "/whip/T1302", content=offer, headers=headers)
        assert answer.status_code < 500 and payload not in answer.text, answer.text
        if "location" in answer.headers:
            stored.ask("terminal", "DELETE", answer.headers["location"])


def export(town: Town, form: str) -> httpx2.Response:
    admin = town.whole.people[Role.SYSTEM_ADMIN, COUNTY]
    return town.run(town.whole.ask("GET", f"/api/v1/org/export?format={form}", admin))


def test_an_export_holds_no_formula_and_no_second_meaning(stored: Town) -> None:
    """After all that was typed above: each cell is text; YAML gives back what was typed."""
    departments = town_departments(stored)
    assert departments & set(payloads.FORMULAS) or not told, "nothing was typed before"
    book = openpyxl.load_workbook(io.BytesIO(export(stored, "xlsx").content))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} <= {"s", "d", "n"}  # "f" would be a formula
    assert not [cell.value for cell in cells if str(cell.value).startswith(("=", "+", "-", "@", "\t", "\r"))]
    read = read_yaml(export(stored, "yaml").text, "the export")
    assert {one for one in departments if one} <= set(strings_in(read))


def town_departments(town: Town) -> set[str]:
    admin = town.whole.people[Role.SYSTEM_ADMIN, COUNTY]
    listed = town.run(town.whole.ask("GET", "/api/v1/org/departments", admin)).json()
    return {one["name"] for one in listed["departments"]}


def test_a_text_that_is_changed_on_its_way_would_be_found(stored: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """The check is shown to fail before its pass is believed."""
    operation, at = "POST /api/v1/org/departments", ("name",)
    assert wrong_with(stored, operation, at, payloads.SCRIPT[0]) is None
    shown = strings_in
    changed = [one.replace("<", "&lt;") for one in payloads.SCRIPT[:2]]
    monkeypatch.setattr(
        f"{__name__}.strings_in", lambda value: [*changed, *(one for one in shown(value) if "<" not in one)]
    )
    assert wrong_with(stored, operation, at, payloads.SCRIPT[1]) is not None
