"""What a double that is enrolled keeps of what it sends: a master like an agent's, in a folder of its own."""

import asyncio
import json
import ssl
from collections.abc import Callable, Sequence
from pathlib import Path

from dispatch_server.kit.errors import LocalFault
from dispatch_server.media.abilities import Layer
from dispatch_server.media.packets.h264 import Depacketizer
from terminals.enrolment import enrol, read_invitation
from terminals.master.on_board import OnBoard
from terminals.settings import MasterSection, ServerSection, TerminalSettings
from terminals.way_in import WayIn

KEY, MASTERS = "device-key.json", "master"
HEARTBEAT_S = 15.0


class NoCode(LocalFault):
    def __init__(self, number: str) -> None:
        super().__init__("no_code", f"{number} is not enrolled, and there is no code for it (--codes)")


def read_codes(path: Path | None) -> dict[str, str]:
    """By terminal's number: codes, or what their QR holds. Raises SystemExit with words."""
    if path is None:
        return {}
    try:
        return {str(number): str(code) for number, code in json.loads(path.read_text("utf-8")).items()}
    except (OSError, ValueError, AttributeError) as error:
        raise SystemExit(f"{path} is no file of enrolment codes by number: {error}") from None


async def settle(
    folder: Path, number: str, server: str, codes: dict[str, str], verify: ssl.SSLContext | bool = True
) -> TerminalSettings:
    """Enrols the double of this number, unless it is. Raises NoCode, EnrolmentFailed."""
    key = folder / number / KEY
    if not key.exists():
        if number not in codes:
            raise NoCode(number)
        await enrol(read_invitation(codes[number]), server, key, key.with_name(MASTERS), verify)
    # As it is, whatever this machine's environment says of a real terminal.
    own = ServerSection(device_key_file=str(key), terminal=number)
    return TerminalSettings.model_construct(server=own, master=MasterSection(folder=MASTERS, reserve_hours=0))


class SimulatedMaster:
    """`started`: when tick 0 was, monotonic. Raises a LocalFault, OSError."""

    def __init__(self, settings: TerminalSettings, way: WayIn, started: float, say: Callable[[str], None]) -> None:
        self.on_board = OnBoard(settings, way, started, lambda layer: None, lambda: None, say)
        self._way = way
        self._beside: list[asyncio.Task[None]] = []
        self._parts = {Layer.MAIN: Depacketizer(), Layer.SUB: Depacketizer()}

    def start(self) -> None:
        self._beside = self._way.beside(HEARTBEAT_S)
        self.on_board.start()

    def take(self, layer: Layer, payloads: Sequence[tuple[bytes, bool]], ticks: int, is_key: bool) -> None:
        """What was packetised once is put together again, as the server does."""
        plain = [payload for payload, _ in payloads]
        parts = plain if layer is Layer.SOUND else self._parts[layer].read(plain)
        self.on_board.room.master.take(layer, parts, ticks, is_key)

    async def close(self) -> None:
        for task in self._beside:
            task.cancel()
        await asyncio.gather(*self._beside, return_exceptions=True)
        await self.on_board.close()
        await self._way.close()
