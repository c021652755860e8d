"""Keeping in Chromium: a hold placed and let go by two, terms, disks, clock, a list approved by two and stopped."""

import asyncio
from typing import Any

import httpx2
import pytest
from playwright.async_api import Page, expect

from tests.e2e.browser import chromium, complaints_of, keep_screenshot
from tests.e2e.looks import keep_looks
from tests.e2e.office import Office
from tests.e2e.old_recordings import end_waiting, write_old
from tests.waiting import until, until_async

pytestmark = [pytest.mark.browser, pytest.mark.timeout(420)]
HERE, ELSEWHERE = "13", "14"


async def hold_and_release(first: Page, second: Page, url: str, recording: str) -> None:
    """Placed without a second person, released by two: who asked does not see the other's button."""
    await first.goto(f"{url}/retention/holds?recordings={recording}")  # as the search's page links to it
    dialog = first.get_by_role("dialog", name="冻结录像")
    await expect(dialog.locator("#held-ids")).to_have_value(recording)
    await dialog.locator("#held-reason").fill("行政复议期间")
    await dialog.get_by_role("button", name="冻结录像").click()
    row = first.locator("tbody tr", has_text="行政复议期间")
    await expect(row).to_contain_text("冻结中")
    await row.get_by_role("button", name="申请解除").click()
    await first.locator("#reason").fill("复议已终结")
    await first.get_by_role("dialog").get_by_role("button", name="申请解除").click()
    await expect(row).to_contain_text("待确认解除")
    await expect(row.get_by_role("button", name="确认解除")).to_have_count(0)
    await second.goto(f"{url}/retention")
    row = second.locator("tbody tr", has_text="行政复议期间")
    await expect(row).to_contain_text("复议已终结")
    await keep_looks(second, "retention_holds")
    await row.get_by_role("button", name="1 段").click()
    await expect(second.get_by_role("link", name=recording)).to_be_visible()
    await second.keyboard.press("Escape")
    await row.get_by_role("button", name="确认解除").click()
    await keep_screenshot(second, "retention_confirm_release")
    await second.get_by_role("dialog").get_by_role("button", name="确认解除").click()
    await expect(second.get_by_text("没有冻结")).to_be_visible()
    await second.get_by_text("显示已解除的").click()
    await expect(second.locator("tbody tr")).to_contain_text("已解除")


async def read_terms(page: Page, url: str, recording: str) -> None:
    await page.goto(f"{url}/retention/policy")
    rules = page.get_by_role("region", name="现行保管期限")
    await expect(rules).to_contain_text("任何录像至少保管 6 个月")
    await expect(rules.locator("tbody tr", has_text="阻碍执法")).to_contain_text("永久")
    await page.get_by_label("录像编号").fill(recording)
    await page.get_by_role("button", name="查询").click()
    await expect(page.get_by_text("可以列入销毁清单")).to_be_visible()
    await keep_looks(page, "retention_policy")


async def see_disks_and_confirm_clock(page: Page, url: str) -> None:
    await page.goto(f"{url}/retention/storage")
    storage = page.get_by_role("region", name="录像存储")
    await expect(storage).to_contain_text("85% 告警")
    await expect(storage).to_contain_text("95% 停止新录像")
    await expect(storage).to_contain_text("预计写满")
    clock = page.get_by_role("region", name="服务器时钟")
    await clock.get_by_role("button", name="确认时钟正确").click()
    await page.get_by_role("dialog").get_by_role("button", name="确认时钟正确").click()
    await expect(clock).to_contain_text("时钟可信")
    await keep_looks(page, "retention_storage")


async def make_list(page: Page, url: str, count: int) -> None:
    """By the system administrator, who then may not approve it."""
    await page.goto(f"{url}/retention/destructions")
    await page.get_by_role("button", name="新建销毁清单").click()
    await expect(page.locator("tr.row")).to_have_count(count)
    await page.get_by_label("全部选择").check()
    await keep_looks(page, "retention_due")
    await page.get_by_role("button", name="制作清单").click()
    await page.locator("#reason").fill("2024 年度到期录像")
    await page.get_by_role("dialog").get_by_role("button", name="制作清单").click()
    drawer = page.locator(".el-drawer:visible")
    await expect(drawer).to_contain_text("还须第一名管理员批准")
    await expect(drawer).to_contain_text("您是制单人")
    await expect(drawer.get_by_role("button", name="批准销毁")).to_have_count(0)
    await expect(drawer.locator("tbody tr")).to_have_count(count)


