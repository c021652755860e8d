"""What a Linux field device runs: camera and microphone, overlay, two layers and Opus, kept on air."""

import asyncio
import sys
from collections.abc import Sequence
from functools import partial
from typing import Any

from dispatch_server.kit.errors import LocalFault
from dispatch_server.media.abilities import Layer
from dispatch_server.media.link.certificate import NodeCertificate, make_certificate
from dispatch_server.media.packets import feedback, rtcp
from terminals import world
from terminals.capture import CaptureThread, Picture, cameras, microphones
from terminals.encoder import Payloads
from terminals.ladder import Ladder, rungs
from terminals.master.budget import Uplink
from terminals.master.on_board import OnBoard, is_enrolled
from terminals.picture_line import PictureLine
from terminals.publisher import Patience, Publisher, State
from terminals.rate import PathEstimate
from terminals.settings import MicrophoneKind, TerminalSettings
from terminals.sound_line import SoundLine
from terminals.way_in import way_in

JUDGE_S = 0.25
PICTURES_WAITING = 2
SOUNDS_WAITING = 50  # a second: a sound is not left out because the encoder was late
STOP_S = 2.0


class PublishingRefused(LocalFault):
    """The server does not want this terminal, which records nothing: asking again would not help."""

    def __init__(self, reason: str) -> None:
        super().__init__("publishing_refused", f"the server refuses this terminal: {reason}")


class ServerPath:
    """Turns the server's reports into what may be sent (`Path` of the publisher)."""

    def __init__(self, highest_bps: int, lowest_bps: int) -> None:
        self.estimate = PathEstimate(highest_bps, lowest_bps)
        self._has_feedback = False

    def sent(self, first: int, sizes: Sequence[int], now: float) -> None:
        self.estimate.sent(first, sizes, now)

    def reported(self, item: rtcp.Item, now: float) -> None:
        """Raises MalformedPacket, which the peer counts."""
        match item:
            case rtcp.TransportFeedback():
                self._has_feedback = True
                self.estimate.on_feedback(feedback.parse(item.raw), now)
            case rtcp.Remb():
                self.estimate.on_remb(item.bitrate, now)
            case rtcp.ReceiverBlock() if not self._has_feedback:
                self.estimate.on_loss(item.fraction_lost / 256, now)
            case _:
                pass


