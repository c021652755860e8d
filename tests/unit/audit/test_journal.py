"""A journal that is as large as it may be says so: what waits is neither written nor taken for written."""

import errno
from pathlib import Path

import pytest

from dispatch_server.audit.journal import Journal
from dispatch_server.audit.limits import JournalLimits
from tests.unit.audit.made import act


def test_a_full_journal_is_an_alarm_and_not_silence(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal", JournalLimits(queue=10, bytes=10))
    journal.open()
    journal.add(act(0))
    journal.flush()
    journal.flush()  # nothing waits: nothing is wrong
    journal.add(act(0))
    with pytest.raises(OSError) as full:
        journal.flush()
    assert (full.value.errno, journal.waiting) == (errno.ENOSPC, 1)
    for path in journal.switch():
        journal.forget(path)
    journal.flush()
    assert journal.waiting == 0
    journal.close()
