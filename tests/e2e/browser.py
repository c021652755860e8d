"""Chromium as operators have it, driven by Playwright."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from tests.e2e.node import Node

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--allow-loopback-in-peer-connection",
    "--autoplay-policy=no-user-gesture-required",
]
SCREENSHOTS = Path(__file__).parent / "screenshots"


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip("Chromium is not installed (apt install chromium)")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        try:
            yield browser
        finally:
            await browser.close()


async def window_of(browser: Browser, node: Node, width: int = 1280, height: int = 800) -> BrowserContext:
    """A window of the person who is signed in already."""
    context = await browser.new_context(viewport={"width": width, "height": height}, locale="zh-CN")
    jar = (await asyncio.to_thread(node.client)).cookies.jar
    await context.add_cookies(
        [{"name": one.name, "value": str(one.value), "url": node.url, "sameSite": "Strict"} for one in jar]
    )
    return context


async def sign_in(page: Page, node: Node) -> None:
    """With the one-time link; what the test asks the server comes from the same person."""
    await page.goto(node.sign_in_link)
    await page.wait_for_url("**/wall", timeout=60_000)
    cookies = {str(one["name"]): str(one["value"]) for one in await page.context.cookies()}
    await asyncio.to_thread(node.client, cookies)


async def keep_screenshot(page: Page, name: str) -> None:
    """For people to look at; not kept in the repository."""
    SCREENSHOTS.mkdir(exist_ok=True)
    await page.screenshot(path=SCREENSHOTS / f"{name}.png")


def complaints_of(page: Page) -> list[str]:
    """Errors that the page reports from now on, violations of the content policy among them."""
    found: list[str] = []
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on(
        "console",
        lambda message: found.append(f"{message.text} {message.location}") if message.type == "error" else None,
    )
    return found
