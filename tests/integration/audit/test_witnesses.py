"""Witnesses: a file, another host, an authority that stamps; what is away is an alarm and gets the heads later."""

import asyncio
import json
from pathlib import Path

import pytest
from cryptography.x509 import load_pem_x509_certificates

from dispatch_server.audit.alarms import Alarms
from dispatch_server.audit.canonical import canonical
from dispatch_server.audit.held import read_held
from dispatch_server.audit.model import SignedHead
from dispatch_server.audit.remote import HeadHost, TimeStamps
from dispatch_server.audit.sources import NoLedger
from dispatch_server.audit.witness import Courier, HeadFile
from dispatch_server.kit.redact import Secret
from dispatch_server.runtime.away import HostAway
from dispatch_server.runtime.counters import Counters
from dispatch_server.runtime.stamping import Way, wrong_with
from dispatch_server.runtime.threads import Threads
from dispatch_server.settings import ThreadSettings
from tests.integration.audit.outside import STAMP_USE, TLS_USE, authority, host, papers
from tests.integration.audit.rig import Node, sqlite_url
from tests.unit.audit.made import made
from tests.waiting import until_async
from tests.worlds import TestWorld

HEADS = made(9, (2, 5)).heads


async def test_a_file_gets_every_head_and_a_torn_line_costs_no_other(tmp_path: Path) -> None:
    file = tmp_path / "heads.jsonl"
    async with Threads(ThreadSettings(), Counters()).opened() as threads:
        witness = HeadFile(file, threads)
        await witness.deliver(HEADS[0])
        with file.open("ab") as torn:
            torn.write(canonical(HEADS[1].form())[:50])
        await witness.deliver(HEADS[2])
    held = read_held([file])
    assert held.heads == [HEADS[0], HEADS[2]]
    assert held.notes == ["heads.jsonl, line 2 holds no signed head."]
    assert file.stat().st_mode & 0o077 == 0


def test_a_file_without_any_head_is_no_witness(tmp_path: Path) -> None:
    file = tmp_path / "heads.jsonl"
    with pytest.raises(NoLedger):
        read_held([file])
    file.write_text("{}\n\nnonsense")
    with pytest.raises(NoLedger, match="no signed head"):
        read_held([file])


async def test_another_host_is_reached_over_tls_that_the_given_root_vouches_for(tmp_path: Path) -> None:
    taken: list[tuple[str | None, SignedHead]] = []

    def take(_: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        taken.append((headers.get("Authorization"), SignedHead.of(json.loads(body))))
        return 201, b""

    tls, other = papers(tmp_path / "a", TLS_USE), papers(tmp_path / "b", TLS_USE)
    with host(take, tls) as url:
        await HeadHost(Way(url, 5, str(tls.root)), Secret("t0ken")).deliver(HEADS[1])
        assert taken == [("Bearer t0ken", HEADS[1])]
        with pytest.raises(HostAway, match="cannot be reached"):
            await HeadHost(Way(url, 5, str(other.root)), Secret("t0ken")).deliver(HEADS[1])
    assert len(taken) == 1
    with pytest.raises(HostAway, match="cannot be reached"):
        await HeadHost(Way(url, 5, str(tls.root)), Secret("")).deliver(HEADS[1])


@pytest.mark.parametrize(("status", "body"), [(500, b""), (302, b""), (200, b"x" * 100_000)])
async def test_another_answer_is_no_receipt(status: int, body: bytes) -> None:
    with host(lambda *_: (status, body)) as url, pytest.raises(HostAway):
        await HeadHost(Way(url, 5), Secret("")).deliver(HEADS[0])


async def test_an_authority_stamps_heads_and_anybody_can_check_it(tmp_path: Path) -> None:
    by, stranger = papers(tmp_path / "a", STAMP_USE), papers(tmp_path / "b", STAMP_USE)
    file, world = tmp_path / "stamps.jsonl", TestWorld()
    async with Threads(ThreadSettings(), Counters()).opened() as threads:
        with host(authority(tmp_path, by)) as url:
            stamps = TimeStamps(Way(url, 20), str(by.root), 3600, file, threads, world)
            await stamps.deliver(HEADS[0])
            await stamps.deliver(HEADS[1])  # too soon: the next one covers it
            world.advance(3600)
            await stamps.deliver(HEADS[2])
            wrong = TimeStamps(Way(url, 20), str(stranger.root), 3600, file, threads, world)
            with pytest.raises(HostAway, match="not good"):
                await wrong.deliver(HEADS[2])
        with host(lambda *_: (200, b"nonsense")) as url, pytest.raises(HostAway, match="not good"):
            await TimeStamps(Way(url, 20), str(by.root), 3600, file, threads, world).deliver(HEADS[2])
    held = read_held([file], str(by.root))
    assert (held.heads, held.stamps, held.findings) == ([HEADS[0], HEADS[2]], 2, [])
    assert len(read_held([file], str(stranger.root)).findings) == 2
    moved = file.read_bytes().splitlines()[0].replace(b'"number":1', b'"number":2')
    file.write_bytes(moved + b"\n")
    assert "not good" in read_held([file], str(by.root)).findings[0]
    (note,) = read_held([file]).notes
    assert "not checked" in note


async def test_a_stamp_of_another_head_is_none(tmp_path: Path) -> None:
    by = papers(tmp_path / "a", STAMP_USE)
    roots = load_pem_x509_certificates(by.root.read_bytes())
    assert wrong_with(b"", HEADS[0].content(), roots) != ""


async def test_who_is_away_gets_the_heads_later_and_the_oldest_give_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dispatch_server.audit.witness.FIRST_PAUSE_S", 0.01)
    monkeypatch.setattr("dispatch_server.audit.witness.LONGEST_PAUSE_S", 0.02)
    alarms, taken, is_away = Alarms(), list[SignedHead](), True

    async def deliver(head: SignedHead) -> None:
        if is_away:
            raise HostAway("it sleeps")
        taken.append(head)

    courier = Courier("host", deliver, 2, alarms)
    running = asyncio.create_task(courier.run())
    for head in HEADS:
        courier.give(head)
    await until_async(lambda: alarms.counts.get("witness_away", 0) > 2)
    assert alarms.standing() == ["heads_dropped", "witness_away"]
    is_away = False
    await until_async(lambda: courier.waiting == 0)
    assert taken == HEADS[1:]
    assert alarms.standing() == []
    running.cancel()


async def test_a_running_ledger_gives_its_heads_to_its_witnesses(data_folder: Path, tmp_path: Path) -> None:
    taken: list[SignedHead] = []

    async def deliver(head: SignedHead) -> None:
        taken.append(head)

    async with Node(sqlite_url(data_folder), data_folder, witnesses={"test": deliver}).opened() as node:
        head = await node.room.heads.sign()
        await until_async(lambda: head in taken)
        await until_async(lambda: node.room.newest.remembered() == head)
