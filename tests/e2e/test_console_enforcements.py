"""Enforcements in Chromium: one is opened, begins against a warning, goes on from the field, ends with reasons."""

import asyncio
import re
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.e2e.browser import chromium, complaints_of, keep_screenshot, sign_in
from tests.e2e.node import Node
from tests.e2e.team import WELL, Team

OLDER_CASES = 51
SETTINGS = """\
server: {{device_key_file: '{key}', local_host: 127.0.0.1}}
camera: {{kind: scene}}
microphone: {{kind: tone}}
main: {{width: 640, height: 360, fps: 15, kbps: 600}}
link: {{heartbeat_s: 300}}
"""


def teams(node: Node, folder: Path) -> tuple[Team, Team]:
    """One with a device that records; one that was under way before anybody looked."""
    town, other = (
        Team(node, "T1301", ["样例-13-001", "样例-13-002"]),
        Team(node, "T1401", ["样例-14-001", "样例-14-002"]),
    )
    town.enrol(folder / "key.json")
    other.enrol()
    settings = folder / "terminal.yaml"
    settings.write_text(SETTINGS.format(key=folder / "key.json"), "utf-8")
    node.terminals.append(node._run("agent.log", "terminals", "run", "--config", str(settings)))
    begun = other.opened("CF-03-001", place="东河村桥头")
    other.send(begun, "begin", check=WELL)
    return town, other


async def choose(page: Page, label: str, *words: str) -> None:
    """From a list that is filtered by typing."""
    box = page.get_by_role("dialog").get_by_role("combobox", name=label)
    await box.click(force=True)  # a label lies over it
    for one in words:
        await box.fill(one)
        await page.locator(".el-select-dropdown__item:visible", has_text=one).first.click()
    await page.get_by_role("dialog").locator(".el-dialog__title").click()


async def open_one(page: Page) -> None:
    await page.get_by_role("button", name="开启执法").click()
    dialog = page.get_by_role("dialog")
    await choose(page, "部门", "城关镇")
    send = dialog.get_by_role("button", name="开启执法")
    await choose(page, "执法事项", "CF-03-001")
    await choose(page, "执法人员", "样例-13-001")
    await choose(page, "执法终端", "T1301")
    await page.fill("#enforcement-place", "河滩路 12 号砂场")
    await page.fill("#enforcement-lat", "38.123456")
    await page.fill("#enforcement-lon", "114.654321")
    await page.fill("#party-name", "张三丰")
    await page.fill("#party-identifier", "130102199001011234")
    await expect(send).to_be_disabled()  # one officer is too few
    await choose(page, "执法人员", "样例-13-002")
    await keep_screenshot(page, "enforcement_open")
    await send.click()
    await page.wait_for_url(re.compile("/enforcements/[0-9a-f-]{36}"))


async def begin_warned(page: Page) -> None:
    await page.get_by_role("button", name="开始执法").click()
    dialog = page.get_by_role("dialog", name="执法前检查")
    await expect(dialog).to_contain_text("12%")
    await expect(dialog).to_contain_text("电量不足")
    await expect(dialog.get_by_role("button", name="开始执法")).to_be_disabled()
    await page.fill("#begin-reason", "违法行为正在发生")
    await keep_screenshot(page, "enforcement_begin")
    await dialog.get_by_role("button", name="开始执法").click()
    await expect(page.locator("h1 + .tag")).to_contain_text("进行中")


async def carry_on(page: Page, town: Team, enforcement: str) -> None:
    """The team takes steps in the field; the page is told."""
    notice = page.locator("main > .notice.warn")
    await expect(notice).to_contain_text("亮证")
    await asyncio.to_thread(town.send, enforcement, "steps", step="spoken_notice", what="begin")
    line = page.locator("ol.checklist > li", has_text="开始语音告知")
    await expect(line).to_contain_text("进行中", timeout=5_000)
    await asyncio.sleep(3)  # so that there is something on record
    await asyncio.to_thread(town.send, enforcement, "steps", step="spoken_notice", what="end")
    await asyncio.to_thread(town.send, enforcement, "marks", text="采砂船正在作业", important=True)
    await expect(page.get_by_text("采砂船正在作业")).to_be_visible(timeout=5_000)
    await page.locator("ol.checklist > li", has_text="亮证").first.get_by_role("button", name="开始环节").click()
    await page.locator("ol.checklist > li", has_text="亮证").first.get_by_role("button", name="结束环节").click()
    await page.get_by_role("button", name="暂停", exact=True).click()
    await page.get_by_role("dialog").get_by_role("button", name="更换电池").click()
    await page.get_by_role("dialog").get_by_role("button", name="暂停", exact=True).click()
    await expect(page.locator("h1 + .tag")).to_contain_text("已暂停")
    await page.get_by_role("button", name="恢复", exact=True).click()
    await page.get_by_role("dialog").locator("#reason").fill("电池已更换")
    await page.get_by_role("dialog").get_by_role("button", name="恢复", exact=True).click()
    await expect(page.get_by_text("恢复：电池已更换")).to_be_visible()


