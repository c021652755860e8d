"""Figures: what was counted and what is read when asked, in Prometheus' text form."""

import pytest

from dispatch_server.runtime.counters import Counters, Reading


@pytest.fixture
def counters() -> Counters:
    return Counters()


def test_drops_are_counted_by_place_and_reason(counters: Counters) -> None:
    counters.dropped("bus", "slow", 3)
    counters.dropped("bus", "slow")
    assert counters.dropped_so_far("bus", "slow") == 4
    assert counters.dropped_so_far("bus", "never") == 0
    assert 'dispatch_dropped_total{reason="slow",where="bus"} 4.0' in text_of(counters)


def test_readings_are_taken_at_the_time_of_asking(counters: Counters) -> None:
    value = {"sent": 1}
    counters.collect_from(
        lambda: [
            Reading("media_packets", value["sent"], "Packets.", {"way": "out"}),
            Reading("media_packets", 7, "Packets.", {"way": "in"}),
            Reading("media_sessions", 2, kind="gauge"),
        ]
    )
    value["sent"] = 5
    shown = text_of(counters)
    assert 'dispatch_media_packets_total{way="out"} 5.0' in shown
    assert 'dispatch_media_packets_total{way="in"} 7.0' in shown
    assert "dispatch_media_sessions 2.0" in shown


def test_two_registries_do_not_meet(counters: Counters) -> None:
    Counters().dropped("bus", "slow")
    assert counters.dropped_so_far("bus", "slow") == 0


def test_the_rest_is_there(counters: Counters) -> None:
    counters.request_answered("GET", 204, 0.01)
    counters.loop_was_late(0.3)
    counters.surprised("http")
    counters.gauge("things", "Things.", lambda: 3)
    shown = text_of(counters)
    for line in (
        'dispatch_http_request_seconds_count{method="GET",status="2xx"} 1.0',
        'dispatch_loop_lag_seconds_bucket{le="0.25"} 0.0',
        'dispatch_surprises_total{where="http"} 1.0',
        "dispatch_things 3.0",
    ):
        assert line in shown


def text_of(counters: Counters) -> str:
    return counters.exposition().decode()
