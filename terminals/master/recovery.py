"""After a crash: what was announced stays, what was not is put aside, and each open master ends with its gap."""

from contextlib import suppress
from pathlib import Path

from dispatch_server.media.recording.lines import ALGORITHM
from dispatch_server.protocol.footage import (
    ALGORITHMS,
    GENESIS,
    FragmentEntry,
    GapEntry,
    MalformedFootage,
    Verdict,
    link,
    write_line,
)
from dispatch_server.protocol.masters import MasterClosing
from terminals.device_key import DeviceKey
from terminals.master import folders
from terminals.master.disk import Disk
from terminals.master.sealing import seal_folder
from terminals.master.tidying import cut, tidy

CRASHED = "terminal stopped"


def recover(root: Path, disk: Disk, key: DeviceKey, utc_us: int) -> list[str]:
    """Close and seal whatever is open; the ids of what was. A folder that cannot be read is left as it is."""
    closed = []
    for folder in list(folders.masters(root)):
        with suppress(MalformedFootage, OSError):
            if folders.read_end(folder) is None:
                close_crashed(folder, disk, utc_us)
                closed.append(folder.name)
            seal_folder(folder, disk, key, utc_us)
    return closed


def close_crashed(folder: Path, disk: Disk, utc_us: int) -> None:
    """
    Nothing is cut that a whole index line describes; where the sealed file is shorter than the lines say, which only a
    faulty disk brings about, the segment is suspect and stays as it is. Raises MalformedFootage, OSError.
    """
    _put_orphans_aside(folder, disk)
    chain, fragments, ended_us, last = GENESIS, 0, folders.read_card(folder).opened_utc_us, 0
    tidy(folder, disk)
    for number in folders.segment_numbers(folder):
        verdict = folders.verdict_of(folder, number, chain)
        if verdict.problems:
            disk.write_whole(folder / folders.suspect_name(number), b"")
        _trim(folder, number, verdict, disk)
        last, chain = number, verdict.chain or chain
        for entry in verdict.fragments():
            fragments, ended_us = entry.number, max(ended_us, entry.utc_us + entry.duration_us)
    chain = _declare_gap(folder, last, chain, (ended_us, utc_us), disk) if last else chain
    end = MasterClosing(
        closed_utc_us=max(utc_us, ended_us), reason=CRASHED, fragments=fragments, chain=chain.hex(),
        missing_from_utc_us=ended_us,
    )  # fmt: skip
    disk.write_whole(folder / folders.END, end.model_dump_json(indent=1).encode() + b"\n")


def _trim(folder: Path, number: int, verdict: Verdict, disk: Disk) -> None:
    """
    What lies behind the last whole line was never announced, and cannot be opened by anybody here. A segment that is
    suspect is left as it is: of that no more is told than what is followed.
    """
    if verdict.problems or (folder / folders.suspect_name(number)).exists():
        return
    wanted, index = folders.sealed_size(verdict), folder / folders.index_name(number)
    sealed = folder / folders.sealed_name(number)
    present = folders.size_of(sealed)
    if verdict.tail:
        cut(index, folders.size_of(index) - len(verdict.tail), disk)
    if present > wanted:
        cut(sealed, wanted, disk)
    elif 0 < present < wanted:
        disk.write_whole(folder / folders.suspect_name(number), b"")


def _put_orphans_aside(folder: Path, disk: Disk) -> None:
    for sealed in folder.glob("[0-9]*.sealed"):
        if not sealed.with_suffix(".jsonl").exists():
            disk.replace(sealed.with_name(sealed.name + folders.TAIL), sealed)
    for half in folder.glob("*.new"):
        half.unlink()
    disk.sync_folder(folder)


def _declare_gap(folder: Path, number: int, chain: bytes, span: tuple[int, int], disk: Disk) -> bytes:
    """The last line, once: a second crash in here finds it and writes no other."""
    ended_us, utc_us = span
    if (folder / folders.suspect_name(number)).exists():
        return chain
    lines = folders.verdict_of(folder, number).lines
    last = lines[-1].entry
    if isinstance(last, GapEntry) and last.reason == CRASHED and any(isinstance(x.entry, FragmentEntry) for x in lines):
        return chain
    gap = link(chain, GapEntry(ended_us, max(ended_us, utc_us), CRASHED), ALGORITHMS[ALGORITHM](b""), ALGORITHM)
    file = disk.reopen(folder / folders.index_name(number))
    try:
        file.append(write_line(gap))
        file.sync()
    finally:
        file.close()
    return gap.chain
