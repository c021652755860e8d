"""Attacks by somebody inside: edited and replayed packets (W6), a spoofed path (W7), a flood of SSRCs (W9)."""

import time
from collections.abc import Callable, Sequence
from random import Random

import pytest

from dispatch_server.media.link.outbox import Address, Outbox
from dispatch_server.media.link.srtp import Srtp
from dispatch_server.media.peer import Peer
from dispatch_server.media.receiving import Receivers
from dispatch_server.media.sink import Frame
from tests.sim.pair import collecting_outbox
from tests.sim.stage import Session, Stage

STRANGER: Address = ("203.0.113.9", 6666)
SSRCS, WITHOUT_GUARD = 100_000, 12_000
KEYS_SERVE = 500  # libsrtp also keeps the SSRCs that it sends in a list: new keys' state after so many
BATCH = 20


class Clear:
    """Both ends of a link whose packets are neither encrypted nor checked."""

    failed = 0

    def unprotect(self, datagram: bytes) -> bytes:
        return datagram

    def unprotect_all(self, datagrams: Sequence[bytes]) -> list[bytes]:
        return list(datagrams)

    unprotect_rtcp = unprotect

    def protect_packets(self, packets: list[tuple[bytes, bytes]], destination: Address, outbox: Outbox) -> int:
        for header, payload in packets:
            outbox.put(header + payload, destination)
        return sum(len(header) + len(payload) for header, payload in packets)

    def protect_rtcp(self, packet: bytes, destination: Address, outbox: Outbox) -> None:
        outbox.put(packet, destination)


def on_stage(*, checked: bool = True) -> tuple[Stage, Session, Session, list[bytes]]:
    """A publisher and a viewer, connected, and all media that the publisher has sent since."""
    stage, sent = Stage(), list[bytes]()
    publisher = stage.publish(with_sound=False)
    send = publisher.up.send

    def tapped(datagram: bytes, now: float) -> None:
        if 128 <= datagram[0] <= 191 and not 192 <= datagram[1] <= 223:
            sent.append(datagram)
        send(datagram, now)

    publisher.up.send = tapped  # type: ignore[method-assign]
    assert stage.run(5, lambda: publisher.connected)
    if not checked:
        publisher.client.peer.link.srtp = publisher.server.peer.link.srtp = Clear()  # type: ignore[assignment]
        sent.clear()
    viewer = stage.watch()
    assert viewer.screen is not None
    assert stage.run(10, lambda: bool(viewer.screen.pictures))
    return stage, publisher, viewer, sent


def is_whole(frame: Frame) -> bool:
    """As the camera made it: nothing but its own filling before the mark."""
    return frame.data[-105:-5] == b"\x55" * 100


def edited_pictures(checked: bool) -> list[bool]:
    """A changed copy of each packet overtakes the packet itself."""
    stage, publisher, viewer, _ = on_stage(checked=checked)
    send = publisher.up.send

    def overtaken(datagram: bytes, now: float) -> None:
        if 128 <= datagram[0] <= 191 and len(datagram) > 300:
            edited = bytearray(datagram)
            edited[-50] ^= 1
            publisher.up.deliver(bytes(edited), now + 0.005)
        send(datagram, now)

    publisher.up.send = overtaken  # type: ignore[method-assign]
    assert viewer.screen is not None
    stage.run(1)
    viewer.screen.frames.clear()
    stage.run(2)
    return [is_whole(frame) for frame in viewer.screen.pictures]


def test_edited_packets_reach_nobody() -> None:
    whole = edited_pictures(checked=True)
    assert len(whole) > 40 and all(whole)


def test_edited_packets_are_seen_where_nothing_is_checked() -> None:
    whole = edited_pictures(checked=False)
    assert whole and not all(whole)


def after_replay(checked: bool) -> tuple[list[int], int]:
    """Old packets come again and again: the viewer's pictures, and how often the source began anew."""
    stage, publisher, viewer, sent = on_stage(checked=checked)
    assert viewer.screen is not None
    assert stage.run(60, lambda: len(sent) > 1700)  # further back than a late packet can lie
    viewer.screen.frames.clear()
    for _ in range(20):
        for number, datagram in enumerate(sent[:40]):
            publisher.up.deliver(datagram, stage.now + 0.001 * number)
        stage.run(0.1)
    return viewer.screen.numbers(), publisher.server.peer.up_tracks[0].gaps.resets


