"""Reads what witnesses hold: files of signed heads, one a line, with or without an authority's time stamp."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dispatch_server.audit.canonical import read
from dispatch_server.audit.model import SignedHead
from dispatch_server.audit.sources import NoLedger

STAMP_FORM = "dispatch-ledger-stamp/1"
LARGEST_BYTES = 2**30


@dataclass(slots=True)
class Held:
    """Heads, how many of them carry a good stamp, and what is wrong with the others."""

    heads: list[SignedHead] = field(default_factory=list)
    stamps: int = 0
    notes: list[str] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)


def read_held(paths: Sequence[Path], tsa_ca: str = "") -> Held:
    """A line that a failing disk cut short is noted and passed over; a file without any head is refused (NoLedger)."""
    held = Held()
    for path in paths:
        before = len(held.heads)
        try:
            if path.stat().st_size > LARGEST_BYTES:
                raise NoLedger(f"{path} is too large for a file of heads.")
            lines = path.read_bytes().splitlines()
        except OSError as error:
            raise NoLedger(f"{path} cannot be read: {error.strerror}.") from None
        for number, line in enumerate(lines, start=1):
            try:
                _take(read(line), held, tsa_ca, f"{path.name}, line {number}")
            except (ValueError, KeyError, TypeError):
                held.notes.append(f"{path.name}, line {number} holds no signed head.")
        if len(held.heads) == before:
            raise NoLedger(f"{path} holds no signed head.")
    return held


def _take(form: object, held: Held, tsa_ca: str, where: str) -> None:
    if not isinstance(form, dict) or form.get("form") != STAMP_FORM:
        held.heads.append(SignedHead.of(form))
        return
    head = SignedHead.of(form["head"])
    held.heads.append(head)
    if not tsa_ca:
        held.notes.append(f"{where}: its time stamp was not checked (--tsa-ca).")
        return
    from dispatch_server.runtime.stamping import certificates, wrong_with

    why = wrong_with(base64.b64decode(form["token"], validate=True), head.content(), certificates(tsa_ca))
    if why:
        held.findings.append(f"{where}: its time stamp is not good: {why}")
    else:
        held.stamps += 1
