"""Verifies an unpacked package without database or server, as its own page does: every finding is a sentence."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dispatch_server.archive import folders
from dispatch_server.archive.exports import manifest as form
from dispatch_server.archive.exports.content import DEVICE_KEY, EVIDENCE_KEY, SEAL
from dispatch_server.archive.exports.digests import STEP_BYTES
from dispatch_server.archive.reading import INDEX_LIMIT_BYTES
from dispatch_server.protocol.footage import MalformedFootage, verify_segment
from dispatch_server.protocol.seals import SEAL_LIMIT_BYTES, is_signed, read_seal


def is_package(folder: Path) -> bool:
    return (folder / form.MANIFEST).is_file() and (folder / form.SIGNATURE).is_file()


def check_package(folder: Path, trusted: str = "") -> Iterator[str]:
    """What is wrong with it; nothing when all is well. `trusted`: the thumbprint that the signing key must have."""
    try:
        data = _read(folder / form.MANIFEST, form.MANIFEST_LIMIT_BYTES)
        signer = form.signer_of(data, _read(folder / form.SIGNATURE, SEAL_LIMIT_BYTES))
    except OSError as error:
        yield f"the manifest cannot be read: {error}"
        return
    if signer is None:
        yield "the manifest is not signed by the key that stands beside it"
        return
    if trusted and signer != trusted:
        yield f"the manifest is signed by {signer}, which is not the trusted key"
    try:
        yield from _check_content(folder, json.loads(data), signer)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        yield f"the manifest is not of our form: {error}"


def _check_content(folder: Path, manifest: dict[str, Any], signer: str) -> Iterator[str]:
    if manifest["form"] != form.FORM or manifest["key"] != signer:
        yield "the manifest is of another form or names another key"
    listed = {form.MANIFEST, form.SIGNATURE}
    for one in manifest["files"]:
        listed.add(one["path"])
        yield from _check_file(folder, one)
    present = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}
    yield from (f"{path} is not in the manifest" for path in sorted(present - listed))
    keys = {form.thumbprint_of(jwk): jwk for jwk in manifest["keys"]}
    for one in manifest["recordings"]:
        try:
            yield from _check_recording(folder / form.RECORDINGS / one["id"], one, keys)
        except (MalformedFootage, OSError, ValueError, KeyError, TypeError) as error:
            yield f"recording {one['id']}: {error}"


def _check_file(folder: Path, one: dict[str, Any]) -> Iterator[str]:
    path = folder / one["path"]
    if ".." in Path(one["path"]).parts or path.is_symlink() or not path.is_file():
        yield f"{one['path']} is missing"
        return
    sha256, sm3 = hashlib.sha256(), hashlib.new("sm3")
    with path.open("rb") as file:
        while data := file.read(STEP_BYTES):
            sha256.update(data)
            if one["sm3"]:
                sm3.update(data)
    if path.stat().st_size != one["bytes"] or sha256.hexdigest() != one["sha256"]:
        yield f"{one['path']} is not as the manifest says"
    elif one["sm3"] and sm3.hexdigest() != one["sm3"]:
        yield f"{one['path']} has another SM3 digest"


def _check_recording(folder: Path, one: dict[str, Any], keys: dict[str, Any]) -> Iterator[str]:
    known: set[str] | None = None
    numbers = folders.segment_numbers(folder)
    if len(numbers) != one["segments"]:
        yield f"recording {one['id']} has {len(numbers)} segments instead of {one['segments']}"
    for number in numbers:
        index = _read(folder / folders.index_name(number), INDEX_LIMIT_BYTES)
        with (folder / folders.media_name(number)).open("rb") as media:

            def read(offset: int, count: int) -> bytes:
                media.seek(offset)
                return media.read(count)

            verdict = verify_segment(index, read)
        yield from (f"recording {one['id']}, segment {number}: {problem}" for problem in verdict.problems)
        if verdict.head is not None and known is not None and verdict.head.previous not in known:
            yield f"recording {one['id']}, segment {number} does not follow the one before"
        known = {line.chain.hex() for line in verdict.lines} | ({verdict.head.previous} if verdict.head else set())
    end = folders.read_end(folder / folders.END)
    if end is None or end.chain != one["chain"] or (known is not None and end.chain not in known):
        yield f"recording {one['id']} does not end where the manifest says"
    yield from _check_seal(folder, one, keys)


def _check_seal(folder: Path, one: dict[str, Any], keys: dict[str, Any]) -> Iterator[str]:
    path = folder / SEAL
    if not path.exists():
        if one["sealed"]:
            yield f"recording {one['id']} has lost its seal"
        return
    seal = read_seal(_read(path, SEAL_LIMIT_BYTES))
    if seal.recording != one["id"] or seal.chain != one["chain"]:
        yield f"recording {one['id']} has another recording's seal"
    for name in (DEVICE_KEY, EVIDENCE_KEY):
        if (folder / name).exists():
            jwk = json.loads(_read(folder / name, SEAL_LIMIT_BYTES))
            keys = keys | {form.thumbprint_of(jwk): jwk}
    key = keys.get(seal.key)
    if key is None:
        yield f"recording {one['id']} is sealed with a key that is not in the package"
    elif not is_signed(seal, form.public_key_of(key)):
        yield f"recording {one['id']} has a seal that is not signed"


def _read(path: Path, limit: int) -> bytes:
    with path.open("rb") as file:
        return file.read(limit)
