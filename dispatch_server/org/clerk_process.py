"""The child process that reads and writes organisation files: what hostile bytes can use up is its own."""

import io
import os
import resource
import sys
from collections.abc import Callable
from itertools import count

from dispatch_server.org import exporting, importing, spreadsheet, spreadsheet_writing
from dispatch_server.org.clerk_talk import Task, answer_file, answer_mistakes, answer_too_large
from dispatch_server.org.file_lines import OrganisationFile
from dispatch_server.org.model import Organisation
from dispatch_server.org.refusals import FileTooLarge, FileWrong
from dispatch_server.org.sheet_file import read_organisation

MEMORY_BYTES = 768 << 20  # above what the libraries have taken when they are loaded
CPU_S = 60
TEMPORARY_BYTES = 256 << 20  # openpyxl writes the sheets of a workbook into temporary files


def limit_self(written_bytes: int) -> None:
    with open("/proc/self/statm", "rb") as file:  # noqa: PTH123 - before files are forbidden
        pages = int(file.read().split()[0])
    memory = pages * resource.getpagesize() + MEMORY_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (written_bytes, written_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))


def read_yaml(data: bytes, name: str) -> OrganisationFile:
    try:
        return read_organisation(data.decode("utf-8-sig"), name)
    except UnicodeDecodeError:
        raise FileWrong([f"{name}: it is not UTF-8"]) from None


def organisation_of(data: bytes) -> Organisation:
    """From the server's own JSON; ids and moments are of no account in a file."""
    numbers = count()
    file = OrganisationFile.model_validate_json(data)
    return Organisation().with_changes(importing.plan(Organisation(), file, lambda: str(next(numbers)), 0).changes, 1)


def answered(read: Callable[[bytes, str], OrganisationFile], data: bytes, name: str) -> bytes:
    try:
        return answer_file(read(data, name))
    except FileWrong as error:
        return answer_mistakes(error.lines)
    except FileTooLarge:
        return answer_too_large()


def do(task: Task, data: bytes, name: str) -> bytes:
    match task:
        case Task.READ_YAML:
            return answered(read_yaml, data, name)
        case Task.READ_XLSX:
            return answered(spreadsheet.read_workbook, data, name)
        case Task.WRITE_YAML:
            return exporting.as_yaml(organisation_of(data)).encode()
        case Task.WRITE_XLSX:
            return spreadsheet_writing.as_workbook(organisation_of(data))


def main() -> None:
    task, name = Task(sys.argv[1]), sys.argv[2]
    os.nice(5)
    if task in (Task.READ_XLSX, Task.WRITE_XLSX):
        import openpyxl

        openpyxl.Workbook().save(io.BytesIO())  # what is imported late comes before the limits
    limit_self(TEMPORARY_BYTES if task is Task.WRITE_XLSX else 0)
    sys.stdout.buffer.write(do(task, sys.stdin.buffer.read(), name))


if __name__ == "__main__":
    main()
