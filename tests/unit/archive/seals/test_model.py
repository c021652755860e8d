"""Faults are said with their place, and not without bound."""

from dispatch_server.archive.seals.model import MOST_FAULTS, Findings, Kind, Place
from dispatch_server.protocol.footage import FORMAT, FragmentEntry, GapEntry, SegmentHead

FRAGMENT = FragmentEntry(17, 1000, 500, 1_764_000_000_000_000, 1, True, 1, 1, 0, False)


def test_a_place_is_said_as_closely_as_it_is_known() -> None:
    assert Place.of(2, FRAGMENT).said() == "segment 2, fragment 17, bytes 1000–1499, 2025-11-24 16:00:00 UTC"
    assert Place.of(2, GapEntry(1_764_000_000_000_000, 2, "x")).said() == "segment 2, 2025-11-24 16:00:00 UTC"
    head = SegmentHead(FORMAT, "sha-256", "r", 1, "f", 30, 1_764_000_000_000_000, "", "", "main", "")
    assert Place.of(1, head).said() == "segment 1, bytes 0–29, 2025-11-24 16:00:00 UTC"
    assert Place().said() == ""


def test_findings_are_bounded_and_said_in_one_line() -> None:
    found = Findings()
    assert found.is_whole and found.said() == ""
    for _ in range(MOST_FAULTS + 50):
        found.fault(Kind.MEDIA, "the bytes differ", Place(1))
    assert len(found.faults) == MOST_FAULTS
    assert found.said() == f"segment 1: the bytes differ and {MOST_FAULTS - 1} more"
    assert not found.broken_seal
    written_over = Findings()
    written_over.fault(Kind.CARD, "recording.json is not the one that was sealed")
    assert written_over.broken_seal