async def open_list(page: Page, url: str) -> Any:
    await page.goto(f"{url}/retention/destructions")
    await page.locator("tr.row", has_text="2024 年度到期录像").click()
    return page.locator(".el-drawer:visible")


async def approve(page: Page, url: str, hint: str) -> Any:
    drawer = await open_list(page, url)
    await drawer.get_by_role("button", name="批准销毁").click()
    dialog = page.get_by_role("dialog", name="批准销毁")
    await expect(dialog).to_contain_text(hint)
    await dialog.get_by_role("button", name="批准销毁").click()
    await expect(drawer.get_by_role("button", name="批准销毁")).to_have_count(0)
    return drawer


def listed(client: httpx2.Client, department: str) -> bool:
    lists = client.get("/api/v1/destructions").json()["destructions"]
    return any(one["department"] == department for one in lists)


def carried_out(office: Office, approvers: list[httpx2.Client]) -> None:
    """The system's list, at the end of its days; of its recording there is no seal, so nothing is destroyed."""
    client = approvers[0]
    (one,) = [
        one for one in client.get("/api/v1/destructions").json()["destructions"] if one["department"] == ELSEWHERE
    ]
    path = f"/api/v1/destructions/{one['id']}"
    for approver in approvers:
        answer = approver.post(f"{path}/approval")
        assert answer.status_code == 201, answer.text
    assert client.get(path).json()["state"] == "waiting"
    end_waiting(office.node.folder, one["id"])
    until(lambda: client.get(path).json()["state"] == "done", 30, "the end of the list")


async def test_recordings_are_held_kept_and_listed(office: Office) -> None:
    url, folder = office.node.url, office.node.folder
    (bait,) = await asyncio.to_thread(write_old, folder, ELSEWHERE, [900])
    (held,) = await asyncio.to_thread(write_old, folder, "15", [30], first=9)
    async with chromium() as browser:
        windows = [await office.window(browser, account) for account in ("system", "security", "audit")]
        (system, client), (security, second), (audit, third) = windows
        complaints = [complaints_of(page) for page, _ in windows]
        await hold_and_release(system, audit, url, held)
        await read_terms(security, url, bait)
        await see_disks_and_confirm_clock(audit, url)
        # Only once its clock is believed does the system list what is due.
        await until_async(lambda: asyncio.to_thread(listed, client, ELSEWHERE), 40, "the system's own list")
        await asyncio.to_thread(write_old, folder, HERE, [800, 700, 600], first=2)
        await make_list(system, url, 3)
        drawer = await approve(security, url, "您是第一名批准人")
        await expect(drawer).to_contain_text("还须第二名管理员批准")
        await expect(drawer).to_contain_text("您已批准")
        await keep_looks(security, "retention_list_once")
        drawer = await approve(audit, url, "您是第二名批准人")
        await expect(drawer).to_contain_text("等待期还剩")
        await keep_looks(audit, "retention_list_waiting")
        await drawer.get_by_role("button", name="叫停").click()
        await audit.locator("#reason").fill("复核中发现一段涉及投诉")
        await audit.get_by_role("dialog", name="叫停").get_by_role("button", name="叫停").click()
        await expect(drawer).to_contain_text("已叫停")
        await audit.keyboard.press("Escape")
        await audit.get_by_text("显示已结束的").click()
        await expect(audit.locator("tr.row", has_text="2024 年度到期录像")).to_contain_text("已叫停")
        await asyncio.to_thread(carried_out, office, [second, third])
        await audit.reload()
        await audit.get_by_text("显示已结束的").click()
        await audit.locator("tr.row", has_text="保管期限已满").click()
        await expect(drawer).to_contain_text("封存签名缺失")
        await keep_screenshot(audit, "retention_list_done")
        await audit.keyboard.press("Escape")
        await keep_looks(audit, "retention_lists")
    assert complaints == [[], [], []]
