"""kill -9 of the server in the middle of uploads: what was told stays, the terminal goes on, a card comes in beside."""

import base64
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from dispatch_server.protocol.footage import GENESIS
from dispatch_server.protocol.seals import ED25519, FORM, Seal, signature_of, write_seal
from tests.e2e.node import Node, utc_us
from tests.e2e.upload_terminal import Terminal, made_segment
from tests.waiting import until

CHUNK = 400_000
SECONDS = 4


@pytest.fixture
def node(data_folder: Path, free_port: Callable[[], int]) -> Iterator[Node]:
    """Whatever else lies on this machine's disk."""
    with Node(data_folder, free_port(), {"DISPATCH__ARCHIVE__DISK_REFUSE_PERCENT": "100"}) as running:
        yield running


@pytest.fixture
def terminal(node: Node) -> Iterator[Terminal]:
    with Terminal(node) as terminal:
        yield terminal


@pytest.mark.timeout(180)
def test_what_was_told_survives_a_kill_and_the_terminal_goes_on(node: Node, terminal: Terminal) -> None:
    recording = terminal.register()
    index, sealed, chain = made_segment(recording, 1, GENESIS, terminal.server, SECONDS)
    upload = terminal.announce(recording, 1, index, len(sealed))
    told = 0
    for _ in range(random.Random(4).randrange(2, 5)):
        told = terminal.add(upload, told, sealed[told : told + CHUNK])
    node.kill()
    node.start()
    assert terminal.offset(upload) >= told > 0
    assert terminal.standing(recording)["state"] == "open"
    terminal.add(upload, told, sealed[told:])
    until(lambda: terminal.standing(recording)["receipts"], 10, "the receipt")
    second, more, _ = made_segment(recording, 2, chain, terminal.server, SECONDS)
    upload = terminal.announce(recording, 2, second, len(more))
    terminal.add(upload, 0, more[:-1])
    with pytest.raises(httpx2.HTTPError):  # the server is killed while it has the last byte in hand, or just after
        _last_byte_and_kill(node, terminal, upload, more)
    node.start()
    if len(terminal.standing(recording)["receipts"]) < 2 and terminal.offset(upload) < len(more):
        terminal.add(upload, len(more) - 1, more[-1:])
    until(lambda: len(terminal.standing(recording)["receipts"]) == 2, 10, "the second receipt")
    told_again = node.get(f"/api/v1/recordings/{recording}")
    assert [segment["fragments"] for segment in told_again["segments"]] == [SECONDS, SECONDS]
    node.kill()  # once more: it stays open, and is not ended by the server's own recovery
    node.start()
    assert terminal.standing(recording)["state"] == "open"


def _last_byte_and_kill(node: Node, terminal: Terminal, upload: str, data: bytes) -> None:
    def body() -> Iterator[bytes]:
        yield data[-1:]
        node.kill()

    headers = {"Upload-Offset": str(len(data) - 1), "Content-Type": "application/offset+octet-stream"}
    terminal.client.patch(upload, content=body(), headers=headers)


@pytest.mark.timeout(120)
def test_a_card_is_imported_beside_the_running_server(node: Node, terminal: Terminal, tmp_path: Path) -> None:
    recording = terminal.register()
    card = {"format": 1, "id": recording, "source": terminal.number}
    index, sealed, chain = made_segment(recording, 1, GENESIS, terminal.server, SECONDS)
    folder = tmp_path / "card" / recording
    folder.mkdir(parents=True)
    card |= {"opened_utc_us": terminal.opened_utc_us, "device_key": terminal.thumbprint}
    key = Ed25519PrivateKey.from_private_bytes(_private(terminal))
    end = {"closed_utc_us": utc_us(), "reason": "stopped", "fragments": SECONDS, "chain": chain.hex()}
    seal = Seal(FORM, recording, 1, SECONDS, chain.hex(), "", utc_us(), terminal.thumbprint, ED25519)
    seal = replace(seal, signature=signature_of(seal, key))
    (folder / "recording.json").write_text(json.dumps(card))
    (folder / "000001.jsonl").write_bytes(index)
    (folder / "000001.sealed").write_bytes(sealed)
    (folder / "closed.json").write_text(json.dumps(end | {"missing_from_utc_us": 0}))
    (folder / "seal.json").write_bytes(write_seal(seal))
    done = node._run("import.log", "dispatch_server", "archive", "import", str(tmp_path / "card"), "--receipts")
    assert done.wait(60) == 0, (node.folder / "import.log").read_text()
    assert "000001 kept" in (node.folder / "import.log").read_text()
    standing = terminal.standing(recording)
    assert (standing["state"], len(standing["receipts"])) == ("sealed", 1)
    assert json.loads((folder / "receipts.jsonl").read_text()) == standing["receipts"][0]


def _private(terminal: Terminal) -> bytes:
    return base64.urlsafe_b64decode(terminal.device.key.as_dict(private=True)["d"] + "=")
