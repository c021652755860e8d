"""Signs a closed master with this device's key: the head of its chain, and how much there is of it."""

from dataclasses import replace
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from dispatch_server.protocol.masters import MasterCard, MasterClosing
from dispatch_server.protocol.seals import (
    ED25519,
    FORM,
    Seal,
    card_digest,
    content_digest,
    signature_of,
    write_seal,
)
from terminals.device_key import DeviceKey
from terminals.master import folders
from terminals.master.disk import Disk
from terminals.master.tidying import tidy


def seal_of(card: MasterCard, segments: int, end: MasterClosing, key: DeviceKey, utc_us: int) -> Seal:
    seal = Seal(
        FORM, card.id, segments, end.fragments, end.chain, "", utc_us, key.key.thumbprint(), ED25519,
        card=card_digest(card.model_dump()), end=content_digest(end.model_dump()),
    )  # fmt: skip
    private = key.key.private_key
    assert isinstance(private, Ed25519PrivateKey)
    return replace(seal, signature=signature_of(seal, private))


def seal_folder(folder: Path, disk: Disk, key: DeviceKey, utc_us: int) -> bool:
    """Whether it is sealed now; an open one is not. Raises MalformedFootage, OSError."""
    if (folder / folders.SEAL).exists():
        return True
    end = folders.read_end(folder)
    if end is None:
        return False
    tidy(folder, disk, end.chain)
    card, segments = folders.read_card(folder), len(folders.segment_numbers(folder))
    seal = seal_of(card, segments, end, key, max(utc_us, end.closed_utc_us))
    disk.write_whole(folder / folders.SEAL, write_seal(seal))
    return True
