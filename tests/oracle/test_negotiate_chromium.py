"""Chromium itself takes our answers to the offers that it makes."""

from collections.abc import AsyncIterator
from itertools import count
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, Route, async_playwright

from dispatch_server.media.abilities import Layer
from dispatch_server.media.negotiate import answer_publish, answer_watch
from tests.unit.media.sdp.offer_texts import SERVER

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

PUBLISH = """async rids => {
  const stream = await navigator.mediaDevices.getUserMedia({audio: true, video: true});
  window.pc = new RTCPeerConnection();
  pc.addTransceiver(stream.getAudioTracks()[0], {direction: 'sendonly', streams: [stream]});
  const encodings = rids.map((rid, i) => ({rid, scaleResolutionDownBy: 4 ** i}));
  pc.addTransceiver(stream.getVideoTracks()[0],
    {direction: 'sendonly', streams: [stream], ...(rids.length ? {sendEncodings: encodings} : {})});
  await pc.setLocalDescription();
  return pc.localDescription.sdp;
}"""
WATCH = """async withData => {
  window.pc = new RTCPeerConnection();
  window.streams = [];
  pc.ontrack = event => streams.push(event.streams[0].id);
  if (withData) pc.createDataChannel('x');
  pc.addTransceiver('video', {direction: 'recvonly'});
  pc.addTransceiver('audio', {direction: 'recvonly'});
  await pc.setLocalDescription();
  return pc.localDescription.sdp;
}"""
TAKE = """async sdp => {
  await pc.setRemoteDescription({type: 'answer', sdp});
  const found = pc.getTransceivers().map(one => ({
    direction: one.currentDirection,
    codecs: one.sender.getParameters().codecs.map(codec => codec.mimeType),
    rids: one.sender.getParameters().encodings.filter(e => e.rid && e.active).map(e => e.rid)}));
  pc.close();
  return {found, streams: window.streams};
}"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def page() -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"],
        )
        page = await browser.new_page()

        async def blank(route: Route) -> None:
            await route.fulfill(body="<html></html>", content_type="text/html")

        await page.route("**/*", blank)
        await page.goto("https://localhost/")  # cameras need a secure context
        yield page
        await browser.close()


async def take(page: Page, answer: str) -> dict[str, Any]:
    return dict(await page.evaluate(TAKE, answer))


async def test_a_publisher_takes_our_answer(page: Page) -> None:
    _plan, answer = answer_publish(await page.evaluate(PUBLISH, []), SERVER)
    sound, picture = (await take(page, answer))["found"]
    assert (sound["direction"], picture["direction"]) == ("sendonly", "sendonly")
    assert sound["codecs"] == ["audio/opus"]
    assert picture["codecs"] == ["video/H264", "video/rtx"]


async def test_a_simulcast_publisher_sends_both_layers(page: Page) -> None:
    plan, answer = answer_publish(await page.evaluate(PUBLISH, ["h", "l"]), SERVER)
    _sound, picture = (await take(page, answer))["found"]
    assert picture["direction"] == "sendonly" and picture["rids"] == ["h", "l"]
    assert plan.tracks[1].layer_of_rid == {"h": Layer.MAIN, "l": Layer.SUB}


async def test_a_third_layer_is_switched_off(page: Page) -> None:
    plan, answer = answer_publish(await page.evaluate(PUBLISH, ["q", "h", "f"]), SERVER)
    _sound, picture = (await take(page, answer))["found"]
    assert picture["rids"] == ["q", "f"]
    assert plan.tracks[1].layer_of_rid == {"q": Layer.SUB, "f": Layer.MAIN}


@pytest.mark.parametrize("with_data", [False, True])
async def test_a_viewer_hears_and_sees_one_stream(page: Page, with_data: bool) -> None:
    _plan, answer = answer_watch(await page.evaluate(WATCH, with_data), SERVER, frozenset(Layer), count(5000))
    taken = await take(page, answer)
    assert [one["direction"] for one in taken["found"]] == ["recvonly", "recvonly"]
    assert taken["streams"] == ["stream7", "stream7"]


async def test_a_viewer_bears_a_section_with_nothing_to_show(page: Page) -> None:
    offer = await page.evaluate(WATCH, False)
    _plan, answer = answer_watch(offer, SERVER, {Layer.SOUND}, count(5000))
    taken = await take(page, answer)
    assert [one["direction"] for one in taken["found"]] == ["inactive", "recvonly"]
