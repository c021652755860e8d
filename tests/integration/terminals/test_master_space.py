"""Space that is really short: a reserve that gives way, a disk that is full, a gap that is declared, nothing lost."""

from itertools import pairwise
from pathlib import Path

import pytest

from dispatch_server.media.abilities import Layer
from terminals.master import folders
from terminals.master.master import Wish
from terminals.master.reserve import STEP_BYTES, NoSpace, Reserve
from terminals.master.space import Thresholds
from terminals.master.writer import DISK_FULL
from tests.faults.full_disk import SmallDisk
from tests.integration.terminals.footage import ServerSide, checked, device, master_in, units
from tests.waiting import until


def test_a_reserve_is_allocated_gives_way_and_is_refused_beyond_the_disk(tmp_path: Path) -> None:
    reserve = Reserve(tmp_path)
    reserve.hold(3 * STEP_BYTES)
    path = tmp_path / "reserve"
    assert path.stat().st_blocks * 512 >= 3 * STEP_BYTES
    reserve.give_way(1)
    assert path.stat().st_size == 2 * STEP_BYTES
    reserve.give_way(STEP_BYTES - 1)
    assert path.stat().st_size == 2 * STEP_BYTES
    with pytest.raises(NoSpace):
        reserve.hold(1 << 60)
    assert path.stat().st_size == 2 * STEP_BYTES == Reserve(tmp_path).bytes
    reserve.release()
    assert not path.exists()


def test_a_full_disk_is_a_declared_gap_and_loses_nothing_that_was_announced(tight_disk: SmallDisk) -> None:
    server, root = ServerSide(), tight_disk.folder / "master"
    master = master_in(root, server, device(), segment_s=2)
    master.wish = Wish()
    master.start()
    everything = units(16)

    def play(from_s: float, to_s: float) -> None:
        for layer, nals, ticks, is_key in everything:
            if from_s <= ticks / (48_000 if layer is Layer.SOUND else 90_000) < to_s:
                master.take(layer, nals, ticks, is_key)
        until(lambda: master._keeper.waiting_bytes == 0)

    play(0, 5)
    before = master.fragments
    tight_disk.fill()
    play(5, 9)
    held = master.fragments
    tight_disk.empty()
    play(9, 16)
    master.stop()
    kept, declared = [], []
    for folder in folders.masters(root):
        kept += checked(folder, server)
        end = folders.read_end(folder)
        assert end is not None
        declared += [end.missing_from_utc_us] if end.missing_from_utc_us else []
        for number in folders.segment_numbers(folder):
            gaps = folders.verdict_of(folder, number).gaps()
            declared += [gap.from_utc_us for gap in gaps if gap.reason == DISK_FULL]
    assert len(kept) >= master.fragments > held >= before > 0
    assert declared and min(declared) > 1_700_000_000_000_000


def test_the_small_picture_is_kept_while_space_is_low(tmp_path: Path) -> None:
    server = ServerSide()
    master = master_in(tmp_path, server, device(), limits=Thresholds(1 << 60, 1 << 60, 0))
    master.wish = Wish("one")
    master.start()
    for layer, nals, ticks, is_key in units(12):
        master.take(layer, nals, ticks, is_key)
        if ticks > 3 * 90_000 and layer is Layer.MAIN:
            until(lambda: master._keeper.waiting_bytes == 0)
    master.stop()
    cards = [folders.read_card(folder) for folder in folders.masters(tmp_path)]
    assert [(card.layer, card.enforcement) for card in cards] == [("main", "one"), ("sub", "one")]
    kept = [entry for folder in folders.masters(tmp_path) for entry in checked(folder, server)]
    ends = sorted((entry.utc_us, entry.utc_us + entry.duration_us) for entry in kept if entry.video)
    assert all(after[0] - before[1] < 200_000 for before, after in pairwise(ends)), "no hole"