class Agent:
    """One terminal. Encoding is in threads; the loop only sends."""

    def __init__(self, settings: TerminalSettings) -> None:
        """Raises TerminalSettingsWrong, NoEncoder, or another LocalFault. Needs a running loop."""
        certificate = make_certificate(world.chance, world.utc_us())
        fingerprint = certificate.fingerprint
        self.way_in = way_in(settings.server, f"{fingerprint.algorithm} {fingerprint.digest}")
        # What is burned into the picture is the number under which the device was enrolled.
        server = settings.server.model_copy(update={"terminal": self.way_in.number})
        self.settings = settings = settings.model_copy(update={"server": server})
        self._loop = asyncio.get_running_loop()
        self._started, self._started_utc_us = world.monotonic(), world.utc_us()
        with_sound = settings.microphone.kind is not MicrophoneKind.NONE
        retry_s = settings.link.device_retry_s
        self.on_board: OnBoard | None = None
        self.camera: CaptureThread[Picture] = CaptureThread(
            "camera", partial(cameras, settings), retry_s, PICTURES_WAITING, partial(self._trouble, "camera")
        )
        self.microphone: CaptureThread[Any] = CaptureThread(
            "microphone", partial(microphones, settings), retry_s, SOUNDS_WAITING, partial(self._trouble, "microphone")
        )
        keep = self._keep if settings.master.enabled and is_enrolled(settings) else None
        self.pictures = PictureLine(settings, self.camera, self._started, self._started_utc_us, self._emit, keep)
        sound_bps = settings.microphone.kbps * 1000 if with_sound else 0
        self.sound = SoundLine(self.microphone, sound_bps, self._started, self._emit, keep) if with_sound else None
        sub_bps = settings.sub.kbps * 1000 if settings.sub.enabled else 0
        self.ladder = Ladder(rungs(settings.main.kbps * 1000, sub_bps), sound_bps)
        # A little above the highest rung, so that there is room to climb to it.
        self.path = ServerPath(round(self.ladder.highest_bps * 1.2), self.ladder.lowest_bps)
        if keep is not None:
            self.on_board = self._board()
        self.publisher = self._make_publisher(certificate, with_sound)
        self.publisher.start_clock(self._started_utc_us)

    def _make_publisher(self, certificate: NodeCertificate, with_sound: bool) -> Publisher:
        link = self.settings.link
        return Publisher(
            self.way_in.client,
            certificate,
            with_sub=self.settings.sub.enabled,
            with_sound=with_sound,
            local_host=self.settings.server.local_host,
            on_picture_wanted=self.pictures.ask_key,
            on_state=self._told,
            path=self.path,
            patience=Patience(
                first_pause_s=link.first_pause_s,
                longest_pause_s=link.longest_pause_s,
                udp_s=link.udp_s,
                silent_s=link.silent_s,
                # What is recorded is worth more than an end with words: whoever refuses may think better of it.
                refused_s=link.refused_s if self.on_board is not None else 0,
            ),
        )

    def _board(self) -> OnBoard | None:
        """The master, unless it cannot be: then this terminal at least sends."""
        try:
            return OnBoard(self.settings, self.way_in, self._started, self.pictures.ask_key, self._uplink, say)
        except (LocalFault, OSError) as error:
            say(f"{self.way_in.number}: 本机不录像 / nothing is recorded here: {error}")
            return None

    def _uplink(self) -> Uplink | None:
        if self.publisher.state is not State.LIVE:
            return None
        estimate, ladder = self.path.estimate, self.ladder
        now = world.monotonic()
        return Uplink(
            estimate.allowed_bps(now), ladder.present_bps, ladder.index > 0, estimate.queue_s, estimate.loss,
            estimate.capacity.bps(now),
        )  # fmt: skip

    async def run(self) -> None:
        """Until cancelled. Raises PublishingRefused, but never while this device records."""
        say(f"{self.way_in.number}: pictures by {self.pictures.encoder_name}")
        beside = [asyncio.create_task(self._judge(), name="judge the path")]
        beside += self.way_in.beside(self.settings.link.heartbeat_s)
        if self.on_board is not None:
            self.on_board.start()
        self.camera.start()
        self.pictures.start()
        if self.sound is not None:
            self.microphone.start()
            self.sound.start()
        try:
            await self.publisher.run()
            raise PublishingRefused(self.publisher.reason)
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
            await asyncio.to_thread(self._stop_threads)
            if self.on_board is not None:
                await self.on_board.close()
            await self.way_in.close()

    def _stop_threads(self) -> None:
        self.camera.stop(STOP_S)
        self.pictures.stop()
        if self.sound is not None:
            self.microphone.stop(STOP_S)
            self.sound.stop()

    async def _judge(self) -> None:
        while self.settings.link.adapt:
            await asyncio.sleep(JUDGE_S)
            now = world.monotonic()
            self.path.estimate.wanted_bps = self.ladder.wanted_bps
            if self.ladder.choose(self.path.estimate.allowed_bps(now), now):
                self.pictures.use(self.ladder.rung)

    def _emit(self, layer: Layer, payloads: Payloads, ticks: int, is_key: bool) -> None:
        """From the encoders' threads; a loop that is closed has nobody to send to."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._send, layer, payloads, ticks, is_key)

    def _keep(self, layer: Layer, parts: Sequence[bytes], ticks: int, is_key: bool) -> None:
        """From the encoders' threads as well."""
        if self.on_board is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self.on_board.room.master.take, layer, parts, ticks, is_key)

    def _send(self, layer: Layer, payloads: Payloads, ticks: int, is_key: bool) -> None:
        self.publisher.send(layer, payloads, ticks, is_key)
        self.publisher.spill()

    def _told(self, state: State) -> None:
        if state is not State.LIVE:
            self.path.estimate.capacity.forget()
        say(f"{self.way_in.number}: {state}{f' ({self.publisher.reason})' if self.publisher.reason else ''}")

    def _trouble(self, device: str, words: str) -> None:
        say(f"{self.way_in.number}: {device}: {words}")


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
