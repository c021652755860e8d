"""Seals one recording: reads it back whole, signs the head of its chain, writes the seal once. Blocks; one thread."""

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from dispatch_server.archive.disk import Disk
from dispatch_server.archive.seals.evidence_key import ALGORITHM, EvidenceKey
from dispatch_server.archive.seals.model import Findings, Kind
from dispatch_server.archive.seals.second_chain import second_name
from dispatch_server.archive.seals.verify import SEAL
from dispatch_server.archive.seals.whole import WholeRecording
from dispatch_server.protocol.footage import MalformedFootage
from dispatch_server.protocol.seals import (
    FORM,
    PublicKey,
    Seal,
    card_digest,
    content_digest,
    is_signed,
    read_seal,
    signature_of,
    write_seal,
)

NEW = ".new"


@dataclass(slots=True)
class Sealing:
    """
    `steps` reads and then writes; each says how many bytes it read. Afterwards `seal` is what lies beside the
    recording, or None when there is nothing that could be sealed. Raises OSError: then it is begun anew later.

    What is damaged is sealed all the same, as far as the chain of its index holds: the seal then says what was
    announced, not what is there, so that the damage is found by whoever reads it, for good. A seal that lies there
    already is kept when it says just this; one that does not is a fault, and is left as it is found.
    """

    folders: Sequence[Path]
    key: EvidenceKey
    known: dict[str, PublicKey]  # every evidence key of this node, by its thumbprint
    utc_us: int
    disk: Disk
    with_sm3: bool = False
    seal: Seal | None = None
    findings: Findings = field(default_factory=Findings)

    def steps(self) -> Iterator[int]:
        whole = WholeRecording(self.folders, with_sm3=self.with_sm3, findings=self.findings)
        there, is_taken = self._there()
        if there is not None:
            whole.with_sm3 = bool(there.sm3)
        yield from whole.steps()
        if whole.card is None or whole.end is None or is_taken:
            return
        wanted = self._wanted(whole)
        if there is None:
            self._write_second(whole)
            there = replace(wanted, signature=signature_of(wanted, self.key.private))
        elif not self._says(there, wanted):
            self.findings.fault(Kind.SEAL, "a seal lies there that closes something else")
        self.seal = self.findings.seal = there
        for folder in self.folders:
            half = folder / (SEAL + NEW)
            if half.exists():  # an earlier try was stopped
                self.disk.remove(half)
            if not (folder / SEAL).exists():
                write_once(self.disk, folder / SEAL, write_seal(there))

    def _wanted(self, whole: WholeRecording) -> Seal:
        covered = whole.covered
        return Seal(
            FORM,
            self.findings.recording,
            covered.segments,
            covered.fragments,
            covered.chain.hex(),
            whole.second_files()[1] if whole.with_sm3 else "",
            self.utc_us,
            self.key.thumbprint,
            ALGORITHM,
            card=card_digest(whole.card_content),
            end=content_digest(whole.end_content),
        )

    def _there(self) -> tuple[Seal | None, bool]:
        """The seal that a stop between two writes may have left, and whether something else has taken its name."""
        for folder in self.folders:
            if (folder / SEAL).exists():
                try:
                    return read_seal((folder / SEAL).read_bytes()), False
                except MalformedFootage:
                    self.findings.fault(Kind.SEAL, "what lies in the place of the seal is none")
                    return None, True
        return None, False

    def _says(self, there: Seal, wanted: Seal) -> bool:
        """Whether a key of this node signed just this, be it at another time."""
        key = self.known.get(there.key)
        same = replace(wanted, sealed_utc_us=there.sealed_utc_us, key=there.key, signature=there.signature)
        return key is not None and same == there and is_signed(there, key)

    def _write_second(self, whole: WholeRecording) -> None:
        """Before the seal that names its head; what an earlier try left is written anew."""
        made = whole.second_files()[0] if whole.with_sm3 else {}
        for segment in whole.segments:
            path = segment.folder / second_name(segment.number)
            if whole.with_sm3:
                self.disk.write_whole(path, made[segment.number])
            elif path.exists():
                self.disk.remove(path)


def write_once(disk: Disk, path: Path, data: bytes) -> None:
    """
    A new file that appears whole and durable, or not at all; FileExistsError when the name is taken.

    After an error of a sync the bytes are not believed and the sync is not tried again: the file goes.
    """
    new = path.with_name(path.name + NEW)
    disk.remove(new)
    file = disk.create(new)
    try:
        try:
            file.append(data)
            file.sync()
        finally:
            file.close()
        os.link(new, path)  # fails when the name is taken, unlike a rename
    finally:
        with suppress(OSError):
            disk.remove(new)
    try:
        disk.sync_folder(path.parent)
    except OSError:
        with suppress(OSError):
            disk.remove(path)
        raise
