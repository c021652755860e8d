"""The register in Chromium: a code that a device takes, an officer who is handed the terminal, a loss that is told."""

import asyncio
import re

import httpx2
import pytest
from playwright.async_api import Page, expect

from terminals.device_key import DeviceKey
from tests.e2e.browser import chromium, keep_screenshot
from tests.e2e.office import Office
from tests.waiting import until_async

NUMBER = "T1302"


def state(client: httpx2.Client) -> str:
    return str(client.get(f"/api/v1/devices/{NUMBER}").json()["state"])


async def shown_code(page: Page) -> str:
    await page.locator("tr.row", has_text=NUMBER).click()
    await page.get_by_role("button", name="生成入网码").click()
    dialog = page.get_by_role("dialog", name=re.compile("入网"))
    await expect(dialog.locator("svg.qr")).to_be_visible()
    await expect(dialog.get_by_role("timer")).to_contain_text("剩余 0")
    await keep_screenshot(page, "enrolment")
    return (await dialog.locator("output").inner_text()).strip()


def take(office: Office, code: str) -> None:
    """As a device does."""
    body = {"code": code, "number": NUMBER, "public_key": DeviceKey.make().public, "device": {"model": "DSJ-X9"}}
    answer = office.client().post("/api/v1/terminals/enrol", json=body)
    assert answer.status_code in (200, 201), answer.text


async def hand_over(page: Page) -> None:
    await page.get_by_role("button", name="发放", exact=True).click()
    dialog = page.get_by_role("dialog", name=re.compile("发放"))
    await dialog.get_by_role("combobox").click()
    await page.locator(".el-select-dropdown__item:not(.is-disabled):visible").first.click()
    await dialog.get_by_role("button", name="发放", exact=True).click()
    await expect(page.get_by_text("值班台发放")).to_be_visible()
    await page.get_by_role("button", name="归还").click()
    await expect(page.get_by_text("无人持有")).to_be_visible()


async def lose(page: Page) -> None:
    await page.get_by_role("button", name="吊销", exact=True).click()
    dialog = page.get_by_role("dialog", name=re.compile("吊销"))
    send = dialog.get_by_role("button", name="吊销", exact=True)
    await expect(send).to_be_disabled()  # not without a reason
    await dialog.get_by_role("button", name="设备遗失").click()
    await send.click()


@pytest.mark.browser
async def test_a_terminal_is_enrolled_issued_and_lost(office: Office) -> None:
    async with chromium() as browser:
        page, client = await office.window(browser, "system")
        await page.goto(f"{office.node.url}/terminals")
        code = await shown_code(page)
        assert await asyncio.to_thread(state, client) == "registered"
        await asyncio.to_thread(take, office, code)
        await page.get_by_role("button", name="完成").click()
        await expect(page.get_by_role("button", name="吊销", exact=True)).to_be_visible()  # the list was asked again
        await hand_over(page)
        await lose(page)

        async def is_revoked() -> bool:
            return await asyncio.to_thread(state, client) == "revoked"

        await until_async(is_revoked, 10, "the revocation")
        await expect(page.locator(".el-drawer")).to_contain_text("设备遗失")
        await page.keyboard.press("Escape")
        await page.get_by_label("搜索编号、名称、人员").fill(NUMBER.lower())
        await expect(page.locator("tr.row")).to_have_count(1)
        await expect(page.locator("tr.row")).to_contain_text("已吊销")