def test_replayed_packets_reach_nobody() -> None:
    numbers, resets = after_replay(checked=True)
    assert len(numbers) > 40 and numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert resets == 0


def test_replayed_packets_are_seen_where_nothing_is_checked() -> None:
    _, resets = after_replay(checked=False)
    assert resets >= 20


def follow_the_newest(peer: Peer) -> None:
    """The mistake that others made: media goes back to where media came from."""
    guarded = peer._feed_media

    def feed(datagrams: list[bytes], source: Address, now: float) -> None:
        peer.link.destination = source
        guarded(datagrams, source, now)

    peer._feed_media = feed  # type: ignore[method-assign]


def paths_after_spoofing(spoil: Callable[[Peer], None]) -> set[Address | None]:
    """Where the server sends while copies of a publisher's own packets come from elsewhere."""
    stage, publisher, _, sent = on_stage()
    peer = publisher.server.peer
    spoil(peer)
    paths = set()
    for _ in range(20):
        for datagram in (*sent[-5:], b"\x15\xfe\xfd" + bytes(30), b"\x80\xc9" + bytes(30)):
            peer.feed([datagram], STRANGER, stage.now)
            paths.add(peer.link.destination)
        stage.run(0.05)
    return paths - {publisher.address}


def test_what_comes_from_elsewhere_never_moves_the_path() -> None:
    assert paths_after_spoofing(lambda peer: None) == set()


def test_a_path_that_follows_media_is_seen() -> None:
    assert paths_after_spoofing(follow_the_newest) == {STRANGER}


def of_many_ssrcs(count: int, keys: tuple[int, bytes, bytes], chance: Random) -> list[bytes]:
    """Good packets, each under an SSRC of its own, with the keys that a publisher has."""
    packets: list[bytes] = []
    while len(packets) < count:
        srtp = Srtp(*keys)
        outbox, letters = collecting_outbox()
        for _ in range(min(KEYS_SERVE, count - len(packets))):
            header = b"\x80\x60\0\x01\0\0\0\x02" + chance.randbytes(4)
            srtp.protect_packets([(header, bytes(40))], STRANGER, outbox)
        outbox.spill()
        packets += [datagram for datagram, _ in letters]
    return packets


def cost_of_many_ssrcs(count: int, monkeypatch: pytest.MonkeyPatch) -> tuple[float, dict[str, int]]:
    """How much dearer the last tenth was than the first, and what was dropped."""
    keys: dict[Srtp, tuple[int, bytes, bytes]] = {}
    init = Srtp.__init__

    def noted(srtp: Srtp, profile: int, receive_key: bytes, send_key: bytes) -> None:
        keys[srtp] = profile, receive_key, send_key
        init(srtp, profile, receive_key, send_key)

    with monkeypatch.context() as noting:
        noting.setattr(Srtp, "__init__", noted)
        _, publisher, _, _ = on_stage()
    peer, mine, now = publisher.server.peer, publisher.client.peer.link.srtp, 5000.0
    assert mine is not None
    packets = of_many_ssrcs(count, keys[mine], Random(9))
    tenth, spent = count // 10, []
    for begin in range(0, count, tenth):
        begun = time.thread_time()
        for at in range(begin, begin + tenth, BATCH):
            now += BATCH / 2000  # below the packet rate that a publisher may have
            peer.feed(packets[at : at + BATCH], publisher.address, now)
        spent.append(time.thread_time() - begun)
    return min(spent[-3:]) / max(spent[0], 1e-6), peer.drops


def test_a_hundred_thousand_ssrcs_cost_the_last_no_more_than_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    dearer, drops = cost_of_many_ssrcs(SSRCS, monkeypatch)
    assert drops["unknown SSRC"] == SSRCS
    assert dearer < 2


def test_ssrcs_that_go_to_decryption_cost_more_and_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """W9 without the look-up before libsrtp, which keeps a list."""
    monkeypatch.setattr(Receivers, "could_be", lambda self, packet, ssrc: True)
    dearer, drops = cost_of_many_ssrcs(WITHOUT_GUARD, monkeypatch)
    assert drops["malformed RTP"] == WITHOUT_GUARD  # decrypted, and then nobody's
    assert dearer > 3
