"""A running agent's enforcements: begun by either door, ended by people, and by no answer of the server."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import pytest

from terminals.access import Access
from terminals.conversation import Received
from terminals.enforcement import merging
from terminals.enforcement.course import Course
from terminals.enforcement.outbox import Said
from terminals.master.on_board import CHANGED, LEARN_S, OnBoard
from terminals.settings import TerminalSettings
from terminals.signals import AccessToken, SignalClient
from terminals.way_in import WayIn
from terminals.whip import WhipClient
from terminals.world import monotonic
from tests.integration.terminals.fake_server import serving
from tests.integration.terminals.field_server import FieldServer
from tests.integration.terminals.footage import device
from tests.unit.terminals.enforcement.told import detail, said, told
from tests.waiting import until_async

pytestmark = pytest.mark.timeout(60)
SOON_S = LEARN_S / 2


@dataclass
class Board:
    board: OnBoard
    signals: SignalClient
    fake: FieldServer
    lines: list[str] = field(default_factory=list)

    @property
    def recorded(self) -> str | None:
        wish = self.board.room.master.wish
        return wish.enforcement if wish is not None else None

    def tell(self) -> None:
        self.signals.on_message(Received(CHANGED, {}))


async def no_token() -> AccessToken:
    raise OSError


@asynccontextmanager
async def on_board(folder: Path) -> AsyncIterator[Board]:
    fake = FieldServer()
    async with serving(fake) as url, httpx2.AsyncClient(timeout=5) as client:
        key = device().placed("T0101", url, "test")
        key.write(folder / "key.json")
        settings = TerminalSettings.model_validate(
            {
                "server": {"device_key_file": str(folder / "key.json")},
                "master": {"folder": str(folder / "master"), "reserve_hours": 0.01, "always": False},
            }
        )
        signals = SignalClient("ws://127.0.0.1:1/ws/terminal", no_token, lambda message: None)
        way = WayIn("T0101", WhipClient(url, "x"), Access(key, client, folder / "key.json"), None, signals)
        lines: list[str] = []
        board = OnBoard(settings, way, monotonic(), lambda layer: None, lambda: None, lines.append)
        board.start()
        try:
            yield Board(board, signals, fake, lines)
        finally:
            await board.close()


async def test_what_the_console_begins_and_ends_is_known_at_once_and_space_is_held(tmp_path: Path) -> None:
    async with on_board(tmp_path) as one:
        await until_async(lambda: one.fake.looked == 1)
        one.fake.current = told(detail("an-enforcement"))
        one.tell()
        await until_async(lambda: one.recorded == "an-enforcement", SOON_S)
        await until_async(lambda: one.board.room.reserve.bytes > 0)
        one.fake.current = told(at=200)
        one.tell()
        await until_async(lambda: one.recorded is None, SOON_S)
        await until_async(lambda: not (tmp_path / "master" / "reserve").exists())


def story() -> list[Said]:
    return [said("open", "k-open", kind="penalty"), said("begin", "k-begin"), said("marks", "k-mark", text="封条")]


async def refused(one: Board) -> None:
    one.fake.refusals = {"open": [(400, "officer_may_not_act")] * 9}
    for command in story():
        one.board.outbox.append(command)
    await until_async(lambda: "officer_may_not_act" in " ".join(one.lines), SOON_S)
    asked = one.fake.looked
    one.tell()
    await until_async(lambda: one.fake.looked > asked, SOON_S)


async def test_a_refused_opening_ends_no_recording(tmp_path: Path) -> None:
    async with on_board(tmp_path) as one:
        await refused(one)
        await until_async(lambda: one.recorded == "e", SOON_S)
        assert "MIND" in " ".join(one.lines) and one.fake.commands == []
        assert len(one.board.outbox.waiting()) == 3
        one.fake.refusals, one.board._deliverer._ask_at = {}, {}
        await until_async(lambda: len(one.fake.commands) == 3, SOON_S, "asked again, and nothing is lost")
        one.board.outbox.append(said("finish", "k-finish", reason="完成"))
        await until_async(lambda: one.recorded is None, SOON_S)


async def test_without_that_rule_it_would_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = merging._Ledger.course

    def believed(ledger: merging._Ledger, identity: str, own: Sequence[Said]) -> Course:
        """What the server refuses has not happened."""
        return Course(identity) if ledger._is_denied(own) else found(ledger, identity, own)

    monkeypatch.setattr(merging._Ledger, "course", believed)
    async with on_board(tmp_path) as one:
        await refused(one)
        await until_async(lambda: one.recorded is None, SOON_S)
