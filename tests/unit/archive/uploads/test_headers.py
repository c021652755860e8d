"""tus' headers are read narrowly."""

import base64

import pytest

from dispatch_server.archive.uploads.headers import (
    Wanted,
    check_version,
    read_checksum,
    read_creation,
    read_metadata,
    read_number,
)
from dispatch_server.archive.uploads.refusals import HeaderRefused, VersionWrong

MASTER = "01976b3c-0000-7000-8000-000000000001"


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def test_a_creation_names_its_segment_and_length() -> None:
    metadata = f"recording {encoded(MASTER)},segment {encoded('7')},filename {encoded('x')}"
    headers = {"upload-length": "123", "upload-metadata": metadata}
    assert read_creation(headers) == Wanted(MASTER, 7, 123)
    for wrong in (
        {"upload-length": "-1"},
        {"upload-length": ""},
        {"upload-defer-length": "1"},
        {"upload-metadata": f"recording {encoded(MASTER)}"},
        {"upload-metadata": f"recording {encoded(MASTER)},segment {encoded('20001')}"},
        {"upload-metadata": f"recording {encoded(MASTER.upper())},segment {encoded('1')}"},
    ):
        with pytest.raises(HeaderRefused):
            read_creation(headers | wrong)


@pytest.mark.parametrize("value", ["0", "7", "1234567890123456"])
def test_whole_numbers(value: str) -> None:
    assert read_number({"n": value}, "n") == int(value)


@pytest.mark.parametrize("value", ["", "-1", "+1", "01", "1.0", "１", "1 ", "1" * 17])
def test_other_numbers_are_refused(value: str) -> None:
    with pytest.raises(HeaderRefused):
        read_number({"n": value}, "n")


@pytest.mark.parametrize("value", ["a", "a !", "a MQ==,a MQ==", "a 4pyT", "x" * 2000, ",".join(["a MQ=="] * 9)])
def test_metadata_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(HeaderRefused):
        read_metadata(value if value != "a" else "é MQ==")


def test_checksums_are_of_sha_256_alone() -> None:
    assert read_checksum(None) is None
    assert read_checksum(f"sha256 {base64.b64encode(bytes(32)).decode()}") == bytes(32)
    for wrong in ("", "sha1 AAAA", "sha256 AAAA", "sha256"):
        with pytest.raises(HeaderRefused):
            read_checksum(wrong)


def test_one_version_is_spoken() -> None:
    check_version({"tus-resumable": "1.0.0"})
    for wrong in ({}, {"tus-resumable": "1.0.1"}):
        with pytest.raises(VersionWrong):
            check_version(wrong)
