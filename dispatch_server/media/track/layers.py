"""Which layer of a camera one viewer gets, and the change from one to the other at a key frame."""

from collections.abc import Callable, Sequence

from dispatch_server.media.sink import MediaPacket
from dispatch_server.media.track.down_track import DownTrack
from dispatch_server.media.track.up_track import UpTrack


class Feed:
    """Binds one up track to a viewer's down track: the sink that stands in the up track's list."""

    __slots__ = ("_activated", "down", "take", "up")

    def __init__(self, up: UpTrack, down: DownTrack, activated: Callable[["Feed"], None]) -> None:
        self.up = up
        self.down = down
        self.take: Callable[[Sequence[MediaPacket], float], None] = self._wait
        self._activated = activated

    def begin(self) -> None:
        """From now on packets go straight to the down track."""
        self.take = self.down.forward
        self._activated(self)

    def end(self) -> None:
        """The up track may be walking through its sinks just now: what it still brings is not sent."""
        self.take = _ignore

    def _wait(self, packets: Sequence[MediaPacket], now: float) -> None:
        for index, packet in enumerate(packets):
            if packet.is_key:
                self.down.begin(self.up, packet, now)
                self.begin()
                self.down.forward(packets[index:], now)
                return


def _ignore(packets: Sequence[MediaPacket], now: float) -> None:
    return


class Subscription:
    """
    One down track's choice among up tracks. The old source goes on until the new one has a key frame, so that the
    picture never stands still for a change of layer.
    """

    def __init__(self, down: DownTrack) -> None:
        self.down = down
        self.current: Feed | None = None
        self.coming: Feed | None = None

    @property
    def source(self) -> UpTrack | None:
        """What the viewer gets, or is about to get."""
        feed = self.coming or self.current
        return feed.up if feed is not None else None

    def follow(self, up: UpTrack, now: float) -> None:
        """Take this up track as soon as it has a key frame."""
        if self.source is up:
            return
        if self.coming is not None:
            self._let_go(self.coming)
            self.coming = None
        if self.current is not None and self.current.up is up:
            return
        feed = Feed(up, self.down, self._activated)
        self.coming = feed
        first_picture = self.current is None and up.newest_pictures
        if first_picture and self.down.ready:
            self.down.begin_with_past(up, list(up.newest_pictures), now)
            feed.begin()
        else:
            up.keyframes.ask()
        up.sinks.append(feed)

    def leave(self) -> None:
        """Stop taking from anybody."""
        for feed in (self.coming, self.current):
            if feed is not None:
                self._let_go(feed)
        self.coming = self.current = None

    def source_ended(self, up: UpTrack) -> None:
        if self.coming is not None and self.coming.up is up:
            self.coming = None
        if self.current is not None and self.current.up is up:
            self.current = None

    def _activated(self, feed: Feed) -> None:
        if self.current is not None and self.current is not feed:
            self._let_go(self.current)
        self.current, self.coming = feed, None

    @staticmethod
    def _let_go(feed: Feed) -> None:
        feed.end()
        if feed in feed.up.sinks:
            # A new list: the up track may be walking through the old one just now.
            feed.up.sinks = [sink for sink in feed.up.sinks if sink is not feed]
