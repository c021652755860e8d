"""Who is told of a change over the sockets, and what a newcomer finds in development mode."""

from pathlib import Path
from typing import Any

import pytest

from dispatch_server.identity.model import Person, Role
from dispatch_server.settings import MediaSettings, ServerSettings, Settings
from dispatch_server.settings.loading import with_folders
from dispatch_server.settings.section import Mode
from dispatch_server.wiring import wire
from tests.integration.enforcement.field import PERSON, WELL, Field
from tests.integration.matrix.server import HOME, SIBLING
from tests.integration.matrix.sockets import CONSOLE, TERMINAL, Socket, opened

pytestmark = pytest.mark.timeout(120)


async def secret_of(field: Field, role: Role, place: str) -> str:
    person: Person = field.whole.people[role, place]
    secret, _ = await field.whole.sign_ins.open(person, (), field.now)
    return secret


async def next_change(socket: Socket) -> dict[str, Any]:
    while (heard := await socket.hear())["type"] != "enforcement_changed":
        pass
    assert PERSON["name"] not in str(heard)
    body: dict[str, Any] = heard["body"]
    return body


async def test_its_terminals_and_consoles_in_scope_are_told(field: Field) -> None:
    home, sibling = (await secret_of(field, Role.EXPERT, HOME), await secret_of(field, Role.OPERATOR, SIBLING))
    async with (
        opened(field.whole, TERMINAL, token=field.tokens["T1302"]) as part,
        opened(field.whole, TERMINAL, token=field.tokens["T1401"]) as other,
        opened(field.whole, CONSOLE, secret=home) as near,
        opened(field.whole, CONSOLE, secret=sibling) as far,
    ):
        identity = await field.opened("T1301", terminals=["T1302"])
        for socket in (part, near):
            told = await next_change(socket)
            assert (told["enforcement_id"], told["state"], told["terminals"]) == (
                identity,
                "opened",
                ["T1301", "T1302"],
            )
        await field.send("T1301", identity, "begin", check=WELL)
        assert (await next_change(near))["state"] == "under_way"
        for socket in (other, far):
            heard = await socket.heard_until_quiet()
            assert "enforcement_changed" not in {one["type"] for one in heard}


def newcomer(folder: Path) -> Settings:
    return with_folders(
        Settings(
            data_folder=str(folder),
            server=ServerSettings(mode=Mode.DEVELOPMENT, host="127.0.0.1"),
            media=MediaSettings(host="127.0.0.1", udp_port=0, tcp_port=0),
        )
    )


async def test_a_newcomer_finds_one_under_way_also_after_a_restart(tmp_path: Path) -> None:
    found = []
    for _ in range(2):
        wiring = wire(newcomer(tmp_path / "var"))
        async with wiring.opened():
            room: Any = wiring.state["enforcement"]
            found.append([(one.id, one.terminals) for one in room.service.standing.all()])
    assert found[0] == found[1]
    assert [terminals for _, terminals in found[0]] == [("T0201",)]
