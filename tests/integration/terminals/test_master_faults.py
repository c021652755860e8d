"""A fault of our own while a master is written: it costs a segment, a gap says so, and the thread goes on."""

import threading
from pathlib import Path

from terminals.master import folders
from terminals.master.keeper import Keeper
from terminals.master.writer import FAULT, MasterWriter
from tests.integration.terminals.footage import ServerSide, checked, device
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
    for job in (at(1), close(2)):
        assert keeper.send(sound.writer, job)
    until(closed.is_set)
    keeper.stop()
    assert keeper.waiting_bytes == 0 and len(checked(sound.folder, server)) == 1
