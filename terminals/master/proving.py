"""What this device can prove of a master without the server's key: its chain, its end, its seal, and the lengths."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from dispatch_server.protocol.footage import GENESIS, MalformedFootage
from dispatch_server.protocol.masters import MasterCard, MasterClosing
from dispatch_server.protocol.seals import Seal, card_digest, content_digest, is_signed, read_seal
from terminals.device_key import DeviceKey
from terminals.master import folders


def prove_folder(folder: Path, key: DeviceKey | None = None) -> list[str]:
    """Problems in words; none: as far as can be seen here it is as it was kept."""
    try:
        card = folders.read_card(folder)
        end = folders.read_end(folder)
        chain, fragments, problems = _walk(folder, end is None)
        if end is not None:
            problems += _of_end(folder, end, chain, fragments, key)
            problems += _of_words(folder, card, end)
    except (MalformedFootage, OSError) as error:
        return [str(error)]
    return problems


def _walk(folder: Path, is_open: bool) -> tuple[bytes, int, list[str]]:
    chain, fragments, problems = GENESIS, 0, []
    numbers = folders.segment_numbers(folder)
    for number in numbers:
        verdict = folders.verdict_of(folder, number, chain)
        problems += [f"{number}: {problem}" for problem in verdict.problems]
        present = folders.size_of(folder / folders.sealed_name(number))
        wanted = folders.sealed_size(verdict)
        is_suspect = (folder / folders.suspect_name(number)).exists()
        # A failed disk may not even take the mark; then a line that was never announced still lies in the index.
        is_cut = folders.announced_index(folder, number) != folders.read_index(folder, number)
        may_be_longer = is_suspect or is_cut or (is_open and number == numbers[-1])
        if present and (present < wanted or (present > wanted and not may_be_longer)):
            problems.append(f"{number}: the sealed file has {present} bytes, its index describes {wanted}")
        if is_suspect:
            problems.append(f"{number}: the disk failed while it was written")
        chain = verdict.chain or chain
        fragments += len(verdict.fragments())
    return chain, fragments, problems


def _of_end(folder: Path, end: MasterClosing, chain: bytes, fragments: int, key: DeviceKey | None) -> list[str]:
    problems = []
    if (end.chain, end.fragments) != (chain.hex(), fragments):
        problems.append("the end is of other footage than what lies here")
    if not (folder / folders.SEAL).exists():
        return [*problems, "it is not sealed yet"]
    seal = read_seal((folder / folders.SEAL).read_bytes())
    if (seal.recording, seal.chain, seal.fragments) != (folder.name, chain.hex(), fragments):
        problems.append("the seal is of other footage than what lies here")
    if key is not None and seal.key != key.key.thumbprint():
        problems.append("sealed by another key than this device's present one: its signature was not checked here")
    elif key is not None and not _holds(seal, key):
        problems.append("the seal's signature does not hold")
    return problems


def _of_words(folder: Path, card: MasterCard, end: MasterClosing) -> list[str]:
    """What the seal says of card and end; one that was made before it did says nothing."""
    if not (folder / folders.SEAL).exists():
        return []
    seal = read_seal((folder / folders.SEAL).read_bytes())
    said = (
        (folders.CARD, seal.card, card_digest(card.model_dump())),
        (folders.END, seal.end, content_digest(end.model_dump())),
    )
    return [f"{name} is not the one that was sealed" for name, digest, found in said if digest not in ("", found)]


def _holds(seal: Seal, key: DeviceKey) -> bool:
    public = key.key.public_key
    return isinstance(public, Ed25519PublicKey) and is_signed(seal, public)
