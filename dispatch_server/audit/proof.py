"""One act alone, as `GET /api/v1/ledger/acts/{index}` gave it, checked against the signed head that it leads to."""

import json
from typing import Any

from dispatch_server.audit.canonical import read
from dispatch_server.audit.model import COLUMNS, SignedHead
from dispatch_server.audit.signing import holds
from dispatch_server.audit.sources import Outside
from dispatch_server.audit.tree import leaf_hash, proves_inclusion
from dispatch_server.audit.verify import Report

LARGEST_BYTES = 256 * 1024
_NAMES = {"identity": "id"}  # as the answer calls them


def proof_in(data: bytes) -> dict[str, Any] | None:
    """The members of such an answer, or None when this is something else."""
    try:
        form = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return form if isinstance(form, dict) and {"entry", "line", "proof", "head"} <= set(form) else None


def examine_proof(form: dict[str, Any], outside: Outside) -> Report:
    report = Report(acts=1, heads=1, signed=1, witnessed=len(outside.heads))
    try:
        head = SignedHead.of(form["head"])
        line = str(form["line"]).encode("utf-8")
        steps = [bytes.fromhex(step) for step in form["proof"]]
        act, index = read(line), int(read(line)["index"])
        shown = {name: form["entry"][_NAMES.get(name, name)] for name in (*COLUMNS, "index", "detail")}
    except (ValueError, KeyError, TypeError) as error:
        report.found(f"the file is no proof of an act: {error}")
        return report
    report.log_id, report.root, report.keys = head.log_id, head.root, {head.key.hex()}
    report.whole = f"Act {index} is in the ledger of {head.size} acts that was signed, root {head.root.hex()}."
    if not holds(head):
        report.found("the head's signature is not good")
    if outside.trusted and head.key not in outside.trusted:
        report.found(f"the head is signed with the key {head.key.hex()}, which is not trusted")
    if not proves_inclusion(index, head.size, leaf_hash(line), steps, head.root):
        report.found("the act is not in the tree of this head", index)
    if any(act.get(name) != value for name, value in shown.items()):
        report.found("what is shown is not what the line says", index)
    _compare(head, outside, report)
    return report


def _compare(head: SignedHead, outside: Outside, report: Report) -> None:
    """A witness's head of the same size must have the same root; of another size, only the whole ledger can tell."""
    same = [one for one in outside.heads if holds(one) and one.size == head.size]
    if any(one.root != head.root or one.log_id != head.log_id for one in same):
        report.found("a witness holds another root of the same size")
    if outside.heads and not same:
        report.notes.append("No head of a witness has this size: verify the whole ledger against them.")
