"""Who went on air and what was recorded is told, once, without anybody waiting for it."""

from dispatch_server.archive.model import RecordingBegun, RecordingClosed
from dispatch_server.live.model import StreamResumed
from dispatch_server.wiring.acts import BusOnRecord
from tests.ledgers import FakeLedger, recorder_over
from tests.unit.live.fakes import FakeBus
from tests.unit.live.room import Room, county


def on_record(room: Room) -> BusOnRecord:
    """The room's bus, as wiring hands it in."""

    def holder_of(stream_id: str) -> str:
        stream = room.live.streams.find(stream_id)
        return stream.holder if stream is not None else ""

    bus = BusOnRecord(room.bus, recorder_over(room.world, room.ledger), county(), holder_of)  # type: ignore[arg-type]
    room.live.bus = bus
    return bus


def told(ledger: FakeLedger) -> list[tuple[str, str, str]]:
    return [(act.actor, act.action, act.department) for act in ledger.journalled]


def test_a_stream_is_told_when_it_begins_and_when_it_ends() -> None:
    room = Room()
    on_record(room)
    room.ledger.is_away = True  # nothing waits for it
    opened = room.go_live("T0101")
    assert told(room.ledger) == [("terminal:T0101", "stream.begin", "01")]
    begun = room.ledger.journalled[0]
    assert begun.detail == {"source": "T0101", "by": "desk"}
    room.live.holder_left("desk", "signed out")
    assert told(room.ledger)[1:] == [("terminal:T0101", "stream.end", "01")]
    assert room.ledger.journalled[1].detail["reason"] == "signed out"
    assert begun.subject == room.ledger.journalled[1].subject == f"stream:{opened.stream_id}"


def test_a_recording_is_told_and_what_is_no_act_is_not() -> None:
    room = Room()
    bus = on_record(room)
    common = {"identity": "e", "utc_us": 1, "stream_id": "s", "source": "T0101"}
    bus.publish(RecordingBegun(**common, recording_id="r"))  # type: ignore[arg-type]
    bus.publish(StreamResumed(**common, lost_utc_us=1))  # type: ignore[arg-type]
    bus.publish(RecordingClosed(**common, recording_id="r", reason="ended"))  # type: ignore[arg-type]
    assert told(room.ledger) == [("system", "recording.begin", "01"), ("system", "recording.end", "01")]
    assert isinstance(room.bus, FakeBus) and len(room.bus.names()) == 3


def test_a_guest_is_told_without_a_department() -> None:
    room = Room()
    bus = on_record(room)
    room.go_live("guest-1")
    assert told(room.ledger) == [("system", "stream.begin", "")]
    assert bus.roster.department_of("guest-1") == ""
