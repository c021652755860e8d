"""E2 on exported files: every random change of one thing is found, and a whole ledger never raises an alarm."""

import random
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from dispatch_server.audit import sources
from dispatch_server.audit.sources import Outside
from dispatch_server.audit.verify import Verifier
from tests.unit.audit.made import SIGNER, STRANGER, Made, act, closed, made, report_of

MUTATIONS = 2000
WHOLE = made(24, (0, 5, 9, 9, 16))
EXPORT = WHOLE.export()

Change = Callable[[bytes, random.Random], bytes]


def flip_bit(data: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(data))
    return data[:place] + bytes([data[place] ^ 1 << chance.randrange(8)]) + data[place + 1 :]


def cut(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data))]


def drop_byte(data: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(data))
    return data[:place] + data[place + 1 :]


def add_byte(data: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(data) + 1)
    return data[:place] + chance.choice([b" ", b"\n", b"0", b"\x00"]) + data[place:]


def drop_line(data: bytes, chance: random.Random) -> bytes:
    lines = data.splitlines(keepends=True)
    del lines[chance.randrange(len(lines))]
    return b"".join(lines)


def repeat_line(data: bytes, chance: random.Random) -> bytes:
    lines = data.splitlines(keepends=True)
    lines.insert(chance.randrange(len(lines)), chance.choice(lines))
    return b"".join(lines)


def swap_lines(data: bytes, chance: random.Random) -> bytes:
    lines = data.splitlines(keepends=True)
    one, other = chance.sample(range(len(lines)), 2)
    lines[one], lines[other] = lines[other], lines[one]
    return b"".join(lines)


CHANGES: list[Change] = [flip_bit, flip_bit, flip_bit, cut, drop_byte, add_byte, drop_line, repeat_line, swap_lines]


def test_a_signature_in_capital_letters_is_another_file(tmp_path: Path) -> None:
    head, _, signature = EXPORT.rpartition(b'"signature":"')
    assert not report_of(head + b'"signature":"' + signature.upper(), tmp_path).is_good


def resealed(data: bytes) -> bytes:
    """The last line made anew by somebody who has another key than the ledger's."""
    return closed(b"".join(data.splitlines(keepends=True)[:-1]), STRANGER)


def rightly_closed(data: bytes) -> bytes:
    """The same with the ledger's key: only lines and heads can still tell."""
    return closed(b"".join(data.splitlines(keepends=True)[:-1]))


def missed(rounds: int, seed: int, folder: Path, reseal: Callable[[bytes], bytes] = bytes) -> list[str]:
    chance = random.Random(seed)
    found = []
    for number in range(rounds):
        change = CHANGES[number % len(CHANGES)]
        changed = reseal(change(EXPORT, chance))
        if changed != EXPORT and report_of(changed, folder).is_good:
            found.append(f"{change.__name__} in round {number}")
    return found


def test_whole_ledgers_raise_no_alarm(tmp_path: Path) -> None:
    chance = random.Random(3)
    for count in range(60):
        sizes = tuple(sorted(chance.choices(range(count + 1), k=3)))
        whole = made(count, sizes)
        report = report_of(whole.export(), tmp_path, Outside(whole.heads, frozenset({SIGNER.key})))
        assert report.is_good, list(report.said())
        assert (report.acts, report.heads, report.signed) == (count, len(whole.heads), count)


def test_every_change_of_an_exported_file_is_found(tmp_path: Path) -> None:
    assert missed(MUTATIONS, 1, tmp_path) == []


