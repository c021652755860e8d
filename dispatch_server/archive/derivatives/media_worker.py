"""The child process that decodes a stretch of a recording: to one picture, or to a copy with a text burned in."""

import json
import os
import resource
import sys
from fractions import Fraction
from typing import Any, BinaryIO

import av
import cv2
import numpy as np
from numpy.typing import NDArray

MEMORY_BYTES = 1 << 30  # above what the libraries have taken when they are loaded
PIXELS = 4096 * 2304
JPEG_QUALITY = 92
FAILED = 3
_SHADOW, _TEXT = (0, 0, 0), (255, 255, 255)


def limit_self(cpu_s: int, output_bytes: int) -> None:
    """Bytes from outside are decoded here: no other files, no core, bounded memory, time and output."""
    with open("/proc/self/statm", "rb") as file:  # noqa: PTH123 - before files are forbidden
        pages = int(file.read().split()[0])
    memory = pages * resource.getpagesize() + MEMORY_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (output_bytes, output_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16))
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime) + cpu_s
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))


def picture_at(source: BinaryIO, after_us: int) -> Any | None:
    """The last picture not later than so long after the first one."""
    found, begun = None, None
    with av.open(source, "r", format="mp4") as container:
        stream = container.streams.video[0]
        stream.thread_count = 1
        for frame in container.decode(stream):
            _check(frame)
            at_us = int((frame.pts or 0) * (frame.time_base or Fraction(1)) * 1_000_000)
            begun = at_us if begun is None else begun
            if found is not None and at_us - begun > after_us:
                break
            found = frame
    return found


def _check(frame: Any) -> None:
    if frame.width * frame.height > PIXELS:
        raise ValueError("the picture is too large")


def still(source: BinaryIO, output: BinaryIO, words: dict[str, Any]) -> None:
    frame = picture_at(source, int(words["after_us"]))
    if frame is None:
        raise ValueError("no picture")
    picture = frame.to_ndarray(format="bgr24")
    if words["picture"] == "png":
        done, data = cv2.imencode(".png", picture)
    else:
        done, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    if not done:
        raise ValueError("the picture cannot be encoded")
    output.write(data.tobytes())


def burn(picture: NDArray[Any], text: str) -> None:
    """A line at the foot, another across the middle; white with a shadow, so that it shows on any ground."""
    height, width = picture.shape[:2]
    face = cv2.FontFace("sans")
    size = max(12, height // 24)
    for place in ((size // 2, height - size // 2), (width // 8, height // 2)):
        cv2.putText(picture, text, (place[0] + 1, place[1] + 1), _SHADOW, face, size, 400)
        cv2.putText(picture, text, place, _TEXT, face, size, 400)


def marked(source: BinaryIO, output: BinaryIO, words: dict[str, Any]) -> None:
    """The picture decoded, marked and encoded anew; the sound copied, packet by packet."""
    movflags = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
    with av.open(source, "r", format="mp4") as read, av.open(output, "w", format="mp4", options=movflags) as written:
        video = read.streams.video[0]
        video.thread_count = 1
        sound = read.streams.audio[0] if read.streams.audio else None
        out = written.add_stream("libx264", rate=Fraction(25), options={"preset": "veryfast", "crf": "21"})
        out.width, out.height, out.pix_fmt = video.width, video.height, "yuv420p"
        out.time_base = out.codec_context.time_base = video.time_base or Fraction(1, 90_000)
        out.codec_context.thread_count = 1
        out_sound = written.add_stream_from_template(sound) if sound is not None else None
        for packet in read.demux([one for one in (video, sound) if one is not None]):
            if packet.stream is video:
                for frame in packet.decode():
                    written.mux(out.encode(_marked_frame(frame, str(words["mark"]))))
            elif packet.dts is not None and out_sound is not None:
                packet.stream = out_sound
                written.mux(packet)
        written.mux(out.encode(None))


def _marked_frame(frame: Any, text: str) -> Any:
    _check(frame)
    picture = frame.to_ndarray(format="bgr24")
    burn(picture, text)
    made = av.VideoFrame.from_ndarray(picture, format="bgr24")
    made.pts, made.time_base = frame.pts, frame.time_base
    return made.reformat(format="yuv420p")


def main() -> int:
    words = json.loads(sys.argv[1])
    os.nice(10)
    cv2.setNumThreads(1)
    # What is imported late or allocated at first use comes before the limits.
    burn(np.zeros((64, 64, 3), np.uint8), "预热")
    av.CodecContext.create("h264", "r")
    limit_self(int(words["cpu_s"]), int(words["output_bytes"]))
    work = {"still": still, "marked": marked}[words["kind"]]
    try:
        work(sys.stdin.buffer, sys.stdout.buffer, words)
        sys.stdout.buffer.flush()
    except (av.error.FFmpegError, cv2.error, MemoryError, ValueError, IndexError, OSError):
        return FAILED
    return 0


if __name__ == "__main__":
    sys.exit(main())
