"""Masters are delivered over real HTTP whatever the line and the server do; only a true receipt frees a segment."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx2
import pytest

from dispatch_server.protocol.masters import Receipt
from terminals import world
from terminals.access import Access
from terminals.master import budget, folders
from terminals.master.disk import OwnDisk
from terminals.master.put_off import WHOLE, PutOff
from terminals.master.reserve import Reserve
from terminals.master.server_keys import read_keys
from terminals.master.space import Thresholds
from terminals.master.stewardship import Steward, kept_segments
from terminals.master.uploader import Uploader
from tests.integration.terminals.fake_server import FakeServer, serving
from tests.integration.terminals.footage import ServerSide, device, master_in, record
from tests.integration.terminals.sounds import Written, at, begin, close
from tests.integration.terminals.test_master_bad_disk import LyingDisk
from tests.waiting import until_async

NEWEST = "0fffffff-89ab-7abc-8abc-0123456789ab"  # it is delivered before all others
pytestmark = pytest.mark.timeout(60)


@asynccontextmanager
async def uploading(
    root: Path, url: str, allowance: Callable[[], int | None] = lambda: None
) -> AsyncIterator[Uploader]:
    root.mkdir(exist_ok=True)
    key = device().placed("T0101", url, "test")
    async with httpx2.AsyncClient(timeout=5) as client:
        access = Access(key, client, root / "device-key.json")
        uploader = Uploader(
            root, OwnDisk(), access, allowance, lambda keys: None, round_s=0.05, first_pause_s=0.05
        )  # fmt: skip
        running = asyncio.create_task(uploader.run())
        try:
            yield uploader
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running


def all_delivered(root: Path) -> bool:
    return all((folder / folders.DELIVERED).exists() for folder in folders.masters(root))


def recorded(root: Path, keys: ServerSide, seconds: int = 8) -> Path:
    record(master_in(root, keys, device()), seconds)
    return next(folders.masters(root))


async def test_everything_arrives_and_is_acknowledged(tmp_path: Path) -> None:
    fake = FakeServer()
    folder = recorded(tmp_path, fake.keys)
    async with serving(fake) as url, uploading(tmp_path, url):
        await until_async(lambda: all_delivered(tmp_path), 20)
    numbers = folders.segment_numbers(folder)
    assert sorted(number for _, number in fake.plain) == numbers and len(numbers) >= 2
    assert fake.ends[folder.name].seal.fragments == fake.ends[folder.name].end.fragments
    kept = kept_segments(tmp_path, read_keys(fake.keys.said()).vouching)
    assert all(one.receipted and one.bytes for one in kept)


@pytest.mark.parametrize("status", [404, 409, 410, 412, 423, 429, 460, 500, 503])
async def test_whatever_the_server_says_it_arrives_in_the_end(tmp_path: Path, status: int) -> None:
    fake = FakeServer(faults=[status])
    recorded(tmp_path, fake.keys, 3)
    async with serving(fake) as url, uploading(tmp_path, url) as uploader:
        uploader.waits = PutOff(0.05, 0.05)
        await until_async(lambda: all_delivered(tmp_path), 20)
    assert fake.faults == []


async def test_a_cut_line_a_revoked_token_and_a_restarted_server(tmp_path: Path) -> None:
    fake = FakeServer(cut_after=20_000)
    recorded(tmp_path, fake.keys)
    async with uploading(tmp_path, "http://127.0.0.1:1"):
        pass
    async with serving(fake) as url, uploading(tmp_path, url):
        await until_async(lambda: fake.patched >= 1, 10)
        fake.token_life = "another"
        fake.away = True
        await until_async(lambda: True)
        fake.away = False
        await until_async(lambda: all_delivered(tmp_path), 20)
    assert fake.tokens >= 2


def _unsigned(receipt: Receipt) -> Receipt:
    return receipt.model_copy(update={"signature": "0" * 128})


def _other_chain(fake: FakeServer) -> Callable[[Receipt], Receipt]:
    from dispatch_server.protocol.masters import signed_part

    def forge(receipt: Receipt) -> Receipt:
        wrong = receipt.model_copy(update={"chain": "0" * 64})
        return wrong.model_copy(update={"signature": fake.keys.evidence.sign(signed_part(wrong)).hex()})

    return forge


@pytest.mark.parametrize("forged", ["unsigned", "other chain", "none"])
async def test_nothing_is_given_up_for_a_receipt_that_does_not_hold(tmp_path: Path, forged: str) -> None:
    fake = FakeServer()
    fake.forge = {"unsigned": _unsigned, "other chain": _other_chain(fake), "none": lambda receipt: receipt}[forged]
    folder = recorded(tmp_path, fake.keys)
    async with serving(fake) as url, uploading(tmp_path, url) as uploader:
        wanted = len(folders.segment_numbers(folder))
        await until_async(lambda: len(fake.receipts) == wanted, 20)
        if forged == "none":
            await until_async(lambda: all_delivered(tmp_path), 20)
        else:
            await until_async(lambda: uploader.counters.receipts_wrong >= wanted, 20)
    keys = read_keys(fake.keys.said())
    short = Thresholds(1 << 60, 1 << 60, 0)  # as much is wanted as no disk has
    steward = Steward(tmp_path, OwnDisk(), short, Reserve(tmp_path), lambda: keys.vouching)
    steward.has_room(1)
    left = list(folder.glob("*.sealed"))
    # With a receipt that holds they go: the harness sees a deletion where there is one.
    assert (len(left) == 0) if forged == "none" else (len(left) == wanted)


async def test_a_queue_that_stands_for_ever_does_not_hold_it_up_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a busy machine looks like. With a floor of nothing, as it was, not a byte arrives: the test after this."""
    monkeypatch.setattr(budget, "FLOOR_BPS", 400_000)
    fake, allowance = FakeServer(), budget.Allowance()
    recorded(tmp_path, fake.keys, 3)
    busy = budget.Uplink(2_000_000, 1_600_000, False, 0.2, 0.0, 8_000_000)
    async with serving(fake) as url, uploading(tmp_path, url, lambda: allowance.bps(busy, world.monotonic())):
        await until_async(lambda: all_delivered(tmp_path), 20)


