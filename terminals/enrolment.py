"""Enrols this device: a code, typed or scanned, for a place in the server's register."""

import platform
import ssl
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx2
from pydantic import ValidationError

from dispatch_server.kit.errors import LocalFault
from dispatch_server.protocol.enrolment import EnrolAnswer
from dispatch_server.protocol.masters import FootageKey
from dispatch_server.protocol.terminal import DeviceFacts
from terminals.access import Access
from terminals.device_key import DeviceKey, new_file
from terminals.master.disk import OwnDisk
from terminals.master.server_keys import ServerKeysWrong, pin
from terminals.whip import Refused, reason_of

SCHEME = "dispatch-enrol"
MODEL_FILE = Path("/sys/firmware/devicetree/base/model")
TIMEOUT_S = 20.0


class EnrolmentFailed(LocalFault):
    def __init__(self, sentence: str) -> None:
        super().__init__("enrolment_failed", sentence)


@dataclass(frozen=True, slots=True)
class Invitation:
    """What the console shows: the server's address (empty when only the code was typed) and the code."""

    code: str
    server: str = ""


def read_invitation(text: str) -> Invitation:
    """A code, or the content of the QR (`dispatch-enrol:?server=…&code=…`). Raises EnrolmentFailed."""
    parts = urlsplit(text.strip())
    if parts.scheme != SCHEME:
        return Invitation(text.strip())
    words = parse_qs(parts.query)
    code, server = words.get("code", [""])[0], words.get("server", [""])[0]
    if not code or urlsplit(server).scheme not in ("http", "https"):
        raise EnrolmentFailed("this QR holds no server and code of a dispatch server")
    return Invitation(code, server)


async def enrol(
    invitation: Invitation, server: str, path: Path, masters: Path, verify: ssl.SSLContext | bool = True
) -> DeviceKey:
    """
    Make a key, show it with the code, and keep what the server answers in `path` (0600). `masters`: where this device
    records; the server's keys are pinned there, so that it records from its first minute, network or not.

    The key is on the disk before the server knows it: a device that loses power in between can only be asked for a new
    code, never hold half a key; and it is in its place only when the server's keys are. Raises EnrolmentFailed.
    """
    address = (server or invitation.server).rstrip("/")
    if not address:
        raise EnrolmentFailed("the server's address is missing: --server URL")
    key = DeviceKey.make().placed("", address, "")
    fresh = new_file(path)
    key.write(fresh)
    answer = await _ask(address, invitation.code, key, verify)
    if answer.footage_key is not None:
        _pin(masters, answer.footage_key)
    placed = key.placed(answer.number, address, answer.audience)
    placed.write(path)
    fresh.unlink(missing_ok=True)
    return placed


async def roll_key(path: Path, verify: ssl.SSLContext | bool = True) -> None:
    """Replace the key in `path`. Raises DeviceKeyWrong, EnrolmentFailed."""
    key = DeviceKey.read(path)
    async with httpx2.AsyncClient(timeout=TIMEOUT_S, verify=verify, follow_redirects=False) as client:
        try:
            await Access(key, client, path).roll_over()
        except (httpx2.HTTPError, OSError, Refused) as error:
            raise EnrolmentFailed(f"the key was not replaced: {error or type(error).__name__}") from None


def device_facts() -> DeviceFacts:
    """What this machine says of itself."""
    try:
        model = MODEL_FILE.read_text("utf-8").strip("\x00 \n")
    except (OSError, UnicodeDecodeError):
        model = platform.machine()
    return DeviceFacts(model=_plain(model, 80), system=_plain(platform.platform(), 80), version=own_version())


def own_version() -> str:
    try:
        return _plain(version("dispatch-server"), 40)
    except PackageNotFoundError:
        return ""


async def _ask(address: str, code: str, key: DeviceKey, verify: ssl.SSLContext | bool) -> EnrolAnswer:
    body = {"code": code, "public_key": key.public, "device": device_facts().model_dump()}
    try:
        async with httpx2.AsyncClient(timeout=TIMEOUT_S, verify=verify, follow_redirects=False) as client:
            response = await client.post(f"{address}/api/v1/terminals/enrol", json=body)
        if response.status_code != 201:
            raise EnrolmentFailed(f"the server refuses: {reason_of(response)}")
        return EnrolAnswer.model_validate_json(response.content)
    except (httpx2.HTTPError, OSError) as error:
        raise EnrolmentFailed(f"{address} cannot be reached: {error or type(error).__name__}") from None
    except ValidationError:
        raise EnrolmentFailed(f"{address} is no dispatch server, or one of another version") from None


def _pin(masters: Path, said: FootageKey) -> None:
    try:
        pin(masters, said, OwnDisk())
    except ServerKeysWrong as wrong:
        cure = f"; put {masters} away where this device is to serve another server, and ask for a new code"
        raise EnrolmentFailed(f"{wrong.sentence}{cure}") from None
    except OSError as error:
        raise EnrolmentFailed(f"the server's keys cannot be kept in {masters}: {error}") from None


def _plain(text: str, most: int) -> str:
    return "".join(letter for letter in text if letter.isprintable())[:most]
