"""A few threads that do the writing of all recordings, each recording's jobs in order, with bounds in bytes."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Lock, Thread

from dispatch_server.archive.limits import PoolLimits
from dispatch_server.media.recording.jobs import BeginSegment, Job, KeepFragment
from dispatch_server.runtime.guard import isolating

Process = Callable[[Sequence[Job]], None]
Failure = Callable[[Exception], None]


@dataclass(slots=True)
class PoolCounters:
    refused_jobs: int = 0
    queued_bytes: int = 0
    most_queued_bytes: int = 0
    batches: int = 0
    jobs: int = 0


class Lane:
    """The jobs of one recording. `put` never waits: it says whether there was room."""

    def __init__(self, pool: "WriterPool", process: Process, on_failure: Failure) -> None:
        self._pool = pool
        self._process = isolating(process, on_failure)
        self._jobs: deque[Job] = deque()
        self._bytes = 0
        self._scheduled = False

    def put(self, job: Job) -> bool:
        pool, size = self._pool, _size(job)
        with pool.lock:
            full = (
                self._bytes + size > pool.limits.lane_bytes
                or pool.counters.queued_bytes + size > pool.limits.total_bytes
                or len(self._jobs) >= pool.limits.lane_jobs
            )
            # gaps and the end are few and small, and without them the index would lie
            if full and isinstance(job, BeginSegment | KeepFragment):
                pool.counters.refused_jobs += 1
                return False
            self._jobs.append(job)
            self._bytes += size
            pool.count(size)
            if self._scheduled:
                return True
            self._scheduled = True
        pool.ready.put(self)
        return True

    def work(self) -> None:
        """On a pool thread: everything that waits now, as one batch."""
        pool = self._pool
        with pool.lock:
            jobs, size = list(self._jobs), self._bytes
            self._jobs.clear()
        self._process(jobs)
        with pool.lock:
            self._bytes -= size
            pool.count(-size)
            pool.counters.batches += 1
            pool.counters.jobs += len(jobs)
            again = self._scheduled = bool(self._jobs)
        if again:
            pool.ready.put(self)


class WriterPool:
    """Owns the threads, from `open` on. `close` returns when everything that was put is written."""

    def __init__(self, limits: PoolLimits) -> None:
        self.limits = limits
        self.lock = Lock()
        self.counters = PoolCounters()
        self.ready: SimpleQueue[Lane | None] = SimpleQueue()
        self._threads: list[Thread] = []

    def open(self) -> None:
        self._threads = [Thread(target=self._run, name=f"archive-writer-{n}") for n in range(self.limits.threads)]
        for thread in self._threads:
            thread.start()

    def open_lane(self, process: Process, on_failure: Failure) -> Lane:
        """`on_failure` hears of what `process` should never raise, on the thread."""
        return Lane(self, process, on_failure)

    def count(self, size: int) -> None:
        """Under the lock."""
        counters = self.counters
        counters.queued_bytes += size
        counters.most_queued_bytes = max(counters.most_queued_bytes, counters.queued_bytes)

    def close(self) -> None:
        for _ in self._threads:
            self.ready.put(None)
        for thread in self._threads:
            thread.join()
        while not self.ready.empty():  # lanes that were put back behind the ends
            lane = self.ready.get()
            if lane is not None:
                lane.work()

    def _run(self) -> None:
        while (lane := self.ready.get()) is not None:
            lane.work()


def _size(job: Job) -> int:
    return job.bytes if isinstance(job, KeepFragment) else 0
