"""The headers of tus 1.0, read as narrowly as they are specified (pure)."""

import binascii
import re
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass

from dispatch_server.archive.uploads.refusals import HeaderRefused, VersionWrong
from dispatch_server.protocol.masters import SEGMENTS_AT_MOST

VERSION = "1.0.0"
EXTENSIONS = "creation,checksum,expiration,termination"
CHUNK_TYPE = "application/offset+octet-stream"
LONGEST_METADATA = 1_024
METADATA_PAIRS = 8
_NUMBER = re.compile(r"0|[1-9][0-9]{0,15}")
_MASTER = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an upload is to become."""

    recording: str
    segment: int
    length: int


def check_version(headers: Mapping[str, str]) -> None:
    """Raises VersionWrong."""
    if headers.get("tus-resumable") != VERSION:
        raise VersionWrong(VERSION)


def read_number(headers: Mapping[str, str], name: str) -> int:
    """A whole number without sign, blank or leading zero. Raises HeaderRefused."""
    value = headers.get(name, "")
    if not _NUMBER.fullmatch(value):
        raise HeaderRefused(name, "a whole number is needed")
    return int(value)


def read_metadata(value: str) -> dict[str, str]:
    """`key base64,key base64`: bounded before anything is decoded."""
    if len(value) > LONGEST_METADATA or value.count(",") >= METADATA_PAIRS:
        raise HeaderRefused("Upload-Metadata", "it is too long")
    found: dict[str, str] = {}
    for pair in value.split(","):
        name, _, encoded = pair.strip().partition(" ")
        if not name or name in found or not name.isascii():
            raise HeaderRefused("Upload-Metadata", "each name stands there once")
        try:
            found[name] = b64decode(encoded, validate=True).decode("ascii")
        except (binascii.Error, ValueError):
            raise HeaderRefused("Upload-Metadata", "values are texts in base64") from None
    return found


def read_creation(headers: Mapping[str, str]) -> Wanted:
    """Of a POST. Other metadata is passed over."""
    if "upload-defer-length" in headers:
        raise HeaderRefused("Upload-Defer-Length", "the length must be known")
    metadata = read_metadata(headers.get("upload-metadata", ""))
    recording, segment = metadata.get("recording", ""), metadata.get("segment", "")
    if not _MASTER.fullmatch(recording) or not _NUMBER.fullmatch(segment) or not 1 <= int(segment) <= SEGMENTS_AT_MOST:
        raise HeaderRefused("Upload-Metadata", "it must name recording and segment")
    return Wanted(recording, int(segment), read_number(headers, "upload-length"))


def read_checksum(value: str | None) -> bytes | None:
    """The SHA-256 of a chunk; other algorithms are not taken."""
    if value is None:
        return None
    algorithm, _, encoded = value.partition(" ")
    try:
        digest = b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        digest = b""
    if algorithm != "sha256" or len(digest) != 32:
        raise HeaderRefused("Upload-Checksum", "sha256 and 32 bytes in base64 are needed")
    return digest
