"""How a master ends: sealed by its terminal, or after too long a silence; and how it stands until then."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from dispatch_server.archive import folders
from dispatch_server.archive.model import LIFE, Card, Happening, Recording, RecordingClosed, State
from dispatch_server.archive.seals.model import Sealed
from dispatch_server.archive.seals.store import put_seal
from dispatch_server.archive.uploads.announcing import ABANDONED, ACTION, is_abandoned
from dispatch_server.archive.uploads.device_key import FILE, write_device_key
from dispatch_server.archive.uploads.keeping import OPENER, Keeper
from dispatch_server.archive.uploads.model import AnnouncedSegment, MasterEnded
from dispatch_server.archive.uploads.ports import DeviceKeysPort
from dispatch_server.archive.uploads.refusals import (
    IndexLacking,
    MasterContradicted,
    MasterEndedAlready,
    MasterMoved,
    SealRefused,
)
from dispatch_server.identity.callers import Caller, TerminalCaller
from dispatch_server.protocol.footage import GENESIS, MalformedFootage
from dispatch_server.protocol.masters import MasterEnd
from dispatch_server.protocol.seals import (
    PublicKey,
    Seal,
    card_digest,
    content_digest,
    is_signed,
    read_seal,
    write_seal,
)
from dispatch_server.runtime.threads import Kind

SEAL = "seal.json"


@dataclass(slots=True)
class Ending:
    keeper: Keeper
    keys: DeviceKeysPort

    async def end(self, caller: TerminalCaller, recording: Recording, given: MasterEnd) -> Recording:
        """
        The seal must be of the chain that was announced, by a key of this terminal. Idempotent; another end is a
        contradiction. Media that is still lacking may come later: the seal covers it already.
        """
        card, keeper = recording.card, self.keeper
        end, seal = folders.End(**given.end.model_dump()), Seal(**given.seal.model_dump())
        if recording.state is State.PURGED:
            raise MasterEndedAlready
        if recording.state is not State.OPEN and not is_abandoned(recording):
            await self._compare(recording, end, seal)
            return recording
        if end.reason == ABANDONED:  # else it would never count as ended
            raise SealRefused("such a reason is the server's to give")
        announced = await keeper.store.segments_of(card.id)
        check_end(card.id, end, seal, announced)
        key = await self.keys.public_key(caller.number, seal.key)
        if key is None or not is_signed(seal, key):
            raise SealRefused("it is not signed by a key of this terminal")
        self._check_said(card, end, seal)
        await keeper.on_disk(self._write_end, recording, end, seal, key)
        before = recording.state
        state = LIFE.after(before, Happening.CLOSE) if before is State.OPEN else before
        recording.state = LIFE.after(state, Happening.SEAL)
        recording.closed_utc_us, recording.reason = end.closed_utc_us, end.reason
        await self._closed(caller, recording, before, seal)
        return recording

    async def abandon(self, recording: Recording, reason: str = ABANDONED) -> None:
        """What came of it is closed. It is not sealed: its terminal may still come back with the rest."""
        keeper, utc_us = self.keeper, self.keeper.world.utc_us()
        kept = [one for one in await keeper.store.segments_of(recording.card.id) if one.receipt is not None]
        last = kept[-1] if kept else None
        chain = last.chain if last is not None else GENESIS.hex()
        missing = last.to_utc_us if last is not None else recording.card.opened_utc_us
        end = folders.End(utc_us, reason, last.last_fragment if last is not None else 0, chain, missing)
        await keeper.on_disk(self._write_end, recording, end, None, None)
        before = recording.state
        recording.close(utc_us, reason)
        await self._closed(OPENER, recording, before, None)

    async def _closed(self, caller: Caller, recording: Recording, before: State, seal: Seal | None) -> None:
        card, keeper, utc_us = recording.card, self.keeper, self.keeper.world.utc_us()
        is_sealed = seal is not None
        async with keeper.store.transaction() as connection:
            if not await keeper.store.close(connection, recording, before, utc_us):
                raise MasterMoved
            if seal is not None:  # which one it was is asked for ever after
                await put_seal(connection, Sealed(card.id, seal.sealed_utc_us, seal.key, seal.chain, seal.sm3))
            await keeper.recorder.enter_anyway(
                caller,
                ACTION,
                f"recording:{card.id}",
                department=card.department,
                connection=connection,
                happening="sealed" if is_sealed else "abandoned",
            )
        world, reason = keeper.world, recording.reason
        keeper.bus.publish(
            RecordingClosed(
                identity=world.new_id(),
                utc_us=utc_us,
                recording_id=card.id,
                stream_id=card.stream_id,
                source=card.source,
                reason=reason,
            )
        )
        keeper.bus.publish(
            MasterEnded(
                identity=world.new_id(),
                utc_us=utc_us,
                recording_id=card.id,
                source=card.source,
                is_sealed=is_sealed,
                reason=reason,
            )
        )

    def _check_said(self, card: Card, end: folders.End, seal: Seal) -> None:
        """What it says of card and end is what lies here: else whoever verifies would find it broken for good."""
        here = (
            ("card", seal.card, card_digest(json.loads(folders.write_card(card)))),
            ("end", seal.end, content_digest(json.loads(folders.write_end(end)))),
        )
        for name, said, digest in here:
            if said not in ("", digest):
                raise SealRefused(f"it is of another {name}")

    def _write_end(self, recording: Recording, end: folders.End, seal: Seal | None, key: PublicKey | None) -> None:
        """The seal first: an end without its seal would look as if it had none. Raises MasterContradicted, OSError."""
        place = self._place(recording)
        self.keeper.disk.make_folder(place)
        known = folders.read_end(place / folders.END)
        if known is not None and known.reason != ABANDONED and known != end:
            raise MasterContradicted("end")
        if seal is not None and key is not None:
            self.keeper.disk.write_whole(place / FILE, write_device_key(key))
            if (place / SEAL).exists() and _unsigned(read_seal((place / SEAL).read_bytes())) != _unsigned(seal):
                raise MasterContradicted("seal")
            self.keeper.disk.write_whole(place / SEAL, write_seal(seal))
        self.keeper.disk.write_whole(place / folders.END, folders.write_end(end))

    async def _compare(self, recording: Recording, end: folders.End, seal: Seal) -> None:
        def is_same() -> bool:
            place = self._place(recording)
            try:
                kept = read_seal((place / SEAL).read_bytes())
                return folders.read_end(place / folders.END) == end and _unsigned(kept) == _unsigned(seal)
            except (OSError, MalformedFootage):
                return False

        if not await self.keeper.threads.run(Kind.DISK, is_same):
            self.keeper.contradicted(recording.card.id, "another end")
            raise MasterContradicted("end")

    def _place(self, recording: Recording) -> Path:
        return self.keeper.roots[0] / folders.folder_of(recording.card)


def check_end(recording: str, end: folders.End, seal: Seal, announced: Sequence[AnnouncedSegment]) -> None:
    """Raises SealRefused, and IndexLacking when an index is still to come."""
    if seal.recording != recording:
        raise SealRefused("it is of another master")
    if seal.segments > len(announced):
        raise IndexLacking(len(announced) + 1)
    last = announced[-1] if announced else None
    chain = last.chain if last is not None else GENESIS.hex()
    fragments = last.last_fragment if last is not None else 0
    if (seal.segments, seal.chain, seal.fragments) != (len(announced), chain, fragments):
        raise SealRefused("it is not the head of the chain that was announced")
    if (end.chain, end.fragments) != (seal.chain, seal.fragments):
        raise SealRefused("end and seal say different things")


def _unsigned(seal: Seal) -> str:
    """A terminal that lost its seal before the answer came may sign the same again: ECDSA gives another signature."""
    return json.dumps(asdict(seal) | {"signature": "", "sealed_utc_us": 0}, sort_keys=True)
