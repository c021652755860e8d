"""What a terminal claims of its masters: another card, index or end under the same name, a seal of a stranger."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from dispatch_server.archive.model import Trouble, TroubleChanged
from tests.integration.archive.masters import DEVICE_KEY, Master
from tests.integration.archive.upload_rig import UploadRig, upload_rig


@pytest.fixture
async def uploads(tmp_path: Path) -> AsyncIterator[UploadRig]:
    async with upload_rig(tmp_path) as uploads:
        yield uploads


@pytest.fixture
async def master(uploads: UploadRig) -> Master:
    master = uploads.master()
    await uploads.announce(master)
    return master


async def test_another_index_or_card_under_the_same_name_is_a_contradiction(uploads: UploadRig, master: Master) -> None:
    changed = master.indexes[1].replace(b'"layer":"main"', b'"layer":"sub"')
    answer = await uploads.index(master, 1, changed)
    assert (answer.status_code, answer.json()["code"]) == (409, "master_contradicted")
    card = replace(master.card, enforcement="e-2")
    answer = await uploads.ask(
        "PUT", f"/api/v1/terminal/masters/{master.id}", json=replace(master, card=card).card_json()
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "master_contradicted")
    alarms = [event for event in uploads.rig.of(TroubleChanged) if event.trouble is Trouble.MASTER_CONTRADICTED]
    assert len(alarms) == 2 and all(event.subject == master.id for event in alarms)


async def test_an_index_follows_the_one_before(uploads: UploadRig) -> None:
    master = uploads.master()
    await uploads.announce(master, 1)
    broken = master.indexes[2].replace(b'"previous":"', b'"previous":"0')[:-1] + b"\n"
    for data, status in (
        (broken, 400),
        (master.indexes[1], 400),
        (master.indexes[2][:-10], 400),
        (b"", 400),
        (b"[" * 5000, 400),
        (master.indexes[2] + b"x" * (2 << 20), 413),
    ):
        answer = await uploads.index(master, 2, data)
        assert answer.status_code == status, answer.text
    if 3 in master.indexes:
        answer = await uploads.index(master, 3)
        assert (answer.status_code, answer.json()["code"]) == (409, "index_lacking")
    assert (await uploads.create(master, 2)).json()["code"] == "index_lacking"
    assert (await uploads.standing(master))["indexed"] == [1]


async def test_an_end_is_believed_only_with_a_seal_of_the_terminals_own_key(uploads: UploadRig, master: Master) -> None:
    stranger = Ed25519PrivateKey.from_private_bytes(b"x" * 32)
    address = f"/api/v1/terminal/masters/{master.id}/end"
    wrong = [
        master.end_json(key=stranger),
        master.end_json(key=stranger, key_name=DEVICE_KEY),
        master.end_json(segments=1),
        master.end_json(chain="0" * 64),
        master.end_json(fragments=1),
        master.end_json() | {"end": master.end | {"chain": "0" * 64}},
        {"end": master.end, "seal": master.seal() | {"sealed_utc_us": 1}},
    ]
    for body in wrong:
        answer = await uploads.ask("PUT", address, json=body)
        assert (answer.status_code, answer.json()["code"]) == (400, "seal_refused"), body
    more = await uploads.ask("PUT", address, json=master.end_json(segments=99))
    assert (more.status_code, more.json()["code"]) == (409, "index_lacking")
    assert (await uploads.standing(master))["state"] == "open"
    assert (await uploads.ask("PUT", address, json=master.end_json())).status_code == 200
    other = {"end": master.end | {"reason": "another"}, "seal": master.seal()}
    assert (await uploads.ask("PUT", address, json=other)).json()["code"] == "master_contradicted"
