"""A recording's folder against its seal: says each fault with its place. Needs no database, and writes nothing."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dispatch_server.archive import folders
from dispatch_server.archive.model import Card, Origin
from dispatch_server.archive.seals.known import Known, compare
from dispatch_server.archive.seals.model import Findings, Kind, Place, Standing, Trust
from dispatch_server.archive.seals.public_keys import read_jwk
from dispatch_server.archive.seals.second_chain import second_name
from dispatch_server.archive.seals.whole import WholeRecording
from dispatch_server.protocol.footage import MalformedFootage
from dispatch_server.protocol.seals import (
    PublicKey,
    Seal,
    card_digest,
    content_digest,
    is_signed,
    read_seal,
    write_seal,
)

SEAL, STAMP, TOMBSTONE = "seal.json", "seal.tsr", "tombstone.json"
EVIDENCE_KEY, DEVICE_KEY = "evidence_key.json", "device_key.json"
STAMP_LIMIT_BYTES = 65_536
_KNOWN = {folders.CARD, folders.END, folders.THUMBNAIL, SEAL, STAMP, TOMBSTONE, EVIDENCE_KEY, DEVICE_KEY}
_KNOWN |= {folders.COPIED, "thumbs.bin", "thumbs.jsonl"}
_PART = re.compile(r"(\d{6})\.(mp4|jsonl|sm3|suspect)")
_ASIDE = (".tail", ".new")


def verify_recording(place: Path | Sequence[Path], trust: Trust | None = None, *, reads: bool = True) -> Findings:
    """`place`: its folder, or its folders when it lies on several disks."""
    verification = Verification([place] if isinstance(place, Path) else place, trust or Trust(), reads)
    for _ in verification.steps():
        pass
    return verification.findings


@dataclass(slots=True)
class Verification:
    """
    The same in steps, for who reads slowly: each says how many bytes it read.

    `known` is what a database has of it: without one, folders that were rewritten whole and agree with each other are
    believed as far as `trust` goes. `whole` is there when the steps have ended.
    """

    folders: Sequence[Path]
    trust: Trust
    reads: bool = True
    findings: Findings = field(default_factory=Findings)
    known: Known | None = None
    whole: WholeRecording = field(init=False)

    def __post_init__(self) -> None:
        self.whole = WholeRecording(self.folders, self.reads, findings=self.findings)

    def steps(self) -> Iterator[int]:
        whole = self.whole
        if self.known is not None:
            whole.lacking = self.known.lacking()
            self.findings.lacking = sorted(whole.lacking)
        if not any(folder.is_dir() for folder in self.folders):
            self.findings.fault(Kind.UNREADABLE, "its folder is gone, or says nothing of itself")
            return
        try:
            self.findings.seal = self._read_seal(whole)
            is_purged = self._is_purged()
            whole.with_sm3 = self.reads and bool(self.findings.seal and self.findings.seal.sm3)
            if is_purged:
                self._purged(whole)
            else:
                yield from whole.steps()
                self._look_around(whole)
                self._stand(whole)
                self.findings.unread = list(whole.away)
            if self.known is not None:
                compare(self.findings, whole, self.known)
        except OSError as error:
            self.findings.fault(Kind.UNREADABLE, f"it cannot be read: {error}")

    def _is_purged(self) -> bool:
        """Whether a tombstone stands there. Beside media it hides nothing: these are read as ever, and told."""
        if not any((folder / TOMBSTONE).is_file() for folder in self.folders):
            return False
        left = [path.name for folder in self.folders for path in sorted(folder.iterdir()) if _PART.fullmatch(path.name)]
        if left:
            self.findings.fault(Kind.STRAY, f"a tombstone says that it was destroyed, and {left[0]} is still there")
        return not left

    def _read_seal(self, whole: WholeRecording) -> Seal | None:
        try:
            whole.object_of(SEAL, Kind.SEAL)
            for folder in self.folders:
                if (folder / SEAL).is_file():
                    return read_seal((folder / SEAL).read_bytes())
        except MalformedFootage as error:
            self.findings.fault(Kind.SEAL, error.sentence)
        return None

    def _stand(self, whole: WholeRecording) -> None:
        found, seal = self.findings, self.findings.seal
        if whole.end is not None:
            found.standing = Standing.CLOSED if seal is None else Standing.SEALED
            if whole.end.fragments != whole.covered.fragments and not whole.lacking:
                found.fault(
                    Kind.END, f"its end tells of {whole.end.fragments} fragments, not {whole.covered.fragments}"
                )
        if seal is None:
            if any(fault.kind is Kind.SEAL for fault in found.faults):
                return
            if whole.end is not None:
                found.fault(Kind.UNSEALED, "it is closed, and carries no seal")
            return
        if whole.end is None:
            found.fault(Kind.END, "it is sealed, and its end is gone")
        self._compare(whole, seal)

    def _compare(self, whole: WholeRecording, seal: Seal) -> None:
        found, covered = self.findings, whole.covered
        if seal.recording != found.recording:
            found.fault(Kind.SEAL, "the seal is another recording's")
        if whole.lacking:
            found.notes.append(f"segments that are still to come: {', '.join(map(str, sorted(whole.lacking)))}")
        elif seal.chain != covered.chain.hex() or (seal.segments, seal.fragments) != (
            covered.segments,
            covered.fragments,
        ):
            sentence = (
                f"the seal closes {seal.fragments} fragments in {seal.segments} segments with another chain than the "
                f"{covered.fragments} in {covered.segments} that are here"
            )
            found.fault(Kind.SEAL, sentence)
        self._compare_contents(whole, seal)
        self._compare_second(whole, seal)
        self._check_signature(whole, seal)
        self._check_stamp(seal)

    def _compare_contents(self, whole: WholeRecording, seal: Seal) -> None:
        contents = (
            (Kind.CARD, folders.CARD, seal.card, card_digest(whole.card_content)),
            (Kind.END, folders.END, seal.end, content_digest(whole.end_content)),
        )
        for kind, name, sealed, found in contents:
            if not sealed:
                self.findings.notes.append(f"the seal says nothing of {name}")
            elif sealed != found:
                self.findings.fault(kind, f"{name} is not the one that was sealed")

    def _compare_second(self, whole: WholeRecording, seal: Seal) -> None:
        """Against the bytes where they are read; else only that the files are there."""
        if not seal.sm3 or not self.reads:
            return
        if whole.away:
            self.findings.notes.append("the SM3 chain was not compared: some of the media are not here")
            return
        wanted, head = whole.second_files()
        if head != seal.sm3:
            self.findings.fault(Kind.SECOND_CHAIN, "the SM3 chain of what is here is not the one that was sealed")
        for segment in whole.segments:
            path = segment.folder / second_name(segment.number)
            kept = path.read_bytes() if path.is_file() else None
            if kept is None:
                self.findings.fault(Kind.SECOND_CHAIN, f"{path.name} is gone", Place(segment.number))
            elif kept != wanted[segment.number]:
                self.findings.fault(
                    Kind.SECOND_CHAIN, f"{path.name} differs", _first_difference(whole, segment.number, kept)
                )

    def _check_signature(self, whole: WholeRecording, seal: Seal) -> None:
        found = self.findings
        is_master = whole.card is not None and whole.card.origin == Origin.TERMINAL
        keys = self.trust.devices if is_master else self.trust.evidence
        is_doubted = is_master and whole.card is not None and not self._is_of_card(seal, whole.card)
        if keys is not None and seal.key not in keys:
            found.fault(Kind.SEAL, f"it is signed by a key that is not known: {seal.key}")
            return
        key = keys[seal.key] if keys is not None else self._beside(DEVICE_KEY if is_master else EVIDENCE_KEY, seal.key)
        if key is None:
            found.notes.append("no key was given: only that all of it fits together was shown, not who sealed it")
        elif not is_signed(seal, key):
            found.fault(Kind.SEAL, "the signature of the seal is not good")
        elif keys is None:
            found.notes.append(f"signed by the key that lies beside it; ask its owner whether it is theirs: {seal.key}")
        else:
            found.proved = bool(seal.card and seal.end) and not is_doubted

    def _is_of_card(self, seal: Seal, card: Card) -> bool:
        """Or of one that took its place while the master waited: only the register can say that."""
        if seal.key == card.device_key:
            return True
        devices = list(self.trust.devices or ())
        both = {seal.key, card.device_key} <= set(devices)
        follows = both and (not self.trust.of_one_terminal or devices.index(seal.key) > devices.index(card.device_key))
        if self.trust.devices is not None and not follows:
            self.findings.fault(Kind.SEAL, "the seal is not of the key that the card names")
            return False
        if self.trust.of_one_terminal:
            return True
        self.findings.notes.append(
            "sealed by another key than the card names: whether both are of one terminal, the register says"
        )
        return False

    def _beside(self, name: str, thumbprint: str) -> PublicKey | None:
        for folder in self.folders:
            for path in (folder / name, folder.parent / name):
                if not path.is_file():
                    continue
                try:
                    plain = WholeRecording([path.parent]).object_of(name, Kind.SEAL) or {}
                    named, key = read_jwk(plain)
                except MalformedFootage as error:
                    self.findings.fault(Kind.SEAL, f"{name}: {error.sentence}")
                    continue
                if named == thumbprint:
                    return key
                self.findings.fault(Kind.SEAL, f"{name} is another key than the one that sealed")
        return None

    def _check_stamp(self, seal: Seal) -> None:
        from dispatch_server.runtime.stamping import imprint_matches, stamped_utc_us, wrong_with

        for folder in self.folders:
            path = folder / STAMP
            if not path.is_file():
                continue
            token, content = path.read_bytes()[:STAMP_LIMIT_BYTES], write_seal(seal)
            if self.trust.roots:
                why = wrong_with(token, content, self.trust.roots)
                if not why:
                    self.findings.timestamp_utc_us = stamped_utc_us(token)
            else:
                why = "" if imprint_matches(token, content) else "it is of something else"
                self.findings.notes.append("the authority of the time stamp was not looked at: no root was given")
            if why:
                self.findings.fault(Kind.TIMESTAMP, f"the time stamp is not good: {why}")
            return
        sealed = self.known.sealed if self.known is not None else None
        if sealed is not None and sealed.stamped_utc_us is not None:
            self.findings.fault(Kind.TIMESTAMP, "its time stamp is gone")

    def _look_around(self, whole: WholeRecording) -> None:
        """Files that belong to nothing that an index announces."""
        known = {segment.number for segment in whole.segments}
        with_second = self.findings.seal is not None and bool(self.findings.seal.sm3)
        for folder in self.folders:
            for path in sorted(folder.iterdir()):
                part = _PART.fullmatch(path.name)
                if part is None:
                    if path.name not in _KNOWN and not path.name.endswith(_ASIDE):
                        self.findings.notes.append(f"{path.name} is no part of it")
                elif int(part[1]) not in known and part[2] in ("mp4", "sm3"):
                    self.findings.fault(Kind.STRAY, f"{path.name} belongs to no index", Place(int(part[1])))
                elif part[2] == "sm3" and self.findings.seal is not None and not with_second:
                    self.findings.fault(Kind.SECOND_CHAIN, f"{path.name}: the seal knows of no SM3 chain")

    def _purged(self, whole: WholeRecording) -> None:
        """What stays of it: whose it was, how it ended, and the seal."""
        found, seal = self.findings, self.findings.seal
        found.standing = Standing.PURGED
        found.notes.append("its tombstone says that it was destroyed by order; whether it was, the ledger says")
        whole.read_papers()
        if seal is None:
            found.fault(Kind.SEAL, "its seal is gone")
            return
        try:
            told = whole.object_of(TOMBSTONE, Kind.SEAL) or {}
        except MalformedFootage as error:
            found.fault(Kind.SEAL, error.sentence)
            told = {}
        if (told.get("recording"), told.get("chain"), told.get("seal")) != (seal.recording, seal.chain, seal.signature):
            found.fault(Kind.SEAL, "the tombstone is not this recording's")
        ended: Mapping[str, object] = whole.end_content
        if (ended.get("chain"), ended.get("fragments")) != (seal.chain, seal.fragments):
            found.fault(Kind.SEAL, "the seal closes another chain than its end tells")
        self._compare_contents(whole, seal)
        self._check_signature(whole, seal)
        self._check_stamp(seal)


def _first_difference(whole: WholeRecording, number: int, kept: bytes) -> Place:
    """The line of the SM3 file that is not what it should be, as the fragment that it is about."""
    wanted = whole.second_files()[0][number].splitlines()
    lines = kept.splitlines()
    at = next((n for n, line in enumerate(wanted) if n >= len(lines) or lines[n] != line), len(wanted))
    segment = next(one for one in whole.segments if one.number == number)
    return Place.of(number, segment.lines[at].entry) if at < len(segment.lines) else Place(number)
