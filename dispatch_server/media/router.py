"""Who gets which stream: layers of a publisher on one side, viewers and frame sinks on the other."""

from collections.abc import Callable
from dataclasses import dataclass, field

from dispatch_server.media.abilities import Kind, Layer
from dispatch_server.media.sink import FrameSink
from dispatch_server.media.track.down_track import DownTrack
from dispatch_server.media.track.layers import Subscription
from dispatch_server.media.track.up_track import UpTrack


@dataclass(slots=True)
class Viewer:
    """One watching session: its picture, its sound, and the layer it wants (None: as the link allows)."""

    picture: Subscription | None
    sound: Subscription | None
    wanted: Layer | None
    allowed: Layer = Layer.MAIN
    ready: bool = False

    @property
    def layer(self) -> Layer:
        return self.wanted or self.allowed


@dataclass(slots=True)
class Tap:
    """A frame sink and the layers it takes."""

    sink: FrameSink
    layers: frozenset[Layer]
    taken: dict[Layer, UpTrack] = field(default_factory=dict)


@dataclass(slots=True)
class Route:
    """One stream while it has a publisher, a viewer or a tap."""

    tracks: dict[Layer, UpTrack] = field(default_factory=dict)
    viewers: dict[str, Viewer] = field(default_factory=dict)
    taps: list[Tap] = field(default_factory=list)

    @property
    def idle(self) -> bool:
        return not (self.tracks or self.viewers or self.taps)


class Router:
    """Streams by id. A route outlives its publisher, so that viewers and recorders go on when it comes back."""

    def __init__(self) -> None:
        self.routes: dict[str, Route] = {}

    def track_arrived(self, stream: str, track: UpTrack, now: float) -> None:
        """A publisher's track begins: viewers and taps that wait for its layer take it."""
        route = self.routes.setdefault(stream, Route())
        replaced = route.tracks.get(track.layer)
        if replaced is not None and replaced is not track:
            self._detach(route, replaced)
        route.tracks[track.layer] = track
        for tap in route.taps:
            self._bind_tap(tap, track)
        for viewer in route.viewers.values():
            self._follow(route, viewer, now)

    def track_left(self, stream: str, track: UpTrack) -> None:
        route = self.routes.get(stream)
        if route is None or route.tracks.get(track.layer) is not track:
            return
        del route.tracks[track.layer]
        self._detach(route, track)
        self._forget_idle(stream, route)

    def layers(self, stream: str) -> frozenset[Layer]:
        """The layers that are on air."""
        route = self.routes.get(stream)
        return frozenset(route.tracks) if route is not None else frozenset()

    def track(self, stream: str, layer: Layer) -> UpTrack | None:
        route = self.routes.get(stream)
        return route.tracks.get(layer) if route is not None else None

    def watch(self, stream: str, viewer: str, tracks: list[DownTrack], wanted: Layer | None) -> None:
        """Enter a viewer; nothing is sent before `viewer_ready`."""
        of_kind = {track.plan.kind: Subscription(track) for track in tracks}
        route = self.routes.setdefault(stream, Route())
        route.viewers[viewer] = Viewer(of_kind.get(Kind.VIDEO), of_kind.get(Kind.AUDIO), wanted)

    def viewer_ready(self, stream: str, viewer: str, now: float) -> None:
        """The viewer's link is up: begin with the newest key frame."""
        route = self.routes.get(stream)
        if route is not None and viewer in route.viewers:
            route.viewers[viewer].ready = True
            self._follow(route, route.viewers[viewer], now)

    def choose_layer(self, stream: str, viewer: str, wanted: Layer | None, now: float) -> None:
        route = self.routes.get(stream)
        if route is not None and viewer in route.viewers:
            route.viewers[viewer].wanted = wanted
            self._follow(route, route.viewers[viewer], now)

    def allow_layer(self, stream: str, viewer: str, allowed: Layer, now: float) -> None:
        """What the viewer's link carries, as estimated; counts only where the viewer left the choice to us."""
        route = self.routes.get(stream)
        entry = route.viewers.get(viewer) if route is not None else None
        if route is not None and entry is not None and entry.allowed is not allowed:
            entry.allowed = allowed
            self._follow(route, entry, now)

    def picture_wanted(self, stream: str, viewer: str) -> None:
        """A viewer's PLI: pass it to what it watches; the throttle is the up track's."""
        route = self.routes.get(stream)
        entry = route.viewers.get(viewer) if route is not None else None
        if entry is not None and entry.picture is not None and entry.picture.source is not None:
            entry.picture.source.keyframes.ask()

    def leave(self, stream: str, viewer: str) -> None:
        route = self.routes.get(stream)
        if route is None or viewer not in route.viewers:
            return
        entry = route.viewers.pop(viewer)
        for subscription in (entry.picture, entry.sound):
            if subscription is not None:
                subscription.leave()
        self._forget_idle(stream, route)

    def tap(self, stream: str, sink: FrameSink, layers: frozenset[Layer]) -> Callable[[], None]:
        """Give whole frames of these layers to `sink`, now and whenever the publisher comes back; returns the end."""
        route = self.routes.setdefault(stream, Route())
        tap = Tap(sink, layers)
        route.taps.append(tap)
        for track in route.tracks.values():
            self._bind_tap(tap, track)

        def release() -> None:
            if tap in route.taps:
                route.taps.remove(tap)
                for track in tap.taken.values():
                    track.remove_frame_sink(sink)
                self._forget_idle(stream, route)

        return release

    @staticmethod
    def _bind_tap(tap: Tap, track: UpTrack) -> None:
        if track.layer in tap.layers:
            tap.taken[track.layer] = track
            track.add_frame_sink(tap.sink)

    @staticmethod
    def _follow(route: Route, viewer: Viewer, now: float) -> None:
        if not viewer.ready:
            return
        if viewer.picture is not None:
            other = Layer.SUB if viewer.layer is Layer.MAIN else Layer.MAIN
            track = route.tracks.get(viewer.layer) or route.tracks.get(other)
            if track is not None:
                viewer.picture.follow(track, now)
        sound = route.tracks.get(Layer.SOUND)
        if viewer.sound is not None and sound is not None:
            viewer.sound.follow(sound, now)

    def _detach(self, route: Route, track: UpTrack) -> None:
        for viewer in route.viewers.values():
            for subscription in (viewer.picture, viewer.sound):
                if subscription is not None:
                    subscription.source_ended(track)
        for tap in route.taps:
            if tap.taken.get(track.layer) is track:
                del tap.taken[track.layer]
                track.remove_frame_sink(tap.sink)
        track.sinks = []

    def _forget_idle(self, stream: str, route: Route) -> None:
        if route.idle and self.routes.get(stream) is route:
            del self.routes[stream]
