"""Enrolment codes (A6): brute force, reuse, two devices with one code, age; and what the QR holds."""

import asyncio
import re
from urllib.parse import parse_qs, urlsplit

import pytest

from dispatch_server.devices import code_store
from dispatch_server.devices.enrolment import ALPHABET, KeptCode
from dispatch_server.protocol.masters import FootageKey
from tests.integration.devices.rig import URL, Device, Rig
from tests.integration.terminals.footage import ServerSide


async def test_a_code_enrols_one_device_and_the_line_stands_in_the_ledger(rig: Rig) -> None:
    code = await rig.code()
    device = Device.p256()
    answer = await rig.post_code(code.lower().replace("-", " "), device, device={"model": "DSJ-X", "serial": "7"})
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert (told["number"], told["audience"], told["department"]) == ("T1301", URL, "13")
    entry = await rig.entry()
    assert (entry["state"], entry["device"]["model"], entry["key_thumbprint"]) == (
        "enrolled",
        "DSJ-X",
        device.key.thumbprint(),
    )
    assert ("terminal.enrol", "terminal:T1301", "done") in rig.ledger.lines()
    assert "TerminalEnrolled" in rig.room.bus.names()
    assert (await rig.post_code(code, Device())).status_code == 401


async def test_without_the_ledger_nobody_is_enrolled_and_the_code_stays_good(rig: Rig) -> None:
    code = await rig.code()
    rig.ledger.is_away = True
    answer = await rig.post_code(code, Device())
    assert (answer.status_code, answer.json()["code"]) == (503, "ledger_unavailable")
    assert (await rig.entry())["state"] == "registered"
    rig.ledger.is_away = False
    assert (await rig.post_code(code, Device())).status_code == 201


async def test_of_many_devices_with_one_code_exactly_one_wins(rig: Rig) -> None:
    code = await rig.code()
    devices = [Device() for _ in range(8)]
    answers = await asyncio.gather(*(rig.post_code(code, device) for device in devices))
    assert sorted(answer.status_code for answer in answers) == [201] + [401] * 7
    winner = next(device for device, answer in zip(devices, answers, strict=True) if answer.status_code == 201)
    assert (await rig.entry())["key_thumbprint"] == winner.key.thumbprint()


