"""What is wrong with recording, in the head of every page in Chromium: it comes and goes without a question."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.e2e.browser import chromium, complaints_of, keep_screenshot, sign_in
from tests.e2e.clips import ROOT
from tests.e2e.looks import keep_looks
from tests.e2e.node import Node

SOON_MS = 30_000  # the server looks at its file every 5 s


@pytest.mark.browser
async def test_a_trouble_comes_and_goes(data_folder: Path, free_port: Callable[[], int], tmp_path: Path) -> None:
    """A file of rules that cannot be read, and then can be read again."""
    rules = tmp_path / "retention.yaml"
    whole = (ROOT / "config" / "retention.yaml").read_text("utf-8")
    rules.write_text(whole, "utf-8")
    environment = {**os.environ, "DISPATCH__ARCHIVE__RETENTION_FILE": str(rules)}
    with Node(data_folder, free_port(), environment=environment) as node:
        async with chromium() as browser:
            context = await browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN")
            page = await context.new_page()
            page.set_default_timeout(20_000)
            await sign_in(page, node)
            complaints = complaints_of(page)
            await page.goto(f"{node.url}/recordings")
            bell = page.locator("header button.bell")
            await expect(page.get_by_role("heading", name="录像检索")).to_be_visible()
            trouble = page.locator(".el-drawer:visible li", has_text="保管期限文件有误")
            await bell.click()
            await expect(trouble).to_have_count(0)
            rules.write_text("floor_months: [", "utf-8")
            await expect(trouble).to_be_visible(timeout=SOON_MS)
            await expect(trouble).to_contain_text("暂按上一次的规则执行")
            await keep_looks(page, "troubles")
            await trouble.get_by_role("link", name="前往查看").click()
            await expect(page.get_by_role("region", name="现行保管期限")).to_be_visible()
            await expect(bell.locator("b")).to_be_visible()
            await keep_screenshot(page, "troubles_bell")
            await bell.click()
            await expect(trouble).to_be_visible()
            rules.write_text(whole, "utf-8")
            await expect(trouble).to_have_count(0, timeout=SOON_MS)
    assert complaints == []