async def show_party(page: Page) -> None:
    await expect(page.get_by_text("张＊＊")).to_be_visible()
    await page.get_by_role("button", name="显示", exact=True).click()
    await page.get_by_role("dialog").get_by_role("button", name="显示", exact=True).click()
    await expect(page.get_by_text("张三丰")).to_be_visible()


async def finish(page: Page) -> None:
    await page.get_by_role("button", name="结束执法").click()
    dialog = page.get_by_role("dialog", name="结束执法")
    send = dialog.get_by_role("button", name="结束执法")
    await expect(send).to_be_disabled()
    for field in await dialog.locator("input[id^=missing-]").all():
        await field.fill("当事人已离开现场，未能进行")
    await expect(send).to_be_disabled()
    await dialog.get_by_label("结束原因").fill("检查完毕")
    await keep_screenshot(page, "enforcement_finish")
    await send.click()
    await expect(page.locator("h1 + .tag")).to_contain_text("已结束")


def open_cases(node: Node, count: int) -> None:
    """More than one page of a list; the first is the oldest."""
    words = {
        "year": 2026,
        "cause": "非法采砂",
        "department": "13",
        "officers": ["样例-13-001"],
        "filed_on": "2026-09-01",
    }
    words |= {"party": {"kind": "person", "name": "张三丰"}, "retention": {"kept_for": "years", "years": 10}}
    for number in range(1, count + 1):
        answer = node.client().post("/api/v1/cases", json={**words, "number": f"城关罚〔2026〕{number}号"})
        assert answer.status_code == 201, answer.text


async def file_in_an_older_case(page: Page) -> None:
    """Which is not among the newest that the list offers: it is found by its number."""
    await page.get_by_role("button", name="归入案卷").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("combobox", name="案件").click(force=True)
    await expect(page.locator(".el-select-dropdown__item:visible")).to_have_count(50)
    await choose(page, "案件", "〔2026〕1号")
    await keep_screenshot(page, "enforcement_file")
    await dialog.get_by_role("button", name="归入案卷").click()
    await expect(page.locator("h1 + .tag")).to_contain_text("已归档")


async def name_an_exhibit(page: Page) -> None:
    """Of a recording that is in the case by its enforcement; nobody types its number."""
    await page.get_by_role("link", name="查看案卷").click()
    await expect(page.get_by_role("heading", name="城关罚〔2026〕1号")).to_be_visible()
    await page.get_by_role("button", name="指定证据").click()
    await choose(page, "录像", "T1301")
    await page.fill("#exhibit-proves", "当事人签收文书")
    await keep_screenshot(page, "case_exhibit")
    await page.get_by_role("dialog").get_by_role("button", name="指定证据").click()
    await expect(page.get_by_label("视听证据")).to_contain_text("当事人签收文书")
    await expect(page.get_by_label("视听证据").get_by_role("link", name=re.compile("T1301 .*的录像"))).to_be_visible()
    await keep_screenshot(page, "case_of_an_enforcement")


@pytest.mark.browser
async def test_an_enforcement_from_its_opening_to_the_file(node: Node, tmp_path: Path) -> None:
    async with chromium() as browser:
        context = await browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN")
        page = await context.new_page()
        page.set_default_timeout(20_000)
        await sign_in(page, node)
        town, _ = await asyncio.to_thread(teams, node, tmp_path)
        complaints = complaints_of(page)
        await page.goto(f"{node.url}/enforcements")
        await expect(page.locator("a.card", has_text="东河")).to_be_visible()
        await open_one(page)
        enforcement = page.url.rsplit("/", 1)[1]
        await asyncio.to_thread(town.heartbeat, battery_percent=12.0, charging=False, storage_free_bytes=1 << 35)
        await begin_warned(page)
        await carry_on(page, town, enforcement)
        await show_party(page)
        await expect(page.locator("section.coverage svg").first).to_be_visible(timeout=30_000)
        await keep_screenshot(page, "enforcement_under_way")
        await page.set_viewport_size({"width": 1920, "height": 1080})
        await page.get_by_role("button", name=re.compile("浅色")).click()
        await page.locator(".language").click()
        await keep_screenshot(page, "enforcement_light")
        await page.locator(".language").click()
        await page.set_viewport_size({"width": 1366, "height": 768})
        await finish(page)
        await keep_screenshot(page, "enforcement_finished")
        await page.goto(f"{node.url}/enforcements")
        await expect(page.locator("tr.row", has_text="东河")).to_have_count(1)
        await keep_screenshot(page, "enforcements")
        await page.get_by_label("状态").select_option("finished")
        await expect(page.locator("tr.row")).to_have_count(1)
        await page.locator("tr.row").click()
        await asyncio.to_thread(open_cases, node, OLDER_CASES)
        await file_in_an_older_case(page)
        await name_an_exhibit(page)
        acts = await asyncio.to_thread(node.get, "/api/v1/ledger/acts?action=enforcement.party")
        assert [one["subject"].rsplit(":", 1)[-1] for one in acts["acts"]] == [enforcement]
        assert complaints == []
