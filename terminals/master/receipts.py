"""What the server acknowledged: checked against the pinned key and this device's own index, kept durably, believed."""

from collections.abc import Mapping
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import ValidationError

from dispatch_server.protocol.footage import MalformedFootage
from dispatch_server.protocol.masters import Receipt, is_signed
from terminals.master import folders
from terminals.master.disk import Disk
from terminals.master.folders import RECEIPTS

RECEIPTS_LIMIT_BYTES = 16 << 20
Vouching = Mapping[str, Ed25519PublicKey]  # evidence keys of the server, by thumbprint


class ReceiptWrong(MalformedFootage):
    """On such a receipt nothing is given up."""


def check(receipt: Receipt, folder: Path, vouching: Vouching) -> None:
    """Raises ReceiptWrong, or MalformedFootage where our own index cannot be read."""
    key = vouching.get(receipt.key_id)
    if receipt.recording != folder.name or key is None or not is_signed(receipt, key):
        raise ReceiptWrong("the receipt is not signed by the server that this device knows")
    try:
        verdict = folders.verdict_of(folder, receipt.segment)
    except OSError:
        raise ReceiptWrong("the receipt is for a segment that this device does not have") from None
    if verdict.problems or verdict.tail or verdict.chain is None:
        raise ReceiptWrong("our own index does not hold")
    # The chain takes in the digest of each byte of the plain file, which is not here any more to be hashed at once.
    if receipt.bytes != verdict.end or receipt.chain != verdict.chain.hex():
        raise ReceiptWrong("the receipt is for other bytes than those that were kept")


def keep(receipt: Receipt, folder: Path, disk: Disk) -> None:
    """Returns when it survives a power cut. Raises OSError."""
    disk.append_line(folder / RECEIPTS, receipt.model_dump_json().encode() + b"\n")


def receipted(folder: Path, vouching: Vouching) -> dict[int, Receipt]:
    """By segment, those in the file that hold: it is looked at anew, for what is given up does not come back."""
    found: dict[int, Receipt] = {}
    try:
        with (folder / RECEIPTS).open("rb") as file:
            lines = file.read(RECEIPTS_LIMIT_BYTES).split(b"\n")[:-1]
    except OSError:
        return found
    for line in lines:
        try:
            receipt = Receipt.model_validate_json(line)
            check(receipt, folder, vouching)
        except (ValidationError, MalformedFootage):
            continue
        found[receipt.segment] = receipt
    return found
