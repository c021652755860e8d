"""Clips, stills and marked copies of real recordings: what they hold, what they say of themselves, what is refused."""

import hashlib
import io
import json
import random
from collections.abc import AsyncIterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from dispatch_server.archive.derivatives import decoding, media_worker
from dispatch_server.archive.derivatives.making import Original
from dispatch_server.archive.exports.content import SEAL
from dispatch_server.archive.model import Card
from dispatch_server.identity.model import Role
from tests.integration.archive.clips import START_US
from tests.integration.archive.office import Office, office
from tests.integration.matrix.server import SIBLING
from tests.waiting import until_async

API = "/api/v1/derivatives"
S = 1_000_000
pytestmark = pytest.mark.timeout(120)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Office]:
    async with office(tmp_path / "var") as desk:
        yield desk


@dataclass
class Of:
    """A recording, for an export of it."""

    id: str


async def make(desk: Office, card: Card, kind: str, begin: float, end: float = 0, **more: Any) -> dict[str, Any]:
    wish = {"recording_id": card.id, "kind": kind, "from_utc_us": START_US + int(begin * S), "purpose": "案卷评查"}
    wish |= {"to_utc_us": START_US + int(end * S)} if end else {}
    asked = await desk.whole.ask("POST", API, desk.person(), wish | more)
    assert asked.status_code == 202, asked.text
    made_id = asked.json()["derivative_id"]

    async def done() -> dict[str, Any] | None:
        found: dict[str, Any] = (await desk.whole.ask("GET", f"{API}/{made_id}", desk.person())).json()
        return found if found["state"] != "asked" else None

    return await until_async(done, 60, "the derivative to be made")


async def content(desk: Office, made: dict[str, Any]) -> bytes:
    url = f"{API}/{made['derivative_id']}/content"
    answer = await desk.whole.ask("GET", url, desk.person())
    if answer.status_code == 403:  # a clip
        assert (made["needs_export"], made["content_url"]) == (True, None)
        await desk.ready(Of(made["recording_id"]))
        answer = await desk.whole.ask("GET", url, desk.person())
    assert answer.status_code == 200 and hashlib.sha256(answer.content).hexdigest() == made["sha256"]
    return answer.content


def pictures(data: bytes) -> tuple[list[float], int]:
    """Times of its pictures, and its samples of sound."""
    with av.open(io.BytesIO(data)) as container:
        frames = [frame for frame in container.decode() if frame is not None]
    times = [float(frame.time) for frame in frames if isinstance(frame, av.VideoFrame)]
    return times, sum(frame.samples for frame in frames if isinstance(frame, av.AudioFrame))


async def test_a_clip_is_whole_fragments_of_its_original(desk: Office) -> None:
    card = await desk.recording(seconds=6)
    made = await make(desk, card, "clip", 1.4, 4.6)
    assert (made["state"], made["note"], made["widened"]) == ("ready", "", True)
    assert (made["from_utc_us"], made["to_utc_us"]) == (START_US + 1 * S, START_US + 5 * S)
    data = await content(desk, made)
    times, samples = pictures(data)
    assert len(times) == 100 and samples == 200 * 960
    assert [round(later - before, 3) for before, later in pairwise(times)] == [0.04] * 99
    origin = await desk.whole.ask("GET", made["origin_url"], desk.person())
    head, *lines = [json.loads(line) for line in origin.text.splitlines()]
    assert head["chain"] == made["chain"] == json.loads((desk.folder(card) / SEAL).read_text())["chain"]
    assert [line["segment"] for line in lines] == [1, 2, 2, 3]
    for line in lines:
        media = (desk.folder(card) / f"{line['segment']:06}.mp4").read_bytes()
        original = media[line["offset"] : line["offset"] + line["bytes"]]
        copied = data[line["at"] : line["at"] + line["bytes"]]
        assert hashlib.sha256(original).hexdigest() == line["original_sha256"]
        assert hashlib.sha256(copied).hexdigest() == line["sha256"]
        assert (copied == original) == (line["moved_us"] == 0)
    whole = hashlib.sha256(b"".join(bytes.fromhex(line["original_sha256"]) for line in lines)).hexdigest()
    assert whole == made["original_sha256"]


async def test_a_still_is_the_picture_of_its_moment(desk: Office) -> None:
    card = await desk.recording(seconds=4)
    stills = [
        await make(desk, card, "still", at, picture=form) for at, form in ((1.0, "png"), (1.5, "png"), (1.5, "jpeg"))
    ]
    seen = [cv2.imdecode(np.frombuffer(await content(desk, one), np.uint8), cv2.IMREAD_COLOR) for one in stills]
    # The test picture's red square moves by four pixels a picture.
    left = [int(np.argmax(picture[40, :, 2] > 150)) for picture in seen]
    assert left[1] - left[0] == pytest.approx((37 - 25) * 4, abs=4) and abs(left[2] - left[1]) <= 2
    assert [one["media_type"] for one in stills] == ["image/png", "image/png", "image/jpeg"]
    assert not stills[0]["widened"]


