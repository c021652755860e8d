"""The newest still of each stream and what is wrong with it; the first good one is kept with the recording."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from dispatch_server.archive import folders
from dispatch_server.archive.disk import LocalDisk
from dispatch_server.archive.model import PictureMarksChanged
from dispatch_server.archive.picture_wire import Seen
from dispatch_server.archive.ports import FramePort
from dispatch_server.archive.sampler import LAYERS, PictureDesk
from dispatch_server.archive.service import ArchiveService
from dispatch_server.kit.errors import DispatchError
from dispatch_server.kit.scope import Scope
from dispatch_server.runtime.threads import Kind, Threads

AGREEING = 2  # a mark comes or goes when so many pictures in a row say so
SHOWS_NOTHING = frozenset({"black", "covered"})


@dataclass(slots=True)
class Still:
    """Of one stream."""

    source: str
    department: str
    release: Callable[[], None]
    jpeg: bytes = b""
    utc_us: int = 0
    marks: tuple[str, ...] = ()  # as told
    candidate: tuple[str, ...] = ()
    agreeing: int = 0

    def judge(self, marks: tuple[str, ...]) -> bool:
        """Whether the marks are others now."""
        self.agreeing = self.agreeing + 1 if marks == self.candidate else 1
        self.candidate = marks
        if self.agreeing < AGREEING or marks == self.marks:
            return False
        self.marks = marks
        return True


@dataclass(slots=True)
class Pictures:
    """Fed by the desk, whose `run` goes on beside; asked by the wall."""

    archive: ArchiveService
    frames: FramePort
    threads: Threads
    report: Callable[[str, BaseException], None]
    desk: PictureDesk = field(init=False)
    stills: dict[str, Still] = field(default_factory=dict)
    listeners: list[Callable[[Seen], Awaitable[None]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.desk = PictureDesk(self.archive.limits.sampler, self.seen)

    def stream_started(self, stream_id: str, source: str, department: str) -> None:
        limits = self.archive.limits
        if stream_id in self.stills or not limits.sampler.interval_s or len(self.stills) >= limits.recordings:
            return
        sampler = self.desk.sampler(stream_id)
        release = self.frames.attach_frames(stream_id, sampler, frozenset(LAYERS))
        self.stills[stream_id] = Still(source, department, release)

    def stream_ended(self, stream_id: str) -> None:
        still = self.stills.pop(stream_id, None)
        if still is not None:
            still.release()
            self.desk.forget(stream_id)

    def newest(self, stream_id: str) -> Still | None:
        still = self.stills.get(stream_id)
        return still if still is not None and still.jpeg else None

    def awaits(self, stream_id: str, scope: Scope) -> bool:
        """Whether somebody with this scope may know that there is none yet."""
        still = self.stills.get(stream_id)
        return still is not None and not still.jpeg and scope.covers(still.department)

    def thumbnail_url(self, stream_id: str) -> str | None:
        return f"/api/v1/streams/{stream_id}/thumbnail.jpg" if self.newest(stream_id) is not None else None

    def marks(self, stream_id: str) -> tuple[str, ...]:
        """black, covered, blurred, frozen: none, one or more."""
        still = self.stills.get(stream_id)
        return still.marks if still is not None else ()

    async def seen(self, seen: Seen) -> None:
        still = self.stills.get(seen.stream_id)
        if still is None:
            return
        still.jpeg, still.utc_us = seen.jpeg, seen.utc_us
        if still.judge(seen.marks):
            self.archive.bus.publish(
                PictureMarksChanged(
                    identity=self.archive.identity(),
                    utc_us=seen.utc_us,
                    stream_id=seen.stream_id,
                    source=still.source,
                    marks=still.marks,
                )
            )
        if not SHOWS_NOTHING & set(seen.marks):
            await self._keep(seen)
        for listener in self.listeners:
            await listener(seen)

    async def _keep(self, seen: Seen) -> None:
        """The first picture that shows something becomes the recording's."""
        found = self.archive.of_stream.get(seen.stream_id)
        if found is None or found.segment is None or found.recording.thumbnail:
            return
        root = self.archive.roots[found.segment.root]
        path = root / folders.folder_of(found.recording.card) / folders.THUMBNAIL
        try:
            await self.threads.run(Kind.GENERAL, LocalDisk().write_whole, path, seen.jpeg)
        except (OSError, DispatchError) as error:
            self.report("keeping a recording's still", error)
            return
        found.recording.thumbnail = found.changed = True
