"""One life of a terminal's store on a disk of the test's choice, and what must hold after whatever befell it."""

from dataclasses import dataclass, field
from pathlib import Path

from dispatch_server.media.abilities import Layer
from dispatch_server.media.recording.jobs import CloseRecording, Job
from dispatch_server.protocol.footage import GENESIS, FragmentEntry, MalformedFootage, verify_segment
from dispatch_server.protocol.seals import is_signed, read_seal
from terminals.device_key import DeviceKey
from terminals.master import folders, receipts
from terminals.master.disk import Disk, OwnDisk
from terminals.master.keeper import Keeper
from terminals.master.master import Master, Wish
from terminals.master.proving import prove_folder
from terminals.master.recovery import recover
from terminals.master.reserve import Reserve
from terminals.master.server_keys import pin, pinned, read_keys
from terminals.master.space import Thresholds
from terminals.master.stewardship import Steward
from terminals.master.writer import MasterWriter
from tests.integration.terminals.footage import ServerSide, master_in, units

LIFE_S, BEGUN_S, ENDED_S = 8, 3, 6
LATER_US = 1_800_000_000_000_000
TROUBLE = "the disk failed while it was written"


class InOrder(Keeper):
    """Writes at once, in the caller's thread: the Nth operation of the disk is the same in every life."""

    def start(self) -> None:
        pass

    def stop(self) -> None:
        pass

    def send(self, writer: MasterWriter, job: Job) -> bool:
        writer.process([job])
        if isinstance(job, CloseRecording):
            self._closed(writer)
        return True


@dataclass
class Told:
    """What was said to be durable."""

    pinned: bool = False
    fragments: list[FragmentEntry] = field(default_factory=list)
    receipts: set[tuple[str, int]] = field(default_factory=set)


def live(root: Path, disk: Disk, server: ServerSide, key: DeviceKey, told: Told) -> None:
    """Keys pinned, footage with an enforcement in it, receipts, and space that runs short. Fills `told` as it goes."""
    disk.make_folder(root)
    pin(root, server.said(), disk)
    told.pinned = True
    master = master_in(root, server, key, disk, segment_s=2)
    _record(master, told)
    for folder in folders.masters(root):
        for number in folders.segment_numbers(folder)[:1] if (folder / folders.SEAL).exists() else ():
            index, plain = folders.read_index(folder, number), server.open(folder, number)
            receipts.keep(server.receipt(folder.name, number, index, plain), folder, disk)
            told.receipts.add((folder.name, number))
    _run_short(root, disk, server)


def _record(master: Master, told: Told) -> None:
    master._keeper = InOrder(1, master._seal)
    master._kept = lambda segment, entry: told.fragments.append(entry)  # type: ignore[method-assign]
    for layer, nals, ticks, is_key in units(LIFE_S):
        seconds = ticks / (48_000 if layer is Layer.SOUND else 90_000)
        master.wish = Wish("an-enforcement") if BEGUN_S <= seconds < ENDED_S else Wish()
        master.take(layer, nals, ticks, is_key)
    master.stop()


def _run_short(root: Path, disk: Disk, server: ServerSide) -> None:
    keys = read_keys(server.said())
    Steward(root, disk, Thresholds(1 << 60, 1 << 60, 0), Reserve(root), lambda: keys.vouching).has_room(1)


def faults_after(root: Path, server: ServerSide, key: DeviceKey, told: Told, disk: Disk | None = None) -> list[str]:
    """Starts as an agent does, and says what is wrong then."""
    faults = []
    if told.pinned and pinned(root) is None:
        faults.append("the pinned keys are gone")
    if not root.exists():
        return faults + (["all is gone"] if told.fragments else [])
    recover(root, disk or OwnDisk(), key, LATER_US)
    found: set[tuple[int, int, int]] = set()
    given_up: set[tuple[str, int]] = set()
    for folder in folders.masters(root):
        faults += _of_master(folder, server, key, found, given_up)
    faults += [f"{place} was given up without a receipt" for place in given_up - told.receipts]
    kept = {(entry.number, entry.utc_us, entry.bytes) for entry in told.fragments}
    faults += [f"fragment {one} is gone" for one in kept - found]
    if recover(root, OwnDisk(), key, LATER_US + 1):
        faults.append("a second start finds something to close")
    return faults


def _of_master(
    folder: Path, server: ServerSide, key: DeviceKey, found: set[tuple[int, int, int]], given_up: set[tuple[str, int]]
) -> list[str]:
    """Every byte is opened and compared with the chain; what was given up has a receipt that holds."""
    faults = [problem for problem in prove_folder(folder, key) if TROUBLE not in problem]
    previous = GENESIS
    have = receipts.receipted(folder, read_keys(server.said()).vouching)
    for number in folders.segment_numbers(folder):
        index = folders.read_index(folder, number)
        try:
            if (folder / folders.sealed_name(number)).exists():
                plain = server.open(folder, number)
                verdict = verify_segment(index, lambda at, size, plain=plain: plain[at : at + size], previous)
            else:
                verdict = verify_segment(index, None, previous)
                given_up.add((folder.name, number))
                if number not in have:
                    faults.append(f"{folder.name} {number} is gone and has no receipt")
        except (MalformedFootage, AssertionError) as error:
            faults.append(f"{folder.name} {number} does not open: {error}")
            continue
        faults += [f"{folder.name} {number}: {problem}" for problem in verdict.problems]
        previous = verdict.chain or previous
        found |= {(entry.number, entry.utc_us, entry.bytes) for entry in verdict.fragments()}
    seal, end = read_seal((folder / folders.SEAL).read_bytes()), folders.read_end(folder)
    if end is None or not is_signed(seal, key.key.public_key) or seal.chain != end.chain:
        faults.append(f"{folder.name} is not sealed as it ended")
    return faults