async def test_a_marked_copy_shows_its_text_and_keeps_the_sound(desk: Office) -> None:
    card = await desk.recording(seconds=4)
    plain = await content(desk, await make(desk, card, "clip", 0, 4))
    made = await make(desk, card, "marked", 0, 4, mark="仅供县人民法院使用")
    assert made["note"] == "" and made["state"] == "ready"
    data = await content(desk, made)
    times, samples = pictures(data)
    assert len(times) == 100 and samples == 200 * 960
    sounds = []
    for one in (plain, data):
        with av.open(io.BytesIO(one)) as container:
            sounds.append([bytes(packet) for packet in container.demux(audio=0) if packet.size])
    assert sounds[0] == sounds[1]
    shots = []
    for one in (plain, data):
        with av.open(io.BytesIO(one)) as container:
            shots.append(next(container.decode(video=0)).to_ndarray(format="gray"))
    changed = np.abs(shots[0].astype(int) - shots[1].astype(int)) > 60
    foot = changed[-24:, :]
    assert 100 < int(foot.sum()) < foot.size // 2  # letters, and not a block


async def test_hostile_media_end_the_child_and_nothing_else(desk: Office) -> None:
    """H8: bytes that pass the chain, for they were kept so, but that no decoder should be given unguarded."""
    card = await desk.recording(seconds=2)
    assert media_worker.MEMORY_BYTES <= 1 << 30 and decoding.STILL_CPU_S <= 30
    garbage = Garbage(desk)
    for number in range(6):
        with garbage.instead_of_media(number):
            made = await make(desk, card, "still", 0.5)
        assert made["state"] in ("failed", "ready"), made
        if made["state"] == "failed":
            assert made["note"] == "The original could not be decoded within its bounds."
    assert garbage.failed >= 3
    assert (await make(desk, card, "still", 0.5))["state"] == "ready"


class Garbage:
    """Hands the child damaged fragments in place of the original's."""

    def __init__(self, desk: Office) -> None:
        self.desk, self.failed = desk, 0

    def instead_of_media(self, seed: int) -> Any:
        real, chance = Original.read, random.Random(seed)

        def damaged(original: Original, piece: Any) -> bytes:
            data = bytearray(real(original, piece))
            self.failed += 1
            if seed % 2:
                return chance.randbytes(len(data))
            for _ in range(400):
                data[chance.randrange(len(data))] = chance.randrange(256)
            return bytes(data)

        @contextmanager
        def swapped() -> Any:
            Original.read = damaged  # type: ignore[method-assign]
            try:
                yield
            finally:
                Original.read = real  # type: ignore[method-assign]

        return swapped()


async def test_an_original_that_is_not_what_was_kept_makes_no_derivative(desk: Office) -> None:
    card = await desk.recording(seconds=4)
    media = desk.folder(card) / "000001.mp4"
    data = bytearray(media.read_bytes())
    data[-10] ^= 1
    media.write_bytes(data)
    made = await make(desk, card, "clip", 0, 4)
    assert (made["state"], made["content_url"]) == ("failed", None)
    assert "not what was kept" in made["note"]


async def test_creation_and_fetch_are_on_record_and_it_outlives_its_original(desk: Office) -> None:
    card = await desk.recording(seconds=4)
    made = await make(desk, card, "clip", 0, 2)
    await content(desk, made)
    log = await desk.whole.ask("POST", "/api/v1/exports", desk.person(), {
        "recordings": [card.id], "purpose": "x", "recipient": "y",
    })  # fmt: skip
    acts = await desk.whole.ask("GET", f"/api/v1/exports/{log.json()['export_id']}/custody", desk.person())
    told = [json.loads(act["line"])["action"] for act in acts.json()["acts"]]
    assert [one for one in told if one.startswith("derivative")] == [
        "derivative.make", "derivative.ready", "derivative.fetch",
    ]  # fmt: skip
    for path in desk.folder(card).glob("*.mp4"):
        path.unlink()
    assert await content(desk, made)
    stranger = desk.person(Role.OPERATOR, SIBLING)
    assert (await desk.whole.ask("GET", f"{API}/{made['derivative_id']}/content", stranger)).status_code == 404
    nothing = await make(desk, card, "clip", 1000, 1002)
    assert (nothing["state"], nothing["note"]) == ("failed", "The original holds nothing at that time.")
    long = {"recording_id": card.id, "kind": "marked", "from_utc_us": START_US, "to_utc_us": START_US + 601 * S}
    assert (await desk.whole.ask("POST", API, desk.person(), long)).json()["code"] == "span_unusable"
