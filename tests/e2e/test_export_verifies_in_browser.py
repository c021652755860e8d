"""A package's own page in a real Chromium, from the disk and without network: whole, then with one bit changed."""

from pathlib import Path

import pytest
from playwright.async_api import Page

from tests.e2e.browser import chromium, complaints_of, keep_screenshot
from tests.integration.archive.office import office, unpacked

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


async def chosen(page: Page, folder: Path) -> str:
    """The verdict on that folder."""
    await page.set_input_files("#folder", folder)
    await page.wait_for_selector("#result:not([hidden])", timeout=60_000)
    return str(await page.get_attribute("#result", "data-verdict"))


async def test_the_page_verifies_a_package_offline_and_finds_one_bit(tmp_path: Path) -> None:
    async with office(tmp_path / "var") as desk:
        card = await desk.recording(seconds=5)
        export = await desk.ready(card)
        top = unpacked(await desk.package(export["export_id"]), tmp_path / "包")
        fingerprint = desk.key.thumbprint
    async with chromium() as browser:
        context = await browser.new_context(offline=True, locale="zh-CN")
        page = await context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        complaints = complaints_of(page)
        await page.goto((top / "核验.html").as_uri())
        assert await chosen(page, top) == "good"
        text = await page.inner_text("#result")
        assert "核验通过" in text and fingerprint in text and export["manifest_sha256"] in text
        assert "1 段录像、5 个片段" in text and "1 个封存签名有效" in text and "条保管记录" in text
        assert "请务必将上述密钥指纹与" in text
        await page.fill("#expected", fingerprint)
        assert "一致" in await page.inner_text("#about_key")
        await page.fill("#expected", "another")
        assert "不一致" in await page.inner_text("#verdict")
        await page.fill("#expected", fingerprint)
        await keep_screenshot(page, "export-verified")
        await page.click("#language")
        assert "Verified: whole" in await page.inner_text("#verdict")
        assert await page.evaluate("fetch('https://example.com').then(() => 'sent', () => 'refused')") == "refused"
        media = top / "recordings" / card.id / "000002.mp4"
        data = bytearray(media.read_bytes())
        data[len(data) // 2] ^= 4
        media.write_bytes(data)
        await page.reload()
        assert await chosen(page, top) == "bad"
        problems = await page.inner_text("#problems")
        assert "SHA-256 摘要不符" in problems and "片段摘要不符" in problems and "000002" in problems
        await keep_screenshot(page, "export-one-bit")
        assert [url for url in asked if not url.startswith(("file:", "https://example.com"))] == []
        assert [one for one in complaints if "example.com" not in one] == []
