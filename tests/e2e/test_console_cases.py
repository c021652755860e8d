"""Case files in Chromium: one is opened, told what it lacks, given an exhibit, filled, closed, and closed anew."""

import asyncio
import re

import pytest
from playwright.async_api import Page, expect

from tests.e2e.browser import chromium, complaints_of, keep_screenshot, sign_in
from tests.e2e.node import Node
from tests.e2e.test_console_enforcements import choose
from tests.waiting import until_async

NUMBER = "城执罚〔2026〕7号"


async def open_case(page: Page) -> None:
    await page.get_by_role("button", name="新立案卷").click()
    dialog = page.get_by_role("dialog")
    send = dialog.get_by_role("button", name="保存")
    await expect(send).to_be_disabled()
    await choose(page, "部门", "县司法局")
    await page.fill("#case-number", NUMBER)
    await page.fill("#case-cause", "擅自倾倒建筑垃圾案")
    await page.fill("#case-party-name", "李四")
    await keep_screenshot(page, "case_form")
    await send.click()
    await page.wait_for_url(re.compile("/cases/[0-9a-f-]{36}"))


async def link_recording(page: Page) -> None:
    await page.get_by_role("button", name="关联", exact=True).click()
    await page.locator("#link-thing").select_option("recording")
    await page.fill("#link-words", "T9999")  # the server looks, and finds none
    await page.get_by_role("dialog").get_by_role("combobox", name="录像").click(force=True)
    await expect(page.get_by_text("没有可关联的")).to_be_visible()
    await page.fill("#link-words", "T0101")
    await choose(page, "录像", "T0101")
    await keep_screenshot(page, "case_link")
    await page.get_by_role("dialog").get_by_role("button", name="关联", exact=True).click()
    await expect(page.get_by_role("link", name=re.compile("T0101 .*的录像"))).to_be_visible()


async def name_exhibit(page: Page) -> None:
    await page.get_by_role("button", name="指定证据").click()
    await page.fill("#exhibit-proves", "现场亮证并告知权利")
    await page.get_by_role("dialog").get_by_role("button", name="指定证据").click()
    await expect(page.get_by_label("视听证据")).to_contain_text("现场亮证并告知权利")
    await expect(page.get_by_label("缺项清单")).not_to_contain_text("未指定视听证据")


async def withdraw_exhibit(page: Page) -> None:
    panel = page.get_by_label("视听证据")
    await panel.get_by_role("button", name="撤回").click()
    await page.get_by_role("dialog").locator("#reason").fill("时段有误")
    await page.get_by_role("dialog").get_by_role("button", name="撤回").click()
    await expect(panel).to_contain_text("时段有误")
    await expect(page.get_by_label("缺项清单")).to_contain_text("未指定视听证据")


async def live_its_life(page: Page) -> None:
    """Filled in spite of what it lacks, with a reason; closed; reopened; closed again."""
    state = page.locator("h1 + .tag")
    await page.get_by_role("button", name="归卷", exact=True).click()
    send = page.get_by_role("dialog").get_by_role("button", name="归卷")
    await expect(send).to_be_disabled()
    await page.fill("#move-reason", "录像另行补充")
    await send.click()
    await expect(state).to_have_text("已归卷")
    await page.get_by_role("button", name="结案", exact=True).click()
    await page.get_by_role("dialog").get_by_role("button", name="结案").click()
    await expect(state).to_have_text("已结案")
    await expect(page.get_by_role("button", name="关联", exact=True)).to_have_count(0)
    await page.get_by_role("button", name="重新打开", exact=True).click()
    await page.get_by_role("dialog").get_by_role("button", name="重新打开").click()
    await expect(state).to_have_text("重新打开")
    await expect(page.get_by_role("button", name="归卷", exact=True)).to_have_count(0)
    await page.get_by_role("button", name="结案", exact=True).click()
    await page.get_by_role("dialog").get_by_role("button", name="结案").click()
    await expect(state).to_have_text("已结案")


@pytest.mark.browser
async def test_a_case_from_its_opening_to_its_second_closing(node: Node) -> None:
    async with chromium() as browser:
        context = await browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN")
        page = await context.new_page()
        page.set_default_timeout(20_000)
        await sign_in(page, node)
        await asyncio.to_thread(node.simulate, 1)

        async def recorded() -> bool:
            return len((await asyncio.to_thread(node.get, "/api/v1/recordings"))["recordings"]) > 0

        await until_async(recorded, 30, "a recording")
        complaints = complaints_of(page)
        await page.goto(f"{node.url}/cases")
        await expect(page.get_by_text("没有符合条件的案件")).to_be_visible()
        await open_case(page)
        for words in ("执法人员少于两人", "未填写决定日期", "未关联执法活动", "没有录像", "未指定视听证据"):
            await expect(page.get_by_label("缺项清单")).to_contain_text(words)
        await link_recording(page)
        await expect(page.get_by_label("缺项清单")).to_contain_text("录像仍在进行")
        await name_exhibit(page)
        await keep_screenshot(page, "case")
        await withdraw_exhibit(page)
        await live_its_life(page)
        await keep_screenshot(page, "case_closed")
        await page.goto(f"{node.url}/cases")
        await page.get_by_label("案号").fill("(2026)7号")  # in other brackets
        await page.get_by_label("案号").press("Enter")
        await expect(page.locator("tr.row")).to_have_count(1)
        await keep_screenshot(page, "cases")
        assert complaints == []
