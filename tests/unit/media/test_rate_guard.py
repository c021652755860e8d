"""A remote end that sends too much is refused before decryption, and told on when it goes on."""

from dispatch_server.media.rate_guard import PeerLimits, RateGuard

LIMITS = PeerLimits(publisher_kbps=8, packets_per_s=10, rtcp_per_s=2, over_s=3)


def test_within_limits_all_is_taken() -> None:
    guard = RateGuard(LIMITS)
    assert [guard.refuse_media([bytes(100)], number * 0.1) for number in range(100)] == [None] * 100
    assert guard.over_for_too_long is None


def test_too_many_bytes_and_too_many_packets() -> None:
    guard = RateGuard(LIMITS)
    assert guard.refuse_media([bytes(900)], 1.0) is None
    assert guard.refuse_media([bytes(200)], 1.1) == "bit rate over the limit"
    assert guard.refuse_media([bytes(900)], 2.2) is None
    assert guard.refuse_media([b""] * 10, 2.3) == "packet rate over the limit"


def test_reports_have_a_limit_of_their_own() -> None:
    guard = RateGuard(LIMITS)
    assert [guard.refuse_report(5.0) for _ in range(3)] == [None, None, "RTCP rate over the limit"]
    assert guard.refuse_report(6.1) is None


def test_the_owner_is_told_after_a_while_not_after_a_burst() -> None:
    guard = RateGuard(LIMITS)
    told = []
    for tenth in range(60):
        guard.refuse_media([bytes(900)], tenth / 10)
        if guard.over_for_too_long is not None:
            told.append(tenth)
            guard.over_for_too_long = None
    assert len(told) == 1 and told[0] > 30
    burst = RateGuard(LIMITS)
    for tenth in range(200):
        burst.refuse_media([bytes(900 if tenth < 20 else 10)], tenth / 10)
    assert burst.over_for_too_long is None
