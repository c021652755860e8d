"""GStreamer's webrtcbin, on which its WHIP sink is built, as a publisher; run by the system's Python."""

import sys
import urllib.request
from typing import Any

import gi

for name in ("Gst", "GstWebRTC", "GstSdp"):
    gi.require_version(name, "1.0")

from gi.repository import GLib, Gst, GstSdp, GstWebRTC  # noqa: E402 - the versions come first

# As in README, with generated picture and sound.
PIPELINE = """
webrtcbin name=whip bundle-policy=max-bundle
  videotestsrc is-live=true pattern=smpte ! videoconvert ! video/x-raw,width=640,height=360,framerate=25/1 !
  x264enc tune=zerolatency bframes=0 key-int-max=50 bitrate=800 ! video/x-h264,profile=constrained-baseline !
  rtph264pay config-interval=-1 ! application/x-rtp,media=video,encoding-name=H264,payload=97,clock-rate=90000 ! whip.
  audiotestsrc is-live=true ! audioconvert ! audioresample ! opusenc ! rtpopuspay !
  application/x-rtp,media=audio,encoding-name=OPUS,payload=96,clock-rate=48000,encoding-params=(string)2 ! whip.
"""
NEEDED = ("webrtcbin", "x264enc", "rtph264pay", "opusenc", "nicesink", "dtlsenc", "srtpenc")


class Publisher:
    def __init__(self, url: str, key: str) -> None:
        self.url, self.key = url, key
        self.loop = GLib.MainLoop()
        self.pipeline: Any = Gst.parse_launch(PIPELINE)
        self.peer: Any = self.pipeline.get_by_name("whip")
        self.kept: list[Any] = []  # the bindings free what nobody holds
        self.peer.connect("on-negotiation-needed", self.offer)
        self.peer.connect("notify::ice-gathering-state", self.send)

    def offer(self, *_: object) -> None:
        self.peer.emit("create-offer", None, Gst.Promise.new_with_change_func(self.offered, None))

    def offered(self, promise: Any, *_: object) -> None:
        reply = promise.get_reply()
        offer = reply.get_value("offer")
        self.kept += [promise, reply, offer]
        self.peer.emit("set-local-description", offer, Gst.Promise.new())

    def send(self, *_: object) -> None:
        if self.peer.get_property("ice-gathering-state") != GstWebRTC.WebRTCICEGatheringState.COMPLETE:
            return
        offer = self.peer.get_property("local-description").sdp.as_text().encode()
        headers = {"Content-Type": "application/sdp", "Authorization": f"Bearer {self.key}"}
        with urllib.request.urlopen(urllib.request.Request(self.url, offer, headers)) as answer:
            _, message = GstSdp.SDPMessage.new_from_text(answer.read().decode())
        description = GstWebRTC.WebRTCSessionDescription.new(GstWebRTC.WebRTCSDPType.ANSWER, message)
        self.kept.append(description)
        self.peer.emit("set-remote-description", description, Gst.Promise.new())

    def run(self) -> None:
        self.pipeline.set_state(Gst.State.PLAYING)
        self.loop.run()


if __name__ == "__main__":
    Gst.init(None)
    if len(sys.argv) == 1:
        sys.exit(any(Gst.ElementFactory.find(element) is None for element in NEEDED))
    Publisher(*sys.argv[1:]).run()
