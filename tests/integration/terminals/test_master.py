"""A master from frames to a sealed folder: the server opens every byte, and nothing of it lies here in the plain."""

import io
import json
from dataclasses import replace
from pathlib import Path

import av
import pytest

from dispatch_server.media.abilities import Layer
from dispatch_server.protocol.footage import MalformedFootage
from dispatch_server.protocol.seals import card_digest, content_digest, is_signed, read_seal, write_seal
from terminals.master import folders
from terminals.master.disk import OwnDisk
from terminals.master.master import Wish
from terminals.master.proving import prove_folder
from terminals.master.sealing import seal_folder
from tests.integration.terminals.footage import ServerSide, checked, device, master_in, record, units


def test_what_the_encoders_gave_is_kept_sealed_and_played_by_the_server(tmp_path: Path) -> None:
    server, key = ServerSide(), device()
    record(master_in(tmp_path, server, key), 8)
    (folder,) = folders.masters(tmp_path)
    entries = checked(folder, server)
    wanted = sum(1 for layer, *_ in units(8) if layer is Layer.MAIN)
    assert sum(entry.video for entry in entries) == wanted
    assert len(folders.segment_numbers(folder)) >= 2
    pictures = 0
    for number in folders.segment_numbers(folder):
        plain = server.open(folder, number)
        with av.open(io.BytesIO(plain)) as film:
            pictures += sum(1 for _ in film.decode(video=0))
        sealed = (folder / folders.sealed_name(number)).read_bytes()
        assert b"moof" not in sealed and b"mdat" not in sealed
    assert pictures == wanted
    end, seal = folders.read_end(folder), read_seal((folder / folders.SEAL).read_bytes())
    assert end is not None and (seal.chain, seal.fragments) == (end.chain, len(entries))
    public = key.key.public_key
    assert is_signed(seal, public) and not is_signed(replace(seal, fragments=seal.fragments - 1), public)
    card = folders.read_card(folder)
    assert (card.source, card.device_key, card.origin) == ("T0101", key.key.thumbprint(), "terminal")
    assert all(path.stat().st_mode & 0o077 == 0 for path in tmp_path.rglob("*"))


def test_a_changed_byte_and_another_servers_key_are_seen(tmp_path: Path) -> None:
    server = ServerSide()
    record(master_in(tmp_path, server, device()), 3)
    (folder,) = folders.masters(tmp_path)
    with pytest.raises(MalformedFootage):
        checked(folder, ServerSide())
    path = folder / folders.sealed_name(1)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(MalformedFootage):
        checked(folder, server)


def test_an_enforcement_begins_a_master_of_its_own_without_a_hole(tmp_path: Path) -> None:
    server = ServerSide()
    master = master_in(tmp_path, server, device())
    master.wish = Wish()
    master.start()
    for layer, nals, ticks, is_key in units(9):
        seconds = ticks / (48_000 if layer is Layer.SOUND else 90_000)
        master.wish = Wish("an-enforcement") if 3.5 <= seconds < 6.5 else Wish()
        master.take(layer, nals, ticks, is_key)
    master.stop()
    cards = [folders.read_card(folder) for folder in folders.masters(tmp_path)]
    assert [card.enforcement for card in cards] == ["", "an-enforcement", ""]
    ends = [folders.read_end(folder) for folder in folders.masters(tmp_path)]
    assert [end.reason for end in ends if end] == ["enforcement begins", "enforcement ends", "terminal ends"]
    kept = [entry for folder in folders.masters(tmp_path) for entry in checked(folder, server)]
    assert sum(entry.video for entry in kept) == sum(1 for layer, *_ in units(9) if layer is Layer.MAIN)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        (folders.CARD, {"clock_offset_us": 5}),
        (folders.CARD, {"enforcement": "another"}),
        (folders.END, {"reason": "x"}),
    ],
)
def test_the_seal_closes_card_and_end_as_well(tmp_path: Path, name: str, change: dict[str, object]) -> None:
    key = device()
    record(master_in(tmp_path, ServerSide(), key), 3)
    (folder,) = folders.masters(tmp_path)
    seal = read_seal((folder / folders.SEAL).read_bytes())
    card, end = (json.loads((folder / one).read_bytes()) for one in (folders.CARD, folders.END))
    assert (seal.card, seal.end) == (card_digest(card), content_digest(end))
    assert prove_folder(folder, key) == []
    (folder / name).write_text(json.dumps(json.loads((folder / name).read_bytes()) | change))
    assert prove_folder(folder, key) == [f"{name} is not the one that was sealed"]
    # A seal that says nothing of them sees nothing: this is what they are in it for.
    (folder / folders.SEAL).write_bytes(write_seal(replace(seal, card="", end="")))
    assert prove_folder(folder, key) == ["the seal's signature does not hold"]
    (folder / folders.SEAL).unlink()
    assert seal_folder(folder, OwnDisk(), key, 1) and prove_folder(folder, key) == []
