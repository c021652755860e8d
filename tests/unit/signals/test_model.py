"""Parcels are what the envelope's model reads; the life of a line has no other moves."""

import pytest

from dispatch_server.kit.states import IllegalTransition
from dispatch_server.protocol.signals import Outbound, StreamChanged
from dispatch_server.signals.desk import MessageTooLarge, pack
from dispatch_server.signals.model import LIFE, Happening, Parcel, State

CHANGED = StreamChanged(stream_id="s", source="T0101", department="01", state="ended", utc_us=5, reason='说"停"')


def test_a_parcel_is_written_once_and_read_by_the_envelope() -> None:
    parcel = pack(CHANGED, reply_to="m-1")
    outbound = Outbound.model_validate_json(parcel.text(7))
    assert (outbound.type, outbound.seq, outbound.reply_to) == ("stream_changed", 7, "m-1")
    assert StreamChanged.model_validate(outbound.body) == CHANGED


def test_without_a_number_there_is_none() -> None:
    assert Parcel("pong", "{}").text() == '{"type":"pong","body":{}}'


def test_a_message_too_large_for_a_socket_is_our_own_mistake() -> None:
    with pytest.raises(MessageTooLarge):
        pack(CHANGED, most=10)


def test_a_line_that_ended_does_not_come_back() -> None:
    assert LIFE.after(State.OPEN, Happening.LOSE) is State.AWAY
    assert LIFE.after(State.AWAY, Happening.RESUME) is State.OPEN
    with pytest.raises(IllegalTransition):
        LIFE.after(State.ENDED, Happening.RESUME)
