"""Where UDP is blocked media goes over TCP (RFC 6544, RFC 4571): our own peer and Chromium get their pictures."""

import asyncio

import pytest
from playwright.async_api import Route

from dispatch_server.media.abilities import Kind
from terminals import publisher
from terminals.pump import reachable
from terminals.stream_wire import StreamWire
from tests.e2e.browser import chromium, keep_screenshot, window_of
from tests.e2e.camera import Camera, on_air
from tests.e2e.node import Node
from tests.e2e.screen import screen_of
from tests.waiting import until_async

SOURCE = "T0101"
PLAYING = "[...document.querySelectorAll('video')].some(v => v.videoWidth > 0 && v.currentTime > 2)"


class NoUdp:
    """Stands in for the publisher's wire: a network on which no datagram comes through."""

    def __init__(self, *_: object) -> None:
        raise OSError("UDP is blocked")


async def test_our_own_peer_publishes_and_watches(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    def by_tcp(plan: object, transport: str) -> object:
        return () if transport == "udp" else reachable(plan, transport)  # type: ignore[arg-type]

    monkeypatch.setattr(publisher, "Wire", NoUdp)
    monkeypatch.setattr(publisher, "reachable", by_tcp)
    async with on_air(node, SOURCE) as camera:
        assert isinstance(camera, Camera)
        assert isinstance(camera.publisher.wire, StreamWire)
        await until_async(lambda: asyncio.to_thread(lambda: SOURCE in node.live()), 40, "the stream")
        async with screen_of(node, SOURCE, by_tcp=True) as screen:
            await until_async(lambda: screen.count(Kind.VIDEO) > 50, 40, "fifty pictures")
            await until_async(lambda: screen.count(Kind.AUDIO) > 50, 20, "a second of sound")
    ticks = [frame.ticks for frame in screen.frames if frame.kind is Kind.VIDEO]
    assert ticks == sorted(set(ticks))


async def without_udp(route: Route) -> None:
    """As a firewall does to the addresses: the answer's UDP candidates lead nowhere."""
    response = await route.fetch()
    lines = (await response.text()).split("\r\n")
    kept = [line for line in lines if not (line.startswith("a=candidate:") and " udp " in line.lower())]
    assert any(" tcp " in line.lower() for line in kept if line.startswith("a=candidate:")), "no TCP candidate"
    await route.fulfill(response=response, body="\r\n".join(kept))


@pytest.mark.browser
async def test_chromium_watches(node: Node) -> None:
    await asyncio.to_thread(node.simulate, 1)
    async with chromium() as browser:
        context = await window_of(browser, node)
        page = await context.new_page()
        answers = []

        async def filtered(route: Route) -> None:
            if route.request.method == "POST":
                answers.append(route.request.url)
                await without_udp(route)
            else:
                await route.continue_()

        await page.route("**/whep/*", filtered)
        await page.route("**/whep/*?*", filtered)
        await page.goto(f"{node.url}/wall")
        await until_async(lambda: page.evaluate(PLAYING), 60, "a picture by TCP")
        await keep_screenshot(page, "wall_over_tcp")
    assert answers
