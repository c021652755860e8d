"""Whatever a client sends, the answer is a word: nothing is raised, nothing grows, and the line goes on."""

import json
import random
from typing import Any

import pytest

from dispatch_server.protocol.signals import Outbound
from dispatch_server.signals.limits import SignalLimits
from tests.unit.signals.fakes import T0101, Room, message, read

SEEDS = [
    message("ping"),
    message("ack", seq=1),
    message("subscribe", topics=["streams"]),
    message("hello", resume={"line": "x", "seq": 1}),
    message("authenticate", "m-1", token="t"),
    message("nothing", "m-2", deep=[[[{"a": [1.5, None, True, "é灯"]}]]]),
]
ODD: list[Any] = [None, True, -1, 2**63, 1e308, "", "\x00", "\ud800", [], {}, [[]], {"": ""}, "x" * 300, -0.0]


def mutated(chance: random.Random) -> str:
    text = chance.choice(SEEDS)
    if chance.random() < 0.5:
        value = json.loads(text)
        place = value if chance.random() < 0.5 else value["body"]
        place[chance.choice([*place, "new"])] = chance.choice(ODD)
        return json.dumps(value)
    characters = list(text)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(characters))
        change = chance.randrange(3)
        if change == 0:
            characters[at] = chr(chance.choice([0, 34, 44, 92, 123, 125, 0xD800, 0x10FFFF, chance.randrange(128)]))
        elif change == 1:
            del characters[at : at + chance.randint(1, 8)]
            characters = characters or ["{"]
        else:
            characters[at:at] = characters[at : at + 20]
    return "".join(characters)


@pytest.mark.parametrize("seed", range(20))
async def test_any_text_is_answered_with_words(seed: int) -> None:
    chance = random.Random(seed)
    room = Room(SignalLimits(outbox_messages=64, receipts=16))
    line, client, _ = room.open(T0101 if seed % 2 else None)
    for _ in range(300):
        await room.hub.take(line, mutated(chance))
        for told in read(line):
            Outbound.model_validate(told)
        line.outbox.acknowledge(line.outbox.last)
    assert (client.ended, room.errors, len(line.outbox)) == (None, [], 0)
    assert len(line.receipts) <= 16
    await room.hub.take(line, message("ping"))
    assert [one["type"] for one in read(line)] == ["pong"]
