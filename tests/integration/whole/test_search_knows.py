"""A real recording is found by everything that the rooms know of it, and not before they say so."""

from typing import Any

import pytest

from dispatch_server.identity.model import Role
from tests.integration.enforcement.field import PERSON
from tests.integration.whole.conftest import MARK, NOTE, Story, faulty, finished
from tests.waiting import until_async

pytestmark = pytest.mark.timeout(240)
PLACE = "min_lat=37.9&max_lat=38.1&min_lon=114.4&max_lon=114.6"


async def found(story: Story, asked: str) -> dict[str, Any] | None:
    answer = await story.field.desk("GET", f"/search/recordings?{asked}", role=Role.OPERATOR)
    assert answer.status_code == 200, answer.text
    rows = [one for one in answer.json()["recordings"] if one["recording_id"] == story.recording.id]
    return rows[0] if rows else None


async def eventually(story: Story, asked: str) -> dict[str, Any]:
    async def there() -> dict[str, Any] | None:
        return await found(story, asked)

    row = await until_async(there, 60, asked)
    assert row is not None
    return row


async def test_it_is_found_by_each_of_its_facts(story: Story) -> None:
    filters = (
        f"enforcement={story.enforcement}",
        "officer=样例-13-001",
        "item=CF-03-001",
        "kind=penalty",
        "step=sign",
        f"party={PERSON['name']}",
        f"text={MARK}",
        PLACE,
        "unlinked=true",
    )
    for asked in filters:
        await eventually(story, asked)
    nothing = ("officer=样例-13-007", "step=hearing", f"text={NOTE}", "fault=covered", "held=true")
    assert [await found(story, asked) for asked in nothing] == [None] * 5

    await story.note()
    await faulty(story)
    await story.link()
    await finished(story)
    for asked in (f"text={NOTE}", "fault=covered", f"case={story.number}", "missing=true"):
        await eventually(story, asked)
    hold = await story.field.desk("POST", f"/cases/{story.case}/hold", {"reason": "复议期间"}, role=Role.REVIEWER)
    assert hold.status_code == 201, hold.text

    async def judged() -> bool:
        """Of five seconds four are kept."""
        row = await found(story, "held=true")
        return row is not None and 500 <= row["coverage_per_mille"] < 1000

    await until_async(judged, 60, "coverage of the whole enforcement")
    assert await found(story, "unlinked=true") is None
