"""A terminal pins its server's keys: what follows from them by the server's own record is taken, nothing else is."""

import json
from pathlib import Path

import pytest

from dispatch_server.archive.seals.key_record import EvidenceKeys
from dispatch_server.protocol.masters import FootageKey, Receipt, signed_part
from dispatch_server.runtime.keys import KeyRing
from dispatch_server.runtime.world import World
from dispatch_server.wiring.uploads import NodeKeys
from terminals.master import folders, receipts
from terminals.master.disk import OwnDisk
from terminals.master.server_keys import ServerKeys, ServerKeysWrong, pin, pinned, read_keys
from tests.integration.terminals.footage import ServerSide, device, master_in, record


class Server:
    """The real keys of a node, as `dispatch-server keys roll-over` changes them."""

    def __init__(self, data: Path) -> None:
        ring = KeyRing(data, World())
        ring.open()
        self.evidence = EvidenceKeys(ring, World())
        self.evidence.open()
        self._keys = NodeKeys(ring, World(), lambda: self.evidence.known)

    def said(self) -> FootageKey:
        given = self._keys.footage().given(self._keys.evidence())
        return FootageKey.model_validate_json(given.model_dump_json(exclude_none=True))  # through the wire


def pin_of(root: Path, said: FootageKey) -> ServerKeys:
    return pin(root, said, OwnDisk())


def test_roll_overs_are_followed_also_several_at_once(tmp_path: Path) -> None:
    server, root = Server(tmp_path / "data"), tmp_path / "master"
    first = pin_of(root, server.said())
    server.evidence.roll_over()
    second = pin_of(root, server.said())
    assert second.evidence.public_bytes_raw() != first.evidence.public_bytes_raw()
    for _ in range(3):
        server.evidence.roll_over()
    last = pin_of(root, server.said())
    known = pinned(root)
    assert known is not None and known.said == server.said()
    assert set(last.vouching) == {one.thumbprint for one in server.evidence.known} and len(last.vouching) == 5


def test_another_server_and_a_forged_line_are_refused(tmp_path: Path) -> None:
    server, root = Server(tmp_path / "data"), tmp_path / "master"
    first = pin_of(root, server.said())
    server.evidence.roll_over()
    said = server.said()
    another = Server(tmp_path / "other")
    another.evidence.roll_over()
    cut = said.model_copy(update={"changes": said.changes[1:]})
    forged = said.changes[1].model_copy(update={"since_utc_us": 1})
    for wrong in (another.said(), said.model_copy(update={"changes": [said.changes[0], forged]})):
        with pytest.raises(ServerKeysWrong):
            pin_of(root, wrong)
        known = pinned(root)
        assert known is not None and known.said == first.said
    # Somebody who shows our record in front of a key of his own: nothing leads from the one to the other.
    with pytest.raises(ServerKeysWrong):
        pin_of(root, another.said().model_copy(update={"changes": [*server.said().changes, *another.said().changes]}))
    assert pin_of(root, cut).said == said, "and the true one is taken; what is known need not be told again"


def test_a_key_that_puts_itself_before_the_pinned_one_vouches_for_nothing(tmp_path: Path) -> None:
    server, root = Server(tmp_path / "data"), tmp_path / "master"
    first = pin_of(root, server.said())
    server.evidence.roll_over()
    said, intruder = server.said(), Server(tmp_path / "other")
    stranger = intruder.said().changes[0]
    introduced = said.changes[0].model_copy(update={"signed_by": stranger.thumbprint, "signature": ""})
    introduced = introduced.model_copy(update={"signature": intruder.evidence.sign(signed_part(introduced)).hex()})
    forged = said.model_copy(update={"changes": [stranger, introduced, *said.changes[1:]]})
    assert stranger.thumbprint in read_keys(forged).vouching, "its signatures alone do not show it"
    for keys in (pin_of(root, forged), pinned(root)):
        assert keys is not None and set(keys.vouching) == {first.said.evidence_key_id, said.evidence_key_id}


def test_a_record_that_goes_round_ends(tmp_path: Path) -> None:
    server = Server(tmp_path / "data")
    server.evidence.roll_over()
    said = server.said()
    round_about = said.changes[0].model_copy(update={"signed_by": said.changes[1].thumbprint})
    assert len(read_keys(said.model_copy(update={"changes": [round_about, said.changes[1]]})).vouching) == 2


def test_receipts_of_before_a_roll_over_count_and_others_do_not(tmp_path: Path) -> None:
    """Else what they are for would never be given up, and the disk would fill."""
    server, sealing = Server(tmp_path / "data"), ServerSide()
    record(master_in(tmp_path / "master", sealing, device()), 3)
    (folder,) = folders.masters(tmp_path / "master")
    bare = sealing.receipt(folder.name, 1, folders.read_index(folder, 1), sealing.open(folder, 1))

    def signed(by: EvidenceKeys) -> Receipt:
        named = bare.model_copy(update={"key_id": by.thumbprint, "signature": ""})
        return named.model_copy(update={"signature": by.sign(signed_part(named)).hex()})

    before, stranger = signed(server.evidence), signed(Server(tmp_path / "other").evidence)
    server.evidence.roll_over()
    vouching = read_keys(server.said()).vouching
    receipts.check(before, folder, vouching)
    receipts.check(signed(server.evidence), folder, vouching)
    renamed = stranger.model_copy(update={"key_id": server.evidence.thumbprint})
    for wrong in (stranger, renamed):
        with pytest.raises(receipts.ReceiptWrong):
            receipts.check(wrong, folder, vouching)


def test_a_file_of_keys_that_is_spoilt_is_said_to_be(tmp_path: Path) -> None:
    root = tmp_path / "master"
    pin_of(root, Server(tmp_path / "data").said())
    path = root / "server-keys.json"
    plain = json.loads(path.read_bytes())
    for spoilt in ({**plain, "public_key": "A" * 43}, {**plain, "evidence_key": {**plain["evidence_key"], "x": "A"}}):
        path.write_text(json.dumps(spoilt))
        with pytest.raises(ServerKeysWrong):
            pinned(root)
