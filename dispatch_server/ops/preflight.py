"""What keeps a node from serving: secrets that others can read or guess, and plain HTTP for other machines."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from dispatch_server.kit.errors import LocalFault
from dispatch_server.ops.escrow import FOLDER as ESCROW
from dispatch_server.ops.restore import MARK
from dispatch_server.runtime.keys import FOLDER as KEYS
from dispatch_server.settings import Settings
from dispatch_server.settings.loading import TLS_FOLDER

SHORTEST_TOKEN = 32
SHORTEST_PASSWORD = 8
_GUESSED = frozenset(
    {"changeme", "change-me", "change_me", "password", "passwd", "secret", "default", "admin", "administrator", "root"}
    | {"test", "example", "placeholder", "token", "dispatch", "postgres", "redis", "guest", "none", "null", "password1"}
    | {"12345678", "123456789", "1234567890", "qwertyuiop"}
)
_FORMS = ("<", "${", "{{", "请", "your-", "your_", "changeme", "change-me")


class ServeRefused(LocalFault):
    """One line for each reason, each with its cure."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("serve_refused", "\n".join(lines))


def refuse_unsafe(settings: Settings) -> None:
    """ServeRefused with everything that must be mended first."""
    lines = [*_unfinished(settings), *_exposed(settings), *_guessable(settings), *_plain_http(settings)]
    if lines:
        raise ServeRefused(lines)


def _unfinished(settings: Settings) -> Iterator[str]:
    mark = Path(settings.data_folder) / MARK
    if mark.exists():
        yield (
            f"恢复未完成：{mark}。处理：清空数据目录后重新恢复。\n"
            f"  A restore did not come to its end. Cure: empty {mark.parent} and restore again."
        )


def _exposed(settings: Settings) -> Iterator[str]:
    data = Path(settings.data_folder)
    files = [path for folder in (KEYS, ESCROW) for path in sorted((data / folder).glob("*"))]
    files += [path for path in sorted((data / TLS_FOLDER).glob("*")) if path.suffix != ".crt"]
    files += [Path(settings.server.tls_key)] if settings.server.tls_key else []
    if settings.file is not None and _has_secrets(settings):
        files.append(settings.file)
    for path in dict.fromkeys(files):
        if path.is_file() and is_exposed(path):
            yield (
                f"其他用户可读取 {path}。处理：chmod go= {path}，并更换其中的密钥。\n"
                f"  {path} can be read by others. Cure: chmod go= {path}, and change what is in it."
            )


def is_exposed(path: Path) -> bool:
    """
    Whether others than the server's user could read or change it.

    A group may read a file that is not ours: root gives it to the server's group that way.
    """
    found = path.stat()
    allowed = 0o600 if found.st_uid == os.geteuid() else 0o640
    return bool(stat.S_IMODE(found.st_mode) & 0o077 & ~allowed)


def _has_secrets(settings: Settings) -> bool:
    return bool(settings.ops.metrics_token) or any(_passwords(settings))


def _guessable(settings: Settings) -> Iterator[str]:
    token = settings.ops.metrics_token.reveal()
    if token and (is_guessable(token, "") or len(token) < SHORTEST_TOKEN):
        yield _told("ops.metrics_token", f"{SHORTEST_TOKEN}")
    for key, user, password in _passwords(settings):
        if is_guessable(password, user) or len(password) < SHORTEST_PASSWORD:
            yield _told(key, f"{SHORTEST_PASSWORD}")


def is_guessable(secret: str, user: str) -> bool:
    """Whether it is one of those that stand in examples, the user's own name, or one letter over and over."""
    plain = secret.strip().lower()
    return plain in _GUESSED or plain == user.lower() or plain.startswith(_FORMS) or len(set(plain)) < 3


def _passwords(settings: Settings) -> Iterator[tuple[str, str, str]]:
    """(key, user, password) of the addresses that hold one; over a socket or with `.pgpass` there is none."""
    for key, url in (("database.url", settings.database.url), ("redis.url", settings.redis.url)):
        try:
            parts = make_url(url.reveal()) if url else None
        except ArgumentError:
            continue
        if parts is not None and parts.password is not None:
            yield key, parts.username or "", str(parts.password)


def _told(key: str, shortest: str) -> str:
    return (
        f"{key} 是默认值、占位符或过短（至少 {shortest} 位）。处理：openssl rand -hex 32\n"
        f"  {key} is a default, a placeholder, or shorter than {shortest}. Cure: openssl rand -hex 32"
    )


def _plain_http(settings: Settings) -> Iterator[str]:
    server = settings.server
    if server.tls_certificate or server.is_behind_tls_proxy:
        return
    if server.is_loopback and server.public_url.startswith("https://"):
        yield (
            f"{server.public_url} 没有 TLS：既无证书，也无代理。处理：dispatch-server tls init\n"
            f"  Nobody ends TLS for {server.public_url}. Cure: dispatch-server tls init; or name the proxy that "
            "ends it: server.trusted_proxies"
        )
    elif not server.is_loopback:
        yield (
            f"不会在 {server.host} 上提供明文 HTTP。处理：dispatch-server tls init\n"
            f"  No plain HTTP on {server.host}. Cure: dispatch-server tls init; or a proxy that ends TLS: set "
            "server.trusted_proxies and a server.public_url that begins with https://"
        )
