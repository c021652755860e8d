"""What comes from the bucket in pieces of any size is compared with the index as what lies here is."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch_server.archive.seals.away import AwayWalk
from dispatch_server.archive.seals.model import Findings
from dispatch_server.protocol.footage import Line, read_index, read_line
from tests.unit.archive.seals.made import closed


@pytest.fixture(scope="module")
def segment(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Line], bytes]:
    folder: Path = closed(tmp_path_factory.mktemp("away") / "r", segments=1)
    whole, _ = read_index((folder / "000001.jsonl").read_bytes())
    return [read_line(data) for data in whole], (folder / "000001.mp4").read_bytes()


def walked(lines: Sequence[Line], data: bytes, cuts: Sequence[int]) -> tuple[list[int], AwayWalk]:
    """Fragments that were told."""
    findings = Findings()
    walk = AwayWalk(1, lines, findings.fault)
    for begin, end in zip([0, *cuts], [*cuts, len(data)], strict=True):
        walk.feed(data[begin:end])
    walk.end()
    return [fault.place.fragment for fault in findings.faults], walk


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.integers(0, 300), max_size=8).map(sorted))
def test_in_whatever_pieces_it_comes_it_is_whole(segment: tuple[list[Line], bytes], cuts: list[int]) -> None:
    lines, data = segment
    told, walk = walked(lines, data, [min(cut, len(data)) for cut in cuts])
    assert (told, walk.behind) == ([], 0)


@given(at=st.integers(0, 10_000), cut=st.integers(0, 10_000))
def test_a_changed_byte_is_told_in_its_fragment_alone(segment: tuple[list[Line], bytes], at: int, cut: int) -> None:
    lines, data = segment
    at %= len(data)
    changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
    told, _ = walked(lines, changed, [cut % len(data)])
    assert len(told) == 1


def test_an_end_that_is_missing_is_told_and_more_is_counted(segment: tuple[list[Line], bytes]) -> None:
    lines, data = segment
    assert walked(lines, data[:-1], [])[0] == [4]
    assert walked(lines, b"", [])[0] == [0, 1, 2, 3, 4]
    told, walk = walked(lines, data + b"xyz", [10])
    assert (told, walk.behind) == ([], 3)
