"""FFmpeg's WHIP muxer in a process of its own (PyAV holds the interpreter while it connects): publishes a clip."""

import sys
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from terminals import counter_strip

FPS = 25
SOUND_RATE, SOUND_FRAME = 48_000, 960


def video_stream(container: Any) -> Any:
    stream = container.add_stream("libx264", rate=FPS)
    stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
    stream.options = {"preset": "ultrafast", "tune": "zerolatency", "profile": "baseline", "x264-params": "keyint=25"}
    return stream


def sound_stream(container: Any) -> Any:
    stream = container.add_stream("libopus", rate=SOUND_RATE)
    stream.layout, stream.format = "stereo", "s16"
    return stream


def main(url: str, token: str, certificate: str, key: str, active: bool, seconds: float) -> None:
    options = {"authorization": token, "cert_file": certificate, "key_file": key}
    if active:
        options["whip_flags"] = "dtls_active"
    with av.open(url, "w", format="whip", options=options) as container:
        video, sound = video_stream(container), sound_stream(container)
        begin = time.monotonic()
        for number in range(int(seconds * FPS)):
            picture = np.full((360, 640, 3), 90, np.uint8)
            picture[:, :, 0] = np.linspace(0, 200, 640, dtype=np.uint8)[None, :]
            counter_strip.draw(picture, number)
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            for packet in video.encode(frame):
                container.mux(packet)
            for part in range(2):
                tone = (8000 * np.sin(np.arange(SOUND_FRAME) / 10)).astype(np.int16)
                samples = np.repeat(tone[:, None], 2, axis=1).reshape(1, -1)
                heard = av.AudioFrame.from_ndarray(samples, format="s16", layout="stereo")
                heard.sample_rate, heard.pts = SOUND_RATE, (number * 2 + part) * SOUND_FRAME
                heard.time_base = Fraction(1, SOUND_RATE)
                for packet in sound.encode(heard):
                    container.mux(packet)
            time.sleep(max(0.0, begin + (number + 1) / FPS - time.monotonic()))


if __name__ == "__main__":
    folder = Path(sys.argv[3])
    main(
        sys.argv[1],
        sys.argv[2],
        str(folder / "cert.pem"),
        str(folder / "key.pem"),
        sys.argv[4] == "active",
        float(sys.argv[5]),
    )
