"""Development mode's person and sign-in link: made at start, used once, never a password."""

import os
from pathlib import Path

from dispatch_server.identity.model import Person, Role
from dispatch_server.identity.service import SignInService

LINK_FILE = "sign-in-link.txt"
DEVELOPER = Person(id="developer", name="开发值班员", roles=frozenset(Role))


def sign_in_link(service: SignInService, base_url: str) -> str:
    """
    A one-time link. The code stands behind `#`, so that it reaches no server's log and no Referer header.
    """
    return f"{base_url.rstrip('/')}/sign-in#code={service.new_code(DEVELOPER)}"


def write_link(link: str, data_folder: Path) -> Path:
    """For whoever started the server and looks for the link later; only that user can read it."""
    file = data_folder / LINK_FILE
    file.unlink(missing_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(f"{link}\n")
    return file
