"""Development mode: publish keys for the simulated terminals, in a file that only its owner can read."""

import os
from pathlib import Path

from pydantic import ValidationError

from dispatch_server.live.keys import PublishKeys
from dispatch_server.live.tokens import digest_of
from dispatch_server.protocol.terminal import TerminalAccess, TerminalAccessFile

FILE_NAME = "terminals.json"
ISSUER = "development"


async def write_terminal_keys(keys: PublishKeys, data_folder: Path) -> Path:
    """
    A key for every terminal of the roster. Keys of an earlier start that still hold are kept, so that a terminal
    which is running carries on; the others are taken away and given anew.
    """
    file = data_folder / FILE_NAME
    known = _read(file)
    terminals = []
    for terminal in keys.roster.terminals.values():
        secret = known.get(terminal.number, "")
        valid = keys.ring.valid_of(terminal.number)
        if valid is None or valid.digest != digest_of(secret):
            if valid is not None:
                await keys.revoke(valid.id)
            secret, _ = await keys.issue(terminal.number, "simulated terminal", ISSUER)
        terminals.append(
            TerminalAccess(
                number=terminal.number,
                name=terminal.name,
                department=terminal.department.name,
                whip_path=f"/whip/{terminal.number}",
                publish_key=secret,
            )
        )
    write_private(file, TerminalAccessFile(terminals=terminals).model_dump_json(indent=1) + "\n")
    return file


def write_private(file: Path, text: str) -> None:
    """Mode 0600 from its first byte on, and never half written."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f".{file.name}.new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
    fresh.replace(file)


def _read(file: Path) -> dict[str, str]:
    try:
        content = TerminalAccessFile.model_validate_json(file.read_bytes())
    except (OSError, ValidationError):
        return {}
    return {terminal.number: terminal.publish_key for terminal in content.terminals}
