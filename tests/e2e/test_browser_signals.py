"""The wall is told what happens over its socket; without the socket it asks, and says that it does."""

import asyncio

import pytest
from playwright.async_api import Page, WebSocketRoute

from tests.e2e.browser import chromium, complaints_of, sign_in
from tests.e2e.node import Node
from tests.waiting import until_async

LISTS = ("/api/v1/streams", "/api/v1/terminals")
WATCHED_S = 6.0


def counting(page: Page) -> list[str]:
    """The lists that the page asks for by HTTP, from now on."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith(LISTS) else None)
    return asked


@pytest.mark.browser
async def test_the_wall_is_told_and_need_not_ask(node: Node) -> None:
    async with chromium() as browser:
        page = await browser.new_page(locale="zh-CN")
        complaints = complaints_of(page)
        frames: list[str] = []
        page.on("websocket", lambda socket: socket.on("framereceived", lambda text: frames.append(str(text))))
        await sign_in(page, node)
        await until_async(lambda: any('"stream_list"' in text for text in frames), 20, "the first list")
        asked = counting(page)
        await asyncio.to_thread(node.simulate, 1)
        await until_async(lambda: any('"stream_changed"' in text for text in frames), 20, "the news of a stream")
        shown = "document.querySelector('.counts .live b').textContent === '1'"
        await until_async(lambda: page.evaluate(shown), 10, "the count of those on air")
        asked.clear()
        await asyncio.sleep(WATCHED_S)
        assert len(asked) <= 1
        assert complaints == []


@pytest.mark.browser
async def test_without_the_socket_the_wall_asks(node: Node) -> None:
    async with chromium() as browser:
        page = await browser.new_page(locale="zh-CN")

        def refuse(socket: WebSocketRoute) -> None:
            asyncio.get_running_loop().create_task(socket.close())

        await page.route_web_socket("**/ws/console", refuse)
        await sign_in(page, node)
        asked = counting(page)
        await asyncio.to_thread(node.simulate, 1)
        shown = "document.querySelector('.counts .live b').textContent === '1'"
        await until_async(lambda: page.evaluate(shown), 20, "the count of those on air")
        await until_async(lambda: page.evaluate("document.body.innerText.includes('实时通道断开')"), 20, "its words")
        asked.clear()
        await asyncio.sleep(WATCHED_S)
        assert len(asked) >= 2
