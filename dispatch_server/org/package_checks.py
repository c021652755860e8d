"""Looks through a workbook's package before any library opens it: sizes, parts, and XML that could grow."""

import io
import re
import zipfile
import zlib

from dispatch_server.org.refusals import FileWrong

MOST_PARTS = 60
LARGEST_PART_BYTES = 24 << 20
LARGEST_BYTES = 32 << 20  # all parts together, unpacked
_KNOWN = re.compile(
    r"^(\[Content_Types\]\.xml|_rels/\.rels|docProps/\w+\.(xml|jpeg)|(xl|customXml)/[\w./-]+\.(xml|rels|bin))$"
)
_REFUSED = re.compile(
    r"(^|/)(\.\.|vbaProject|externalLinks?|embeddings|activeX|ctrlProps|connections|queryTables)", re.IGNORECASE
)
_GROWS = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)


def check_package(data: bytes, name: str) -> None:
    """
    Raises FileWrong for what no honest workbook has.

    The declared sizes may be believed: zipfile never unpacks more of a part than that, and its CRC must fit.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            _check_directory(package.infolist(), name)
            for part in package.infolist():
                if not part.is_dir():
                    _check_part(package.read(part), part.filename, name)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError, ValueError):
        raise FileWrong([f"{name}: it is not a whole XLSX workbook"]) from None


def _check_directory(parts: list[zipfile.ZipInfo], name: str) -> None:
    names = [part.filename for part in parts]
    if len(parts) > MOST_PARTS:
        raise FileWrong([f"{name}: more than {MOST_PARTS} parts"])
    if sum(part.file_size for part in parts) > LARGEST_BYTES or any(p.file_size > LARGEST_PART_BYTES for p in parts):
        raise FileWrong([f"{name}: unpacked it is larger than {LARGEST_BYTES >> 20} MiB"])
    if len(set(names)) != len(names):
        raise FileWrong([f"{name}: a part is there twice"])
    for one in names:
        if _REFUSED.search(one):
            raise FileWrong([f"{name}: macros, links and embedded files are not accepted"])
        if not _KNOWN.match(one) and not one.endswith("/"):
            raise FileWrong([f"{name}: a workbook has no part {one[:80]!r}"])


def _check_part(content: bytes, part: str, name: str) -> None:
    if part.endswith((".bin", ".jpeg")):  # printer settings, a preview: nothing reads them
        return
    if b"\0" in content or content[:2] in (b"\xff\xfe", b"\xfe\xff") or _GROWS.search(content):
        raise FileWrong([f"{name}: {part} is not the plain XML of a workbook"])
