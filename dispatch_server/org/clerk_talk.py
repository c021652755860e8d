"""What goes between the server and the process that reads and writes its files: one request, one answer."""

import json
from collections.abc import Sequence
from enum import StrEnum

from pydantic import ValidationError

from dispatch_server.org.file_lines import OrganisationFile
from dispatch_server.org.refusals import FileTooLarge, FileWrong
from dispatch_server.org.sheet_file import LARGEST_FILE_BYTES

ANSWER_LIMIT_BYTES = 32 << 20
_FILE, _MISTAKES, _TOO_LARGE = b"+", b"-", b">"


class Task(StrEnum):
    """Reading is answered with lines that hold or with mistakes; writing takes such lines and gives the file."""

    READ_YAML = "read-yaml"
    READ_XLSX = "read-xlsx"
    WRITE_YAML = "write-yaml"
    WRITE_XLSX = "write-xlsx"


def answer_file(file: OrganisationFile) -> bytes:
    return _FILE + file.model_dump_json(by_alias=True).encode()


def answer_mistakes(lines: Sequence[str]) -> bytes:
    return _MISTAKES + json.dumps(lines).encode()


def answer_too_large() -> bytes:
    return _TOO_LARGE


def file_of(answer: bytes, name: str) -> OrganisationFile:
    """Checked once more: it has been in a process that read what others wrote. Raises FileWrong, FileTooLarge."""
    kind, content = answer[:1], answer[1:]
    try:
        if kind == _FILE:
            return OrganisationFile.model_validate_json(content)
        if kind == _MISTAKES:
            raise FileWrong([str(line)[:500] for line in json.loads(content)])
    except (ValidationError, ValueError, TypeError):
        pass
    if kind == _TOO_LARGE:
        raise FileTooLarge(LARGEST_FILE_BYTES)
    raise FileWrong([f"{name}: it cannot be read, or not in bounded time and memory"])
