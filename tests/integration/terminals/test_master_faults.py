"""A fault of our own while a master is written: it costs a segment, a gap says so, and the thread goes on."""

import threading
from pathlib import Path

import pytest

from terminals.master import folders
from terminals.master.keeper import Keeper
from terminals.master.master import Wish
from terminals.master.writer import FAULT, MasterWriter
from tests.integration.terminals.footage import ServerSide, checked, device, master_in, units
from tests.integration.terminals.sounds import IMPOSSIBLE, Written, at, begin, close
from tests.waiting import until


def test_a_fault_costs_what_it_met_and_says_so(tmp_path: Path) -> None:
    server = ServerSide()
    jobs = [begin(0), at(0), begin(1), at(1), at(2), IMPOSSIBLE, at(4), close(5)]
    written = Written(tmp_path, jobs, server, device())
    assert len(written.faults) == 1 and written.writer.trouble == ""
    assert len(checked(written.folder, server)) == len(written.announced) == 4
    last = folders.segment_numbers(written.folder)[-1]
    assert [gap.reason for gap in folders.verdict_of(written.folder, last).gaps()] == [FAULT]
    end = folders.read_end(written.folder)
    assert end is not None and end.fragments == 4


def test_a_trouble_that_lasts_is_shown(tmp_path: Path) -> None:
    written = Written(tmp_path, [begin(0), at(0), IMPOSSIBLE], ServerSide(), device())
    assert written.writer.trouble.startswith(FAULT)


class _Faulty(MasterWriter):
    def process(self, jobs: object) -> None:
        raise RuntimeError("a fault that nobody thought of")


def test_the_thread_outlives_what_one_master_meets(tmp_path: Path) -> None:
    server, key = ServerSide(), device()
    sound = Written(tmp_path, [begin(0)], server, key)
    closed = threading.Event()
    keeper = Keeper(1 << 20, lambda writer: closed.set())
    keeper.start()
    keeper.send(_Faulty(sound.writer.card, sound.writer._place), at(0))
    until(lambda: keeper.faults == 1)
    assert keeper.fault.startswith(FAULT)
    for job in (at(1), close(2)):
        assert keeper.send(sound.writer, job)
    until(closed.is_set)
    keeper.stop()
    assert keeper.fault == "" and keeper.waiting_bytes == 0 and len(checked(sound.folder, server)) == 1


def test_what_is_wrong_is_said_until_it_records_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = ServerSide()
    master = master_in(tmp_path, server, device(), segment_s=2)
    master.wish = Wish()
    master.start()
    faults, sealed = [], MasterWriter._make_durable

    def faulty(writer: MasterWriter, *parts: object) -> None:
        if len(faults) < 2:
            faults.append(writer)
            raise RuntimeError("a fault that nobody thought of")
        sealed(writer, *parts)  # type: ignore[arg-type]

    monkeypatch.setattr(MasterWriter, "_make_durable", faulty)
    said = set()
    for layer, nals, ticks, is_key in units(8):
        master.take(layer, nals, ticks, is_key)
        until(lambda: master._keeper.waiting_bytes == 0)
        said.add(master.said())
    master.stop()
    assert said == {"", f"{FAULT}: RuntimeError: a fault that nobody thought of"} and master.said() == ""
    (folder,) = folders.masters(tmp_path)
    assert len(checked(folder, server)) == master.fragments > 0
    assert [gap.reason for gap in folders.verdict_of(folder, 1).gaps()] == [FAULT]
