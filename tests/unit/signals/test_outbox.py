"""Nothing that must arrive is lost or doubled and the order stays, whatever becomes of the connections."""

import json
import random
from dataclasses import dataclass, field

import pytest

from dispatch_server.signals.model import Parcel
from dispatch_server.signals.outbox import Outbox


def parcel(number: int, key: str = "") -> Parcel:
    return Parcel("told", str(number), key)


def bodies(outbox: Outbox) -> list[int]:
    found = []
    while (text := outbox.next_unsent()) is not None:
        found.append(json.loads(text)["body"])
    return found


def box(messages: int = 100, characters: int = 100_000) -> Outbox:
    return Outbox(messages, characters)


def test_messages_are_numbered_and_sent_once() -> None:
    outbox = box()
    assert [outbox.add(parcel(number)) for number in range(3)] == [1, 2, 3]
    assert bodies(outbox) == [0, 1, 2]
    assert bodies(outbox) == []
    assert len(outbox) == 3


def test_a_resumption_sends_again_what_did_not_arrive() -> None:
    outbox = box()
    for number in range(5):
        outbox.add(parcel(number))
    bodies(outbox)
    assert outbox.resume(2)
    assert bodies(outbox) == [2, 3, 4]


def test_a_newer_state_takes_an_older_ones_place_sent_or_not() -> None:
    outbox = box()
    outbox.add(parcel(0, "lamp"))
    outbox.add(parcel(1))
    outbox.add(parcel(2, "lamp"))
    assert bodies(outbox) == [1, 2]
    outbox.add(parcel(3, "lamp"))
    assert outbox.resume(0)
    assert bodies(outbox) == [1, 3]
    assert outbox.superseded == 2


def test_what_was_acknowledged_is_forgotten_and_cannot_be_asked_for_again() -> None:
    outbox = box()
    for number in range(4):
        outbox.add(parcel(number))
    bodies(outbox)
    assert outbox.acknowledge(3)
    assert (len(outbox), outbox.size > 0) == (1, True)
    assert not outbox.resume(2)
    assert outbox.resume(3)
    assert bodies(outbox) == [3]
    assert outbox.acknowledge(4)
    assert outbox.size == 0


@pytest.mark.parametrize("seq", [2, 1000])
def test_nobody_can_have_what_was_never_sent(seq: int) -> None:
    outbox = box()
    outbox.add(parcel(1))
    bodies(outbox)
    outbox.add(parcel(2))
    assert not outbox.acknowledge(seq)
    assert not outbox.resume(seq)


def test_over_the_bound_what_was_sent_goes_first() -> None:
    outbox = box(messages=3)
    for number in range(3):
        outbox.add(parcel(number))
    bodies(outbox)
    assert outbox.add(parcel(3)) == 4
    assert bodies(outbox) == [3]
    assert not outbox.resume(0)
    assert outbox.resume(1)


@pytest.mark.parametrize("outbox", [box(messages=3), box(characters=100)])
def test_over_the_bound_unsent_messages_go_all_together(outbox: Outbox) -> None:
    numbers = [outbox.add(parcel(number)) for number in range(4)]
    assert numbers[-1] is None
    assert (bodies(outbox), outbox.overflows, len(outbox), outbox.size) == ([], 1, 0, 0)
    assert not outbox.resume(1)
    assert outbox.add(parcel(9)) == 5
    assert (outbox.floor, bodies(outbox)) == (4, [9])


@dataclass
class Ends:
    """A sender, a network that loses what it likes, and a receiver that resumes: chance decides what happens next."""

    chance: random.Random
    outbox: Outbox = field(default_factory=lambda: box(messages=1000))
    in_flight: list[str] = field(default_factory=list)
    arrived: list[tuple[int, int, str]] = field(default_factory=list)  # (seq, number, key)
    sent: list[tuple[int, str]] = field(default_factory=list)
    highest: int = 0
    forgets: bool = False  # the harness's own fault: a receiver that names a number it does not have

    def step(self) -> None:
        self.chance.choice([self.send, self.send, self.write, self.write, self.deliver, self.acknowledge, self.lose])()

    def send(self) -> None:
        key = self.chance.choice(["", "", "a", "b"])
        number = len(self.sent)
        self.sent.append((number, key))
        assert self.outbox.add(Parcel("told", json.dumps([number, key]), key)) is not None

    def write(self) -> None:
        if (text := self.outbox.next_unsent()) is not None:
            self.in_flight.append(text)

    def deliver(self) -> None:
        if self.in_flight:
            found = json.loads(self.in_flight.pop(0))
            number, key = found["body"]
            assert found["seq"] > self.highest, "doubled or out of order"
            self.highest = found["seq"]
            self.arrived.append((found["seq"], number, key))

    def acknowledge(self) -> None:
        assert self.outbox.acknowledge(self.chance.randint(0, self.highest))

    def lose(self) -> None:
        """The connection breaks with what was on its way; the next one goes on after what arrived."""
        self.in_flight.clear()
        named = self.highest + 1 if self.forgets and self.highest < self.outbox.last else self.highest
        self.outbox.resume(named)

    def finish(self) -> None:
        self.lose()
        while (text := self.outbox.next_unsent()) is not None:
            self.in_flight.append(text)
        while self.in_flight:
            self.deliver()

    def flaws(self) -> list[str]:
        numbers = [number for _, number, _ in self.arrived]
        kept = [number for number, key in self.sent if not key]
        found = []
        if [number for _, number, key in self.arrived if not key] != kept:
            found.append("a message was lost, doubled or out of order")
        if numbers != sorted(set(numbers)):
            found.append("the order changed")
        for key in ("a", "b"):
            newest = [number for number, other in self.sent if other == key][-1:]
            if [number for _, number, other in self.arrived if other == key][-1:] != newest:
                found.append(f"the newest state of {key} did not arrive")
        return found


@pytest.mark.parametrize("seed", range(300))
def test_any_interleaving_of_sends_losses_and_resumptions_delivers_each_once_in_order(seed: int) -> None:
    ends = Ends(random.Random(seed))
    for _ in range(200):
        ends.step()
    ends.finish()
    assert ends.flaws() == []
    assert ends.outbox.acknowledge(ends.highest)
    assert (len(ends.outbox), ends.outbox.size) == (0, 0)


def test_a_receiver_that_names_the_wrong_number_is_seen_to_lose() -> None:
    """The harness can see what it is to prevent."""
    seen = 0
    for seed in range(20):
        ends = Ends(random.Random(seed), forgets=True)
        for _ in range(200):
            ends.step()
        ends.finish()
        seen += bool(ends.flaws())
    assert seen > 10
