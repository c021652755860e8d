"""The sealed copy of the keys: two shares open it, nothing else does, and a drill tells the truth."""

import json
import random
from pathlib import Path

import pytest

from dispatch_server.ops.certificates import TlsFolder
from dispatch_server.ops.escrow import Escrow, EscrowRefused, keys_in_use, opened, put_back
from dispatch_server.ops.keeping import look_at_escrow
from dispatch_server.ops.shares import Share, ShareWrong
from dispatch_server.runtime.counters import Counters
from dispatch_server.runtime.keys import KeyRing
from dispatch_server.runtime.world import World
from dispatch_server.settings import Settings
from dispatch_server.settings.loading import with_folders
from dispatch_server.wiring import wire_ground
from dispatch_server.wiring.operations import wire_operations
from tests.worlds import TestWorld


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "var"
    ring = KeyRing(folder, World())
    ring.open()
    ring.secret("evidence")
    ring.secret("ledger")
    TlsFolder(folder, World()).init([])
    return folder


def test_two_shares_bring_every_key_back_on_a_new_machine(data: Path, tmp_path: Path) -> None:
    shares = Escrow(data, World()).set_up()
    files = opened(data / "escrow" / "keys.sealed", *shares)
    assert files == keys_in_use(data)
    assert {"keys/evidence", "keys/ledger", "tls/ca.key"} <= set(files)
    new = tmp_path / "new"
    assert put_back(files, new, World()) == list(files)
    assert keys_in_use(new) == keys_in_use(data)
    assert all(path.stat().st_mode & 0o077 == 0 for path in [*new.rglob("*"), new])
    assert put_back(files, new, World()) == []


def test_a_key_that_is_there_is_never_replaced(data: Path) -> None:
    escrow = Escrow(data, World())
    files = opened(escrow.copy, *escrow.set_up())
    (data / "keys" / "evidence").write_text("another one by now")
    with pytest.raises(EscrowRefused, match="keys/evidence"):
        put_back(files, data, World())
    assert (data / "keys" / "evidence").read_text() == "another one by now"


def test_the_drill_passes_and_fails(data: Path) -> None:
    escrow = Escrow(data, World())
    shares = escrow.set_up()
    before = {path: path.stat().st_mtime_ns for path in data.glob("*/*") if path.parent.name != "escrow"}
    assert escrow.drill(escrow.copy, *shares).passed
    assert escrow.drilled_utc_us() is not None
    assert {path: path.stat().st_mtime_ns for path in before} == before
    (data / "keys" / "evidence").write_text("changed")
    (data / "keys" / "made-later").write_text("later")
    drill = escrow.drill(escrow.copy, *shares)
    assert not drill.passed
    assert (drill.changed, drill.missing) == (("keys/evidence",), ("keys/made-later",))
    escrow.refresh()
    assert escrow.drill(escrow.copy, *shares).passed  # the same shares open what is sealed later


def test_a_wrong_share_opens_nothing(data: Path) -> None:
    escrow = Escrow(data, World())
    one, other = escrow.set_up()
    for wrong in (
        (one, Share(2, one.copy, random.Random(1).randbytes(32))),
        (Share(1, one.copy, bytes(32)), other),
    ):
        with pytest.raises(EscrowRefused, match="do not open"):
            escrow.drill(escrow.copy, *wrong)
    with pytest.raises(ShareWrong):
        escrow.drill(escrow.copy, one, one)
    assert escrow.drilled_utc_us() is None


def test_new_shares_make_the_old_ones_worthless(data: Path) -> None:
    escrow = Escrow(data, World())
    old = escrow.set_up()
    with pytest.raises(EscrowRefused, match="--new-shares"):
        escrow.set_up()
    new = escrow.set_up(replace=True)
    assert escrow.drill(escrow.copy, *new).passed
    with pytest.raises(EscrowRefused, match="opened by the shares"):
        escrow.drill(escrow.copy, *old)


def test_neither_keys_nor_shares_are_written_in_the_clear(data: Path) -> None:
    escrow = Escrow(data, World())
    shares = escrow.set_up()
    kept = b"".join(path.read_bytes() for path in escrow.folder.iterdir())
    for secret in [*keys_in_use(data).values(), *(share.value for share in shares)]:
        assert secret not in kept
        assert secret.hex().encode() not in kept


@pytest.mark.parametrize("change", [{"sealed": "AAAA"}, {"sealed": "?"}, {"form": "other"}, {"shares": None}])
def test_a_damaged_copy_is_refused(data: Path, change: dict[str, object]) -> None:
    escrow = Escrow(data, World())
    shares = escrow.set_up()
    escrow.copy.write_text(json.dumps({**json.loads(escrow.copy.read_text()), **change}))
    with pytest.raises(EscrowRefused):
        opened(escrow.copy, *shares)


def test_every_changed_bit_of_the_seal_is_seen(data: Path) -> None:
    escrow = Escrow(data, World())
    shares = escrow.set_up()
    content = json.loads(escrow.copy.read_text())
    good = content["sealed"]
    assert opened(escrow.copy, *shares)
    for position in random.Random(1).sample(range(len(good) - 4), 20):
        changed = good[:position] + ("A" if good[position] != "A" else "B") + good[position + 1 :]
        escrow.copy.write_text(json.dumps({**content, "sealed": changed}))
        with pytest.raises(EscrowRefused):
            opened(escrow.copy, *shares)


def test_what_the_doctor_says_of_it(data: Path) -> None:
    settings = Settings(data_folder=str(data))
    world = TestWorld()
    world.wall_us = World().utc_us()

    def said() -> str:
        return next(iter(look_at_escrow(settings, world))).what[1]

    assert "no sealed copy" in said()
    escrow = Escrow(data, world)
    shares = escrow.set_up()
    assert "not tried" in said()
    escrow.drill(escrow.copy, *shares)
    assert "sealed, and" in said()
    world.advance(181 * 86_400)
    assert "not tried" in said()
    KeyRing(data, world).secret("made-later")
    assert "after they were sealed" in said()
    (data / "keys" / "evidence").write_text("swapped")
    assert "not as it was sealed: keys/evidence" in said()


def test_what_was_added_or_renewed_is_sealed_by_itself_and_what_was_swapped_is_not(data: Path) -> None:
    escrow = Escrow(data, World())
    shares = escrow.set_up()
    assert not escrow.keep_current().added
    KeyRing(data, World()).secret("made-later")
    TlsFolder(data, World()).renew(new_key=True)
    found = escrow.keep_current()
    assert found.added == ("keys/made-later",) and len(found.changed) == 2
    assert escrow.drill(escrow.copy, *shares).passed
    before = escrow.copy.read_bytes()
    (data / "keys" / "evidence").write_text("swapped")
    assert escrow.keep_current().suspicious == ("keys/evidence",)
    assert escrow.copy.read_bytes() == before
    assert escrow.drill(escrow.copy, *shares).changed == ("keys/evidence",)


async def test_a_node_that_starts_seals_the_keys_that_its_rooms_made(data: Path) -> None:
    settings = with_folders(Settings(data_folder=str(data)))
    shares = Escrow(data, World()).set_up()
    KeyRing(data, World()).secret("made-by-a-room")
    wiring, _ = wire_ground(settings, World(), Counters())
    wire_operations(wiring)
    async with wiring.opened():
        drill = Escrow(data, World()).drill(data / "escrow" / "keys.sealed", *shares)
    assert drill.passed and "keys/made-by-a-room" in drill.same
