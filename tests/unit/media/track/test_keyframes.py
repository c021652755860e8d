"""Many wishes, few requests: the throttle towards one source."""

import itertools

from dispatch_server.media.track.keyframes import KeyFrameRequests


def sent_between(requests: KeyFrameRequests, start: float, end: float, step: float = 0.01) -> list[float]:
    times = []
    for index in range(int((end - start) / step)):
        now = start + index * step
        if requests.due(now):
            times.append(round(now, 3))
    return times


def test_nobody_asks_nothing_is_sent() -> None:
    requests = KeyFrameRequests()
    assert requests.deadline() is None
    assert sent_between(requests, 0.0, 3.0) == []


def test_the_first_wish_is_passed_on_at_once() -> None:
    requests = KeyFrameRequests()
    requests.ask()
    assert requests.due(7.0)
    assert not requests.due(7.0)


def test_a_thousand_wishes_a_second_are_one_request() -> None:
    requests = KeyFrameRequests()
    sent = []
    for millisecond in range(1000):
        requests.ask()
        if requests.due(millisecond / 1000):
            sent.append(millisecond)
    assert sent == [0]
    assert (requests.asked, requests.sent) == (1000, 1)


def test_asks_again_after_a_second_without_a_key_frame() -> None:
    requests = KeyFrameRequests()
    requests.ask()
    assert sent_between(requests, 0.0, 3.5) == [0.0, 1.0, 2.0, 3.0]


def test_a_key_frame_serves_all() -> None:
    requests = KeyFrameRequests()
    requests.ask()
    assert requests.due(0.0)
    requests.on_key_frame(0.2)
    assert sent_between(requests, 0.2, 3.0) == []


def test_a_wish_after_a_key_frame_waits_for_half_a_second() -> None:
    requests = KeyFrameRequests()
    requests.ask()
    assert requests.due(0.0)
    requests.on_key_frame(0.1)
    requests.ask()
    assert requests.deadline() == 0.5
    assert sent_between(requests, 0.1, 1.2) == [0.5]


def test_at_most_five_in_ten_seconds() -> None:
    requests = KeyFrameRequests()
    sent = []
    for hundredth in range(3000):
        requests.ask()
        if requests.due(hundredth / 100):
            sent.append(hundredth / 100)
            requests.on_key_frame(hundredth / 100)
    assert all(later - earlier >= 10.0 for earlier, later in zip(sent, sent[5:], strict=False))
    assert all(later - earlier >= 0.5 for earlier, later in itertools.pairwise(sent))
    assert len(sent) == 15
