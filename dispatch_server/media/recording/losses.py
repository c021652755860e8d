"""What a recording lacks and has not said yet: gaps that were declared, and since when nothing could be written."""

from collections.abc import Sequence

from dispatch_server.media.recording.jobs import BeginSegment, DeclareGap, KeepFragment
from dispatch_server.protocol.footage import GapEntry


class Losses:
    """Told where the next segment begins; `cleared` when that is durable."""

    def __init__(self) -> None:
        self._gaps: list[GapEntry] = []
        self._since: tuple[int, str] | None = None

    @property
    def writing_stopped(self) -> bool:
        return self._since is not None

    def declare(self, job: DeclareGap) -> None:
        """A gap goes on when nothing was kept since the last one."""
        last = self._gaps[-1] if self._gaps else None
        from_us = job.from_utc_us
        if last is not None and (last.to_utc_us, last.reason) == (from_us, job.reason):
            from_us = self._gaps.pop().from_utc_us
        self._gaps.append(GapEntry(from_us, job.to_utc_us, job.reason))

    def stop(self, utc_us: int, reason: str) -> bool:
        """From here on nothing can be written; whether that is new."""
        if self._since is not None:
            return False
        self._since = (utc_us, reason)
        return True

    def usable(self, begin: BeginSegment | None, jobs: Sequence[KeepFragment]) -> list[KeepFragment]:
        """After a loss only a key frame, or sound alone, can be gone on with."""
        if self._since is None or begin is None or begin.parameter_sets is None:
            return list(jobs)
        return list(jobs[next((n for n, job in enumerate(jobs) if job.key), len(jobs)) :])

    def before(self, utc_us: int) -> list[GapEntry]:
        """All of it, where a segment begins."""
        if self._since is None:
            return list(self._gaps)
        from_us, reason = self._since
        return [*self._gaps, GapEntry(from_us, max(from_us, utc_us), reason)]

    def cleared(self) -> None:
        self._gaps, self._since = [], None

    def missing_from_us(self) -> int:
        """Since when something is missing at the end; 0: nothing is."""
        since = [self._since[0]] if self._since is not None else []
        return min([gap.from_utc_us for gap in self._gaps] + since, default=0)
