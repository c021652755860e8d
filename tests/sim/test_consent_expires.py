"""A link whose other end falls silent stops sending at once, waits ten minutes, and goes on when it comes back."""

from dispatch_server.media.link.states import (
    Failure,
    LinkConnected,
    LinkFailed,
    LinkLimits,
    LinkResumed,
    LinkState,
    LinkSuspended,
)
from tests.sim.pair import CLIENT, SERVER, Pair, make_pair


def connected_pair(**arguments: LinkLimits) -> Pair:
    pair = make_pair(**arguments)  # type: ignore[arg-type]
    pair.up.delay_s = pair.down.delay_s = 0.05
    assert pair.connect()
    pair.run(1.0)
    return pair


def cut(pair: Pair, is_cut: bool = True) -> None:
    pair.up.cut = pair.down.cut = is_cut


def test_consent_is_renewed_for_an_hour() -> None:
    pair = connected_pair()
    pair.run(3600.0)
    assert pair.connected() and pair.client.told == [LinkConnected(SERVER)]
    assert pair.up.sent < 1100  # one request in 5 s, and no more


def test_twenty_nine_seconds_without_a_word_are_nothing() -> None:
    pair = connected_pair()
    cut(pair)
    pair.run(24.0)
    cut(pair, False)
    pair.run(10.0)
    assert pair.connected() and len(pair.client.told) == len(pair.server.told) == 1


def test_after_thirty_seconds_nothing_is_sent_and_nothing_taken() -> None:
    pair = connected_pair()
    cut(pair)
    pair.run(31.0)
    server = pair.server.link
    assert server.state is LinkState.SUSPENDED and pair.server.told[1:] == [LinkSuspended()]
    assert server.destination is None and CLIENT not in server.valid
    assert server.srtp is not None  # the keys are kept
    before = pair.down.sent
    server.feed(b"\x16\xfe\xfd" + bytes(30), CLIENT, pair.now)
    pair.run(300.0)
    assert pair.down.sent == before
    assert server.drops == {"dtls_unchecked": 1}


def test_it_goes_on_when_the_other_end_comes_back_within_ten_minutes() -> None:
    pair = connected_pair()
    keys = pair.server.link.srtp
    for outage_s in (31.0, 60.0, 590.0):
        cut(pair)
        pair.run(outage_s)
        assert pair.server.link.state is LinkState.SUSPENDED
        cut(pair, False)
        assert pair.run(3.0, pair.connected)  # row 8: media back within 3 s
        pair.run(1.0)
    assert pair.server.told[1:] == [LinkSuspended(), LinkResumed(CLIENT)] * 3
    assert pair.client.told[1:] == [LinkSuspended(), LinkResumed(SERVER)] * 3
    assert pair.server.link.srtp is keys


def test_after_ten_minutes_it_is_lost_for_good() -> None:
    pair = connected_pair()
    cut(pair)
    pair.run(640.0)
    assert pair.server.told[1:] == [LinkSuspended(), LinkFailed(Failure.CONSENT)]
    assert pair.client.told[1:] == [LinkSuspended(), LinkFailed(Failure.CONSENT)]
    cut(pair, False)
    pair.run(60.0)
    assert pair.server.link.state is LinkState.FAILED and pair.server.link.srtp is None


def test_a_link_that_only_carries_upwards_suspends_the_client() -> None:
    """N8: the server still hears requests, but the client hears no answer and must not go on sending."""
    pair = connected_pair()
    pair.down.cut = True
    pair.run(31.0)
    assert pair.client.link.state is LinkState.SUSPENDED and pair.client.link.destination is None
    assert pair.server.link.state is LinkState.CONNECTED


def test_consent_survives_thirty_percent_loss_for_an_hour() -> None:
    for seed in range(3):
        pair = make_pair(seed=seed)
        pair.up.delay_s = pair.down.delay_s = 0.05
        pair.connect()
        pair.up.loss = pair.down.loss = 0.3
        pair.run(3600.0)
        assert pair.connected() and len(pair.client.told) == len(pair.server.told) == 1


def test_the_harness_can_fail() -> None:
    """With consent checks as rare as consent is short, the link must fall."""
    pair = connected_pair(limits=LinkLimits(consent_interval_s=60.0))
    pair.run(40.0)
    assert LinkSuspended() in pair.server.told
