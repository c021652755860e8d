"""Space for an enforcement that begins: receipted footage gives way to it, and what fits is kept from others."""

from contextlib import suppress
from pathlib import Path

from terminals.master.disk import Disk
from terminals.master.receipts import Vouching
from terminals.master.reserve import NoSpace, Reserve
from terminals.master.stewardship import free_bytes, make_room

SPARE_BYTES = 16 << 20  # the file system's own, and what is written meanwhile


def set_aside(root: Path, disk: Disk, reserve: Reserve, vouching: Vouching | None, wanted: int) -> None:
    """`vouching`: for the server's receipts. Raises NoSpace when even without what is receipted it does not fit."""
    reserve.look()
    if reserve.bytes < wanted:
        make_room(root, disk, vouching, wanted - reserve.bytes + SPARE_BYTES)
        reserve.hold(wanted)


def set_aside_what_fits(root: Path, disk: Disk, reserve: Reserve, vouching: Vouching | None, wanted: int) -> str:
    """For what begins all the same; in words, where it is less than is wanted."""
    try:
        set_aside(root, disk, reserve, vouching, wanted)
        return ""
    except NoSpace as short:
        with suppress(NoSpace, OSError):
            reserve.hold(min(wanted, reserve.bytes + free_bytes(root) - SPARE_BYTES))
        return short.sentence
    except OSError as error:
        return str(error)