async def test_nothing_goes_while_nothing_may(tmp_path: Path) -> None:
    fake = FakeServer()
    recorded(tmp_path, fake.keys, 3)
    allowed: list[int | None] = [0]
    async with serving(fake) as url, uploading(tmp_path, url, lambda: allowed[0]) as uploader:
        await until_async(lambda: fake.uploads, 10)
        assert uploader.counters.uploaded_bytes == 0 and fake.patched <= 1
        allowed[0] = None
        await until_async(lambda: all_delivered(tmp_path), 20)


async def test_what_a_failing_disk_left_is_sent_and_the_server_decides(tmp_path: Path) -> None:
    """What was announced before the failure is there as a rule; what is not must not hold up the rest for ever."""
    fake = FakeServer()
    folder = recorded(tmp_path, fake.keys, 12)
    good, changed, short, *_ = folders.segment_numbers(folder)
    for number in (good, changed, short):
        (folder / folders.suspect_name(number)).touch()
    sealed = {number: folder / folders.sealed_name(number) for number in (changed, short)}
    sealed[changed].write_bytes(sealed[changed].read_bytes()[:-1] + b"?")
    os.truncate(sealed[short], 100)
    async with serving(fake) as url, uploading(tmp_path, url) as uploader:
        wanted = set(folders.segment_numbers(folder)) - {changed, short}
        await until_async(lambda: {number for _, number in fake.receipts} == wanted, 20)
        await until_async(lambda: len(uploader.waits.reasons(folder.name)) == 2, 10)
    assert not all_delivered(tmp_path) and good in wanted
    reasons = uploader.waits.reasons(folder.name)
    assert "shorter than its index" in reasons[short]
    assert reasons[changed].startswith("400")


async def test_another_servers_keys_are_not_believed(tmp_path: Path) -> None:
    fake = FakeServer()
    recorded(tmp_path, fake.keys, 3)
    async with serving(fake) as url:
        async with uploading(tmp_path, url):
            await until_async(lambda: all_delivered(tmp_path), 20)
        fake.keys = ServerSide()
        async with uploading(tmp_path, url) as uploader:
            await until_async(lambda: "vouch" in uploader.trouble, 10)


async def test_a_segment_whose_disk_failed_is_delivered_too(tmp_path: Path) -> None:
    fake = FakeServer()
    jobs = [begin(0), at(0), at(1), at(2), close(3)]
    written = Written(tmp_path, jobs, fake.keys, device(), LyingDisk(4))
    assert (written.folder / folders.suspect_name(1)).exists()
    async with serving(fake) as url, uploading(tmp_path, url):
        await until_async(lambda: all_delivered(tmp_path), 20)
    assert sorted(number for _, number in fake.plain) == [1, 2]


@pytest.mark.parametrize("trouble", ["refused", "contradicted", "short", "taken"])
async def test_one_bad_master_holds_up_no_other(tmp_path: Path, trouble: str) -> None:
    fake = FakeServer()
    old = recorded(tmp_path, fake.keys, 3)
    bad = Written(tmp_path, [begin(0), at(0), close(1)], fake.keys, device(), identity=NEWEST).folder
    if trouble == "refused":
        fake.refusing[NEWEST] = 400
    elif trouble == "contradicted":
        fake.cards[NEWEST] = folders.read_card(old)
    elif trouble == "short":
        os.truncate(bad / folders.sealed_name(1), 100)
    else:
        fake.keeps_waiting = NEWEST
    async with serving(fake) as url, uploading(tmp_path, url) as uploader:
        await until_async(lambda: (old / folders.DELIVERED).exists(), 20)
        assert not (bad / folders.DELIVERED).exists()
        asked = fake.asked
        await asyncio.sleep(0.5)  # to count in, not to hope in
        assert fake.asked - asked < 60, "asked again and again without a pause"
        assert uploader.waits.is_off((NEWEST, WHOLE if trouble == "contradicted" else 1), world.monotonic())
