"""What was said here of enforcements: each command a line, durable before it counts, delivered in its order."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from dispatch_server.kit.errors import LocalFault

OUTBOX, ANSWERS, REFUSED, LOCK = "outbox.jsonl", "answers.jsonl", "refused.jsonl", "outbox.lock"
LIMIT_BYTES = 8 << 20
COMMANDS = ("open", "begin", "steps", "marks", "pause", "resume", "finish", "cancel")


class OutboxFull(LocalFault):
    def __init__(self) -> None:
        zh = "待发送的执法命令过多，请先连接网络"
        super().__init__("outbox_full", f"{zh} / too much waits for delivery: connect to a network first")


@dataclass(frozen=True, slots=True)
class Said:
    """One command. `body` as protocol.enforcement has it, with its key and time."""

    enforcement: str
    what: str
    body: dict[str, Any]

    @property
    def key(self) -> str:
        return str(self.body["key"])

    @property
    def utc_us(self) -> int:
        return int(self.body["utc_us"])


@dataclass(frozen=True, slots=True)
class Answered:
    """
    `status` of HTTP, `utc_us`: when the server took it. What was refused for good stays here with the server's words;
    with `waits` it is asked again.
    """

    key: str
    status: int
    words: str = ""
    utc_us: int = 0
    waits: bool = False

    @property
    def is_taken(self) -> bool:
        return 200 <= self.status < 300


class Outbox:
    """In a folder of its own; programs of this device take turns."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def append(self, said: Said) -> None:
        """Returns when it survives a power cut. Raises OutboxFull, OSError."""
        with self._turn():
            if _size(self.folder / OUTBOX) > LIMIT_BYTES:
                raise OutboxFull
            _append(self.folder / OUTBOX, asdict(said))

    def answered(self, answer: Answered) -> bool:
        """Whether it is news: the same once more is not written again."""
        with self._turn():
            if self.answers().get(answer.key) == answer:
                return False
            _append(self.folder / ANSWERS, asdict(answer))
            return True

    def all(self) -> list[Said]:
        return [
            Said(str(line["enforcement"]), str(line["what"]), line["body"])
            for line in _lines(self.folder / OUTBOX)
            if line.get("what") in COMMANDS and isinstance(line.get("body"), dict) and "key" in line["body"]
        ]

    def answers(self) -> dict[str, Answered]:
        """The last of each key."""
        found = [_answered(line) for line in _lines(self.folder / ANSWERS)]
        return {answer.key: answer for answer in found if answer is not None}

    def waiting(self) -> list[Said]:
        answers = self.answers()
        return [said for said in self.all() if said.key not in answers or answers[said.key].waits]

    def mark(self) -> tuple[int, int]:
        """Changes whenever something was said or answered."""
        return _size(self.folder / OUTBOX), _size(self.folder / ANSWERS)

    def forget(self, enforcement: str, told_utc_us: int) -> None:
        """
        When another one is opened: what the server had taken when it told last need not be kept. What it refused is
        put beside, for people to read.
        """
        with self._turn():
            answers = self.answers()
            kept, refused = [], []
            for said in self.all():
                answer = answers.get(said.key)
                is_over = answer is not None and not answer.waits and answer.utc_us <= told_utc_us
                if said.enforcement == enforcement or answer is None or not is_over:
                    kept.append(said)
                elif not answer.is_taken:
                    refused.append(asdict(said) | {"answer": asdict(answer)})
            self._put_beside(refused)
            _write_whole(self.folder / OUTBOX, [asdict(said) for said in kept])
            keys = {said.key for said in kept}
            _write_whole(self.folder / ANSWERS, [asdict(one) for one in answers.values() if one.key in keys])

    def _put_beside(self, refused: list[dict[str, Any]]) -> None:
        path = self.folder / REFUSED
        if refused and _size(path) > LIMIT_BYTES:
            path.replace(path.with_name(path.name + ".old"))
        for one in refused:
            _append(path, one)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self.folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def _append(path: Path, content: dict[str, Any]) -> None:
    """A line that a power cut left half is ended first, so that it spoils no other."""
    is_new = not path.exists()
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        size = os.fstat(descriptor).st_size
        begin = b"\n" if size and os.pread(descriptor, 1, size - 1) != b"\n" else b""
        os.write(descriptor, begin + json.dumps(content, ensure_ascii=False).encode() + b"\n")
        os.fdatasync(descriptor)
    finally:
        os.close(descriptor)
    if is_new:
        _sync_folder(path.parent)


def _write_whole(path: Path, contents: list[dict[str, Any]]) -> None:
    new = path.with_name(path.name + ".new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        for content in contents:
            file.write(json.dumps(content, ensure_ascii=False).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    _sync_folder(path.parent)


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    try:
        with path.open("rb") as file:
            data = file.read(2 * LIMIT_BYTES)
    except OSError:
        return
    for line in data.split(b"\n")[:-1]:
        with suppress(ValueError):
            content = json.loads(line)
            if isinstance(content, dict):
                yield content


def _answered(line: dict[str, Any]) -> Answered | None:
    with suppress(TypeError, ValueError):
        status, utc_us = int(line.get("status", 0)), int(line.get("utc_us", 0))
        return Answered(str(line.get("key")), status, str(line.get("words", "")), utc_us, line.get("waits") is True)
    return None


def _size(path: Path) -> int:
    with suppress(OSError):
        return path.stat().st_size
    return 0
