"""Lists in Chromium: a name is searched for by people alone, and what cannot be read is said and not shown as empty."""

import asyncio
import json
import re
from pathlib import Path

import pytest
from playwright.async_api import Page, Request, Route, expect

from tests.e2e.browser import chromium, complaints_of, keep_screenshot, sign_in
from tests.e2e.node import Node
from tests.e2e.team import WELL, Team
from tests.waiting import until_async

PARTY = "张三丰"
AWAY = {"type": "about:blank", "title": "t", "status": 503, "code": "database_away", "detail": "数据库暂不可用"}


def asked_by(page: Page, path: str) -> list[str]:
    """Addresses of what the page asks from now on."""
    found: list[str] = []

    def note(request: Request) -> None:
        if path in request.url and "under-way" not in request.url:
            found.append(request.url)

    page.on("request", note)
    return found


async def refuse(route: Route) -> None:
    await route.fulfill(status=503, content_type="application/problem+json", body=json.dumps(AWAY))


async def search_enforcements(page: Page, node: Node, team: Team, enforcement: str) -> None:
    """News reload the list, but not one that was asked for by a name."""
    await page.goto(f"{node.url}/enforcements")
    await expect(page.locator("tr.row", has_text="城关镇")).to_have_count(1)
    asked = asked_by(page, "/api/v1/enforcements?")
    await asyncio.to_thread(team.send, enforcement, "marks", text="第一次打点", important=False)
    await until_async(lambda: len(asked) > 0, 10, "the question after news")  # so that the harness is known to see it
    await page.get_by_role("textbox", name="当事人").fill(PARTY)
    await page.get_by_role("textbox", name="当事人").press("Enter")
    await until_async(lambda: "party=" in asked[-1], 10, "the search")
    await expect(page.locator("tr.row")).to_have_count(1)  # the sample's is another party's
    by_name = len(asked)
    await asyncio.to_thread(team.send, enforcement, "marks", text="第二次打点", important=False)
    await expect(page.get_by_text("列表有变化")).to_be_visible()
    await keep_screenshot(page, "enforcements_by_name")
    assert len(asked) == by_name
    await page.get_by_role("button", name="刷新").click()
    await expect(page.get_by_text("列表有变化")).to_have_count(0)
    assert len(asked) == by_name + 1 and PARTY not in page.url


async def search_recordings(page: Page, node: Node) -> None:
    """The clock asks again, but not for a name; and the ledger has one line for it."""
    await page.clock.install()
    await page.goto(f"{node.url}/recordings")
    await expect(page.locator(".desk-foot")).to_contain_text("共")
    asked = asked_by(page, "/api/v1/search/recordings?")
    await page.clock.fast_forward(30_000)
    await until_async(lambda: len(asked) > 0, 10, "the clock's question")  # the harness moves the clock
    await page.get_by_role("button", name="更多条件").click()
    await page.get_by_role("textbox", name="当事人").fill(PARTY)
    await page.get_by_role("button", name="查询").click()
    await expect(page.get_by_text("按当事人查询会留痕")).to_be_visible()
    await until_async(lambda: "party=" in asked[-1], 10, "the search")
    by_name = len(asked)
    for _ in range(3):
        await page.clock.fast_forward(30_000)
    await page.get_by_role("button", name="刷新").click()
    await until_async(lambda: len(asked) > by_name, 10, "the question of the button")
    assert len(asked) == by_name + 1 and PARTY not in page.url
    await keep_screenshot(page, "recordings_by_name")
    acts = await asyncio.to_thread(node.get, "/api/v1/ledger/acts?action=recording.party")
    assert len(acts["acts"]) == 1


async def read_in_vain(page: Page, node: Node) -> None:
    """The server's words stand there, with a button, and what was read before stays."""
    await page.route(re.compile(r"/api/v1/enforcements/under-way"), refuse)
    await page.goto(f"{node.url}/enforcements")
    await expect(page.locator("main > .notice.bad")).to_contain_text("正在进行的执法活动读取失败")
    await expect(page.locator("tr.row", has_text="城关镇")).to_have_count(1)
    await keep_screenshot(page, "enforcements_unread")
    await page.route(re.compile(r"/api/v1/cases\?"), refuse)
    await page.goto(f"{node.url}/cases")
    await expect(page.get_by_role("alert")).to_contain_text("数据库暂不可用")
    await expect(page.get_by_text("没有符合条件的案件")).to_have_count(0)
    await page.unroute(re.compile(r"/api/v1/cases\?"))
    await page.get_by_role("button", name="重试").click()
    await expect(page.get_by_text("没有符合条件的案件")).to_be_visible()


@pytest.mark.browser
async def test_lists_that_ask_for_a_name_and_lists_that_cannot_be_read(node: Node, tmp_path: Path) -> None:
    async with chromium() as browser:
        context = await browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN")
        page = await context.new_page()
        page.set_default_timeout(20_000)
        await sign_in(page, node)
        team = Team(node, "T1301", ["样例-13-001", "样例-13-002"])
        await asyncio.to_thread(team.enrol)
        enforcement = await asyncio.to_thread(team.opened, "CF-03-001")
        await asyncio.to_thread(team.send, enforcement, "begin", check=WELL)
        complaints = complaints_of(page)
        await search_enforcements(page, node, team, enforcement)
        await search_recordings(page, node)
        assert complaints == []
        await read_in_vain(page, node)
