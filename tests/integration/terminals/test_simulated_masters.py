"""Simulated terminals that are enrolled keep a master of what they play, deliver it, and seal it when they end."""

import asyncio
import json
from contextlib import suppress
from pathlib import Path

import pytest

from dispatch_server.media.abilities import Layer
from dispatch_server.media.track.packetize import packetize_h264
from terminals.clip import Clip, Unit, clip_path
from terminals.master import folders
from terminals.simulated_master import MASTERS, NoCode, settle
from terminals.simulation import Ask, run_simulation
from tests.integration.terminals.fake_server import FakeServer, serving
from tests.integration.terminals.footage import checked, units
from tests.waiting import until_async

NUMBER, CLIP_S = "T0101", 4
pytestmark = pytest.mark.timeout(60)


def short_clip(path: Path) -> None:
    clip = Clip(CLIP_S * 1000)
    for layer, nals, ticks, is_key in units(CLIP_S):
        payloads = [(nals[0], True)] if layer is Layer.SOUND else packetize_h264(nals)
        clip.units.setdefault(layer, []).append(Unit(ticks, is_key, tuple(payloads)))
    clip.write(path)


async def test_each_records_what_it_plays_and_delivers_it(tmp_path: Path) -> None:
    fake = FakeServer(media=403)  # on air or not makes no difference
    short_clip(clip_path(tmp_path, NUMBER))
    (tmp_path / "keys.json").write_text(json.dumps([{"number": NUMBER, "department": "01", "publish_key": "pk"}]))
    (tmp_path / "codes.json").write_text(json.dumps({NUMBER: "7K4M-2PQR-8STV"}))
    async with serving(fake) as url:
        ask = Ask(
            1, url, tmp_path / "keys.json", tmp_path, local_host="127.0.0.1",
            masters=tmp_path / "masters", codes=tmp_path / "codes.json",
        )  # fmt: skip
        running = asyncio.create_task(run_simulation(ask))
        root = tmp_path / "masters" / NUMBER / MASTERS
        await until_async(lambda: running.done() or any(root.glob("*/000001.jsonl")), 20)
        await until_async(lambda: running.done() or len(_fragments(root)) >= 6, 20)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        settings = await settle(tmp_path / "masters", NUMBER, url, {})
        assert settings.server.terminal == NUMBER and fake.tokens >= 1
    (folder,) = folders.masters(root)
    kept = checked(folder, fake.keys)
    assert (folder / folders.SEAL).exists() and sum(entry.video for entry in kept) >= 50
    assert sum(entry.duration_us for entry in kept) > 5_000_000, "more than one lap of the clip, without a seam"


def _fragments(root: Path) -> list[int]:
    folder = next(folders.masters(root))
    return [
        entry.number for n in folders.segment_numbers(folder) for entry in folders.verdict_of(folder, n).fragments()
    ]


async def test_without_a_code_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(NoCode):
        await settle(tmp_path, NUMBER, "http://127.0.0.1:1", {})
