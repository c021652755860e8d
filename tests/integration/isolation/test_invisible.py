"""What township A has is not there for B: the same answer, to the letter, as for what does not exist."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dispatch_server.identity.model import Session
from dispatch_server.kit.scope import COUNTY
from tests.integration.isolation.county import SOURCE, A, B, County, whole_county
from tests.integration.isolation.questions import MEDIA, QUESTIONS, absent, asked, existing, told

pytestmark = pytest.mark.timeout(120)
NOT_REACHED = (401, 403, 422, 500)
LISTS = (
    "/api/v1/streams",
    "/api/v1/terminals",
    "/api/v1/devices",
    "/api/v1/recordings",
    "/api/v1/enforcements",
    "/api/v1/enforcements?party=%E4%B8%89%E4%B8%B0",
    "/api/v1/publish-keys",
    "/api/v1/people",
    "/api/v1/permits",
    "/api/v1/recoveries",
    "/api/v1/org/officers",
    "/api/v1/ledger/acts?limit=200",
    "/api/v1/cases",
    "/api/v1/search/recordings",
)


@pytest.fixture
async def county(tmp_path: Path) -> AsyncIterator[County]:
    async with whole_county(tmp_path / "var") as made:
        # A line of the ledger about it, which A may find and B may not.
        recording = made.things["recording"]
        wish = {"recording_ids": [recording], "kind": "case", "purpose": "办案"}
        assert (await made.ask(A, "POST", "/api/v1/viewings", wish)).status_code == 201
        played = await made.ask(A, "GET", f"/api/v1/recordings/{recording}/playlist.m3u8")
        assert played.status_code == 200, played.text
        yield made


async def differences(county: County, department: str) -> list[str]:
    """The questions whose answer tells whether the thing exists."""
    found = []
    for question in QUESTIONS:
        there, nowhere = existing(county, question), absent(county, question)
        one = told(await asked(county, department, question, there), there)
        other = told(await asked(county, department, question, nowhere), nowhere)
        reached = one["status"] not in NOT_REACHED or question.path.startswith(MEDIA)
        if not reached:
            found.append(f"{question} never reached the thing: {one}")
        if one != other:
            found.append(f"{question}: {one} {other}")
    return found


async def test_no_answer_tells_that_it_exists(county: County) -> None:
    found = await differences(county, B)
    assert found == [], "\n".join(found)
    print(f"\nquestions asked twice: {len(QUESTIONS)}")


async def test_those_to_whom_it_belongs_are_told(county: County) -> None:
    """The harness sees what it is to prevent: for A nearly every answer is another one."""
    told_apart = {one.partition(": {")[0] for one in await differences(county, A)}
    silent = [str(one) for one in QUESTIONS if not one.path.startswith(MEDIA) and str(one) not in told_apart]
    assert silent == []


async def test_without_the_scope_it_would_be_told(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Session, "scope", lambda self, action: COUNTY)
    assert len(await differences(county, B)) > len(QUESTIONS) // 2


async def names_in_lists(county: County, department: str) -> dict[str, list[str]]:
    """Which things of A each list names, their department's number of rows among them."""
    found = {}
    for path in LISTS:
        answer = await county.ask(department, "GET", path)
        assert answer.status_code == 200, f"{path}: {answer.text}"
        found[path] = [kind for kind, one in [*county.things.items(), ("number", SOURCE)] if one in answer.text]
    return found


async def test_no_list_names_anything_of_it(county: County) -> None:
    assert not any((await names_in_lists(county, B)).values())
    own = await names_in_lists(county, A)
    assert all(own.values()), own


async def test_what_a_token_of_ones_own_opens_is_ones_own(county: County) -> None:
    """A stolen stream id beside a good token of another stream: as an id that is nobody's."""
    issued = await county.ask(B, "POST", "/api/v1/media-tokens", {"direction": "watch", "target": "T1401"})
    bearer = {"Authorization": f"Bearer {issued.json()['token']}", "Content-Type": "application/sdp"}
    answers = []
    for thing in (county.things["stream"], county.wiring.world.new_id(), SOURCE, "T9901"):
        answer = await county.ask(B, "POST", f"/whep/{thing}", "v=0\r\n", **bearer)
        answers.append(told(answer, thing))
    assert answers[0] == answers[1] and answers[2] == answers[3] and answers[0]["status"] in (401, 403)