async def test_the_race_is_lost_without_the_protection(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """What proves nothing is a test that cannot fail."""
    code = await rig.code()
    monkeypatch.setattr(KeptCode, "open", lambda self, utc_us, tries: True)
    answers = await asyncio.gather(*(rig.post_code(code, Device()) for _ in range(3)))
    assert [answer.status_code for answer in answers] == [201] * 3


async def test_a_code_holds_ten_minutes_and_is_replaced_by_the_next(rig: Rig) -> None:
    first, second = await rig.code(), await rig.code()
    assert (await rig.post_code(first, Device())).status_code == 401
    rig.advance(599)
    other = await rig.code("T1302")
    assert (await rig.post_code(second, Device())).status_code == 201
    rig.advance(600)
    assert (await rig.post_code(other, Device())).status_code == 401


async def test_after_five_wrong_tries_from_everywhere_the_right_code_opens_nothing(rig: Rig) -> None:
    code = await rig.code()
    for turn in range(1, 6):
        assert (await rig.post_code(guess(code, turn), Device(), at=f"192.0.2.{turn}")).status_code == 401
    answer = await rig.post_code(code, Device())
    assert (answer.status_code, answer.json()["code"]) == (401, "enrolment_refused")


async def test_one_sender_ends_nobodys_code_and_a_wrong_number_is_a_try(rig: Rig) -> None:
    code = await rig.code()
    for turn in range(1, 10):
        assert (await rig.post_code(guess(code, turn), Device(), at=f"2001:db8::{turn}")).status_code == 401
    for turn in range(2, 5):
        assert (await rig.post_code(guess(code, turn), Device(), at=f"192.0.2.{turn}")).status_code == 401
    assert (await rig.post_code(code, Device(), at="192.0.2.4", number="T1302")).status_code == 401
    assert (await rig.post_code(code, Device(), at="192.0.2.9", number="T1301")).status_code == 201
    other = await rig.code()
    for turn in range(1, 5):
        assert (await rig.post_code(guess(other, turn), Device(), at=f"192.0.2.{turn}")).status_code == 401
    assert (await rig.post_code(other, Device(), at="192.0.2.5", number="T1302")).status_code == 401
    assert (await rig.post_code(other, Device(), at="192.0.2.9", number="T1301")).status_code == 401


async def test_guesses_from_an_ipv6_network_are_those_of_one_sender(rig: Rig) -> None:
    code = await rig.code()
    said = [
        (await rig.post_code(guess(code, turn), Device(), at=f"2001:db8::{turn}")).status_code for turn in range(1, 13)
    ]
    assert said == [401] * 10 + [429] * 2
    assert (await rig.post_code(code, Device(), at="2001:db8:0:1::1")).status_code == 201


async def test_guesses_from_everywhere_are_slowed_down_too(rig: Rig) -> None:
    code = await rig.code()
    rig.devices.parts.enrolling.rates.of_all.limit = 20
    said = [
        (await rig.post_code(guess(code, turn), Device(), at=f"198.51.100.{turn}")).status_code for turn in range(1, 25)
    ]
    assert said == [401] * 20 + [429] * 4
    rig.advance(60)
    assert (await rig.post_code(await rig.code(), Device())).status_code == 201


async def test_a_thousand_guesses_find_nothing_and_are_slowed_down(rig: Rig) -> None:
    code = await rig.code()
    statuses = []
    for turn in range(1, 1001):
        statuses.append((await rig.post_code(guess(code, turn), Device())).status_code)
        if turn % 20 == 0:
            rig.advance(60)
    assert set(statuses) == {401, 429}
    assert statuses.count(401) == 500  # ten a minute
    terminal = rig.devices.parts.devices.register.get("T1301")
    assert terminal is not None and terminal.state == "registered"


async def test_guesses_can_succeed(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    code = await rig.code()
    monkeypatch.setattr(KeptCode, "fits", lambda self, code: True)
    assert (await rig.post_code(guess(code, 1), Device())).status_code == 201


async def test_a_wrong_code_and_an_unknown_one_look_the_same(rig: Rig) -> None:
    code = await rig.code()
    other = next(letter for letter in ALPHABET if letter != code[0]) + code[1:]
    known, unknown, garbled = [await rig.post_code(text, Device()) for text in (guess(code, 1), other, "U" * 12)]
    assert known.json() == unknown.json() == garbled.json()


async def test_enrolling_again_ends_the_earlier_device_and_its_key_does_not_come_back(rig: Rig) -> None:
    first = await rig.enrol()
    token = await rig.token(first)
    second = await rig.enrol()
    assert (await rig.heartbeat(token)).status_code == 401
    assert (await rig.post_assertion(first.assertion(rig.utc_us))).status_code == 401
    assert (await rig.heartbeat(await rig.token(second))).status_code == 200
    assert rig.hub == [(f"terminal:T1301:{first.key_id}", "another device was enrolled")]
    code = await rig.code()
    again = await rig.post_code(code, first)
    assert (again.status_code, again.json()["code"]) == (409, "device_key_known")
    assert (await rig.heartbeat(await rig.token(second))).status_code == 200
    assert (await rig.post_code(code, Device())).status_code == 201


@pytest.mark.parametrize(
    "change",
    [
        {"d": "AAAA"},
        {"crv": "P-256"},
        {"x": ""},
        {"x": "AAAA"},
        {"x": "not base64!"},
        {"kty": "oct", "k": "AAAA"},
        {"kty": "RSA", "n": "AQAB", "e": "AQAB"},
        {"kty": "EC", "crv": "P-256", "y": "A" * 43},
    ],
)
async def test_odd_keys_are_refused_and_cost_no_code(rig: Rig, change: dict[str, str]) -> None:
    code, device = await rig.code(), Device()
    body = {"code": code, "public_key": {**device.public, **change}}
    refused = await rig.field.post("/api/v1/terminals/enrol", json=body)
    assert refused.status_code in (400, 422), refused.text
    assert (await rig.post_code(code, device)).status_code == 201


async def test_the_qr_holds_server_and_code_and_no_script(rig: Rig) -> None:
    issued = (await rig.desk.post("/api/v1/devices/T1301/enrolment-code")).json()
    assert re.fullmatch(f"([{ALPHABET}]{{4}}-){{2}}[{ALPHABET}]{{4}}", issued["code"])
    uri = urlsplit(issued["uri"])
    assert uri.scheme == "dispatch-enrol"
    assert parse_qs(uri.query) == {"server": [URL], "code": [issued["code"]]}
    assert issued["svg"].startswith("<svg ")
    assert "script" not in issued["svg"] and "style=" not in issued["svg"] and "href" not in issued["svg"]
    assert issued["expires_utc_us"] - rig.utc_us == 600_000_000
    assert issued["tries"] == 5


async def test_codes_are_kept_as_digests_only(rig: Rig) -> None:
    code = await rig.code()
    async with rig.devices.parts.devices.codes._database.reading() as connection:  # type: ignore[attr-defined]
        rows = [dict(row._mapping) for row in await connection.execute(code_store.terminal_codes.select())]
    assert code.replace("-", "")[2:] not in repr(rows)


def guess(code: str, turn: int) -> str:
    """Another secret under the same locator."""
    plain = code.replace("-", "")
    index = int("".join(f"{ALPHABET.index(letter):05b}" for letter in plain[2:]), 2)
    other = (index + turn) % (1 << 50)
    return plain[:2] + "".join(ALPHABET[other >> shift & 31] for shift in range(45, -5, -5))


async def test_a_device_is_given_the_server_s_keys_with_its_place(rig: Rig) -> None:
    """Where there are such: then it can record without ever seeing this server again."""
    assert (await rig.post_code(await rig.code(), Device())).json()["footage_key"] is None
    keys = ServerSide()
    rig.devices.parts.footage_key = keys.said
    answer = await rig.post_code(await rig.code(), Device())
    assert FootageKey.model_validate(answer.json()["footage_key"]) == keys.said()
