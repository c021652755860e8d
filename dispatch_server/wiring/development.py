"""Development mode's gifts to a newcomer: publish keys for the simulated terminals, and a link to sign in."""

import json
import os
from pathlib import Path

from dispatch_server.identity.callers import SystemCaller
from dispatch_server.identity.development import sign_in_link
from dispatch_server.identity.service import SignInService
from dispatch_server.live.assembly import LiveRoom
from dispatch_server.live.roster import Roster
from dispatch_server.live.tokens import digest_of
from dispatch_server.settings import Settings

TERMINALS_FILE = "terminals.json"
LINK_FILE = "sign-in-link.txt"
NEWCOMER = SystemCaller("development")


async def hand_out_keys(room: LiveRoom, roster: Roster, data_folder: Path) -> None:
    """Write a file (0600) with a valid publish key for each terminal; keys that still hold are kept."""
    path = data_folder / TERMINALS_FILE
    known = _read(path)
    entries = []
    for terminal in roster.terminals.values():
        secret = known.get(terminal.number)
        current = room.keys.ring.valid_of(terminal.number)
        if secret is None or current is None or current.digest != digest_of(secret):
            if current is not None:
                await room.keys.revoke(current.id, NEWCOMER)
            secret, _ = await room.keys.issue(terminal.number, "development", NEWCOMER)
        entries.append(
            {"number": terminal.number, "department": terminal.department.name, "publish_key": secret},
        )
    _write_private(path, json.dumps(entries, ensure_ascii=False, indent=1))


def write_sign_in_link(sign_ins: SignInService, settings: Settings) -> None:
    """One link, for one sign-in, in a file that only its owner reads."""
    _write_private(Path(settings.data_folder) / LINK_FILE, sign_in_link(sign_ins, settings.server.url) + "\n")


def _read(path: Path) -> dict[str, str]:
    try:
        return {entry["number"]: entry["publish_key"] for entry in json.loads(path.read_text("utf-8"))}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _write_private(path: Path, text: str) -> None:
    unfinished = path.with_suffix(".unfinished")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    unfinished.replace(path)
