"""The organisation in Chromium: a change, one that came second, and an import that is rehearsed first."""

import asyncio
from pathlib import Path
from typing import Any

import httpx2
import pytest
from playwright.async_api import Page, expect

from tests.e2e.browser import chromium, keep_screenshot
from tests.e2e.office import Office

TOWN = "13"


def department(client: httpx2.Client, path: str = TOWN) -> dict[str, Any]:
    listed = client.get("/api/v1/org/departments").json()["departments"]
    return next(one for one in listed if one["path"] == path)


def rename_meanwhile(client: httpx2.Client, name: str) -> None:
    now = department(client)
    body = {"name": name, "name_en": now["name_en"], "closed": False}
    headers = {"If-Match": f'"{now["version"]}"'}
    answer = client.put(f"/api/v1/org/departments/{TOWN}", json=body, headers=headers)
    assert answer.status_code == 200, answer.text


async def come_second(page: Page, client: httpx2.Client) -> None:
    """What is typed survives, and nothing of the other one's was overwritten unseen."""
    await page.get_by_role("button", name="修改 城关镇", exact=True).click()
    await page.fill("#unit-name", "城关街道")
    await asyncio.to_thread(rename_meanwhile, client, "城关镇（新）")
    await page.get_by_role("button", name="保存", exact=True).click()
    await expect(page.get_by_text("刚刚有人修改了这一条")).to_be_visible()
    await expect(page.get_by_role("button", name="保存", exact=True)).to_be_disabled()
    await keep_screenshot(page, "organisation_conflict")
    assert (await asyncio.to_thread(department, client))["name"] == "城关镇（新）"
    await page.get_by_role("button", name="载入最新内容").click()
    await expect(page.locator("#unit-name")).to_have_value("城关镇（新）")
    await page.fill("#unit-name", "城关街道")
    await page.get_by_role("button", name="保存", exact=True).click()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    assert (await asyncio.to_thread(department, client))["name"] == "城关街道"


async def add_team(page: Page) -> None:
    await page.get_by_role("button", name="在 城关街道 下新建中队").click()
    await page.fill("#unit-name", "河滩中队")
    await page.get_by_role("button", name="保存", exact=True).click()
    await expect(page.locator("tr", has_text="河滩中队")).to_contain_text("13/03")


async def import_rehearsed(page: Page, office: Office, file: Path, client: httpx2.Client) -> None:
    await page.goto(f"{office.node.url}/organisation/files")
    await page.set_input_files("input[type=file]", file)
    await expect(page.locator("tr", has_text="北山镇")).to_contain_text("新增")
    assert all(one["name"] != "北山镇" for one in client.get("/api/v1/org/departments").json()["departments"])
    await page.get_by_role("button", name="确认导入 1 处变化").click()
    await expect(page.get_by_text("已导入 1 处变化。")).to_be_visible()
    assert (await asyncio.to_thread(department, client, "98"))["name"] == "北山镇"


@pytest.mark.browser
async def test_departments_are_changed_by_one_at_a_time(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "more.yaml"
    file.write_text('departments:\n  - { code: "98", kind: township, name: 北山镇, name_en: Beishan Town }\n', "utf-8")
    async with chromium() as browser:
        page, client = await office.window(browser, "system")
        await page.goto(f"{office.node.url}/organisation/departments")
        await come_second(page, client)
        await add_team(page)
        await import_rehearsed(page, office, file, client)
        await page.goto(f"{office.node.url}/organisation/officers")
        await page.get_by_label("证件异常或将到期").check()
        await expect(page.locator("tbody tr").first).to_contain_text("证件已")
        await page.goto(f"{office.node.url}/organisation/items")
        await page.locator("tr.row").first.click()
        await expect(page.get_by_role("dialog")).to_contain_text("裁量阶次")
