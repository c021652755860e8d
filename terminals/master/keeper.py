"""The thread that writes masters: a bounded queue of jobs, each for the writer of its master."""

import threading
from collections import deque
from collections.abc import Callable
from itertools import groupby

from dispatch_server.kit.guard import isolating
from dispatch_server.media.recording.jobs import CloseRecording, DeclareGap, Job, KeepFragment
from terminals.master.writer import FAULT, MasterWriter

JOIN_S = 10.0
Closed = Callable[[MasterWriter], None]


class Keeper:
    """`send` from the loop says whether there was room; `closed` is told in the thread when a master has its end."""

    def __init__(self, queue_bytes: int, closed: Closed) -> None:
        self.waiting_bytes = 0
        self.dropped = 0
        self.faults = 0  # of our own
        self.fault = ""  # the last one, until something was written again
        self._queue_bytes = queue_bytes
        self._closed = closed
        self._queue: deque[tuple[MasterWriter, Job]] = deque()
        self._change = threading.Condition()
        self._stop = False
        self._thread = threading.Thread(target=self._run, name="master", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Returns when all that was sent is written, or after JOIN_S."""
        with self._change:
            self._stop = True
            self._change.notify()
        self._thread.join(JOIN_S)

    def send(self, writer: MasterWriter, job: Job) -> bool:
        """Words (a gap, an end) are small and always find room: there are no more of them than fragments."""
        size = job.bytes if isinstance(job, KeepFragment) else 0
        with self._change:
            if self.waiting_bytes + size > self._queue_bytes and not isinstance(job, CloseRecording | DeclareGap):
                self.dropped += 1
                return False
            self._queue.append((writer, job))
            self.waiting_bytes += size
            self._change.notify()
        return True

    def _run(self) -> None:
        while True:
            with self._change:
                while not self._queue and not self._stop:
                    self._change.wait()
                taken = list(self._queue)
                self._queue.clear()
            if not taken:
                return
            for writer, pairs in groupby(taken, key=lambda pair: pair[0]):
                # What one master meets must not end the thread that writes all of them.
                isolating(self._work, self.faulted)(writer, [job for _, job in pairs])
            with self._change:
                self.waiting_bytes -= sum(job.bytes for _, job in taken if isinstance(job, KeepFragment))

    def faulted(self, error: Exception) -> None:
        """In the thread: a fault of our own, which is counted, and shown by who looks."""
        self.faults += 1
        self.fault = f"{FAULT}: {type(error).__name__}: {error}"

    def _work(self, writer: MasterWriter, jobs: list[Job]) -> None:
        before = self.faults
        writer.process(jobs)
        if self.faults == before:
            self.fault = ""
        if any(isinstance(job, CloseRecording) for job in jobs):
            self._closed(writer)