def test_every_change_is_found_when_the_end_is_sealed_anew(tmp_path: Path) -> None:
    assert missed(MUTATIONS // 4, 2, tmp_path, resealed) == []
    assert missed(MUTATIONS // 4, 3, tmp_path, rightly_closed) == []


def test_the_changes_are_not_seen_by_a_verifier_that_looks_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Verifier, "_compare_roots", lambda self: self._due.clear())
    assert missed(600, 3, tmp_path, rightly_closed) != []
    monkeypatch.setattr(sources, "_check_end", lambda *_: None)
    assert len(missed(600, 1, tmp_path)) > 50


@pytest.mark.faults
@pytest.mark.timeout(600)
def test_ten_thousand_changes_are_found(tmp_path: Path) -> None:
    assert missed(10_000, 4, tmp_path) == []


def test_the_first_bad_line_is_named(tmp_path: Path) -> None:
    lines = [*WHOLE.lines]
    lines[7] = lines[7].replace("复核".encode(), "闲看".encode())
    changed = rightly_closed(EXPORT.replace(WHOLE.lines[7], lines[7]))
    report = report_of(changed, tmp_path)
    # The act is in its form: only the roots of the heads behind it tell.
    assert not report.is_good and "changed or forked" in report.findings[0]
    gap = rightly_closed(EXPORT.replace(WHOLE.lines[7] + b"\n", b""))
    assert report_of(gap, tmp_path).first_bad == 7


def forked(number: int) -> Made:
    """Somebody with the ledger's own key wrote it anew, with another act in one place."""
    acts = [*WHOLE.acts]
    acts[number] = replace(acts[number], actor="person:nobody")
    return Made(acts, WHOLE.sizes)


def test_a_fork_with_the_ledgers_own_key_is_found_by_a_witness_and_by_nothing_else(tmp_path: Path) -> None:
    for number in range(24):
        export = forked(number).export()
        assert report_of(export, tmp_path).is_good
        for head in WHOLE.heads:
            report = report_of(export, tmp_path, Outside([head]))
            assert report.is_good == (head.size <= number), (number, head.number)


def test_a_ledger_that_was_rolled_back_is_found_by_a_witness_and_by_nothing_else(tmp_path: Path) -> None:
    for count in range(24):
        shorter = Made(WHOLE.acts[:count], tuple(size for size in WHOLE.sizes if size < count))
        assert report_of(shorter.export(), tmp_path).is_good
        report = report_of(shorter.export(), tmp_path, Outside([WHOLE.heads[-1]]))
        assert not report.is_good and any("rolled back" in finding for finding in report.findings)


def test_a_rolled_back_ledger_that_grew_again_is_found_by_a_witness(tmp_path: Path) -> None:
    again = Made([*WHOLE.acts[:12], *(act(number + 100) for number in range(30))], (5, 9, 20, 30, 35, 40))
    assert report_of(again.export(), tmp_path).is_good
    report = report_of(again.export(), tmp_path, Outside([WHOLE.heads[-1]]))
    assert not report.is_good and any("forked" in finding for finding in report.findings)


def test_another_key_or_another_log_is_told(tmp_path: Path) -> None:
    foreign = made(6, (2,), STRANGER)
    assert report_of(foreign.export(), tmp_path).is_good
    report = report_of(foreign.export(), tmp_path, Outside(trusted=frozenset({SIGNER.key})))
    assert any("not trusted" in finding for finding in report.findings)
    elsewhere = SIGNER.head("cd" * 16, 1, 0, sha256(b"").digest(), 1)
    report = report_of(EXPORT, tmp_path, Outside([elsewhere]))
    assert any("belongs to the log" in finding for finding in report.findings)
    unsigned = replace(WHOLE.heads[2], size=7)
    report = report_of(EXPORT, tmp_path, Outside([unsigned]))
    assert any("signature" in finding for finding in report.findings)


def test_what_it_says_is_bounded_and_begins_with_the_verdict(tmp_path: Path) -> None:
    report = report_of(EXPORT.replace(b"recording.play", b"recording.plax"), tmp_path)
    said = list(report.said())
    assert said[0].startswith("THE LEDGER IS NOT WHAT IT WAS") and len(said) < 30
    assert next(iter(report_of(EXPORT, tmp_path).said())).startswith("The ledger is whole: 24 acts, 5 signed heads")


@pytest.mark.parametrize("data", [b"", b"\n", b"{}", b"\xff" * 100, b"[" * 100_000, b'{"form":1}\n'])
def test_what_is_no_ledger_is_not_good(data: bytes, tmp_path: Path) -> None:
    assert not report_of(data, tmp_path).is_good
