"""The child process that decodes one key frame at a time: a thumbnail and what is wrong with the picture."""

import os
import resource
import sys
from typing import Any, BinaryIO

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from dispatch_server.archive.marks import FrozenWatch, marks_of
from dispatch_server.archive.picture_wire import (
    LENGTH,
    REQUEST_LIMIT_BYTES,
    BrokenPipeTalk,
    Sample,
    Seen,
    read_request,
    write_reply,
)
from dispatch_server.kit.errors import MalformedPacket
from dispatch_server.media.packets.h264 import to_annex_b

MEMORY_BYTES = 512 << 20  # above what the libraries have taken when they are loaded
CPU_S = 5  # for one picture
STREAMS = 500
JPEG_QUALITY = 72
CHECK_WIDTH = 320


def limit_self() -> None:
    """Bytes from outside are decoded here: no files, no core, little memory."""
    with open("/proc/self/statm", "rb") as file:  # noqa: PTH123 - before files are forbidden
        pages = int(file.read().split()[0])
    memory = pages * resource.getpagesize() + MEMORY_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16))


def limit_next() -> None:
    """A picture that takes longer ends this process; the server starts another."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime) + CPU_S
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, resource.RLIM_INFINITY))


def decode(sample: Sample) -> Any | None:
    """The key frame as PyAV has it, or None. Made small afterwards: the filter that smooths blocks changes nothing."""
    decoder: Any = av.CodecContext.create("h264", "r")
    decoder.thread_count = 1
    decoder.options = {"skip_loop_filter": "all"}
    prefix = b"\0\0\0\1"
    try:
        data = prefix + sample.sps + prefix + sample.pps + to_annex_b(sample.data)
        frames = [*decoder.decode(av.Packet(data)), *decoder.decode(None)]
        return frames[0] if frames else None
    except (av.error.FFmpegError, MalformedPacket, MemoryError, ValueError):
        return None


def look(sample: Sample, watch: FrozenWatch, width: int) -> Seen:
    frame = decode(sample)
    if frame is None:
        return Seen(sample.stream_id, sample.utc_us, (), b"")
    small = fitted(frame, width)
    gray = cv2.cvtColor(small if width == CHECK_WIDTH else fitted(frame, CHECK_WIDTH), cv2.COLOR_BGR2GRAY)
    marks = marks_of(gray)
    if watch.is_frozen(sample.stream_id, gray, sample.utc_us):
        marks = (*marks, "frozen")
    done, jpeg = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return Seen(sample.stream_id, sample.utc_us, marks, jpeg.tobytes() if done else b"")


def fitted(frame: Any, width: int) -> NDArray[Any]:
    """BGR, not wider than `width`: scaled before it is converted, which costs a third of the other order."""
    if frame.width > width:
        height = max(1, round(frame.height * width / frame.width))
        frame = frame.reformat(width, height, "bgr24", interpolation="AREA")
    picture: NDArray[Any] = frame.to_ndarray(format="bgr24")
    return picture


def read_exactly(pipe: BinaryIO, count: int) -> bytes:
    data = pipe.read(count)
    if len(data) < count:
        raise EOFError
    return data


def serve(requests: BinaryIO, replies: BinaryIO, watch: FrozenWatch, width: int) -> None:
    """Until the server closes its end."""
    while True:
        try:
            (length,) = LENGTH.unpack(read_exactly(requests, LENGTH.size))
            if length > REQUEST_LIMIT_BYTES:
                return
            sample = read_request(read_exactly(requests, length))
        except (EOFError, BrokenPipeTalk):
            return
        limit_next()
        replies.write(write_reply(look(sample, watch, width)))
        replies.flush()


def main() -> None:
    width, frozen_us = int(sys.argv[1]), int(sys.argv[2])
    os.nice(5)
    cv2.setNumThreads(1)
    # What is imported late or allocated at first use comes before the limits.
    cv2.imencode(".jpg", np.zeros((8, 8, 3), np.uint8))
    av.CodecContext.create("h264", "r")
    limit_self()
    serve(sys.stdin.buffer, sys.stdout.buffer, FrozenWatch(frozen_us, STREAMS), width)


if __name__ == "__main__":
    main()
