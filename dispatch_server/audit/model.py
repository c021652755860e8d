"""What stands in the ledger: acts as lines of a fixed form, and signed heads of the tree over them."""

from dataclasses import dataclass, replace
from typing import Any, Self

from dispatch_server.audit.canonical import LARGEST_NUMBER, canonical
from dispatch_server.audit.tree import ALGORITHM, HASH_BYTES
from dispatch_server.kit.acts import Act, DetailValue, Outcome

SIGNATURE_ALGORITHM = "ed25519"
LINE_FORM = "dispatch-act/1"
HEAD_FORM = "dispatch-ledger-head/1"
KEY_BYTES, SIGNATURE_BYTES = 32, 64
# Longest texts of an act: columns and pages are bounded, and one act is never a document.
LENGTHS = {
    "identity": 36,
    "actor": 100,
    "actor_name": 100,
    "action": 80,
    "subject": 200,
    "department": 200,
    "address": 64,
    "session": 64,
}
DETAILS, DETAIL_NAME, DETAIL_TEXT = 24, 40, 400
# The columns by which acts are searched repeat what the line says; the verifier compares them.
COLUMNS = (*LENGTHS, "utc_us", "outcome")


def _text(value: str, length: int) -> str:
    """What every database and every reader can hold: no NUL, no half of a character, not too long."""
    return value[:length].replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def _value(value: DetailValue) -> DetailValue:
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int) and abs(value) <= LARGEST_NUMBER:
        return value
    return _text(str(value), DETAIL_TEXT)


def fitted(act: Act) -> Act:
    """The act as it can be written: whatever somebody sent, it never keeps the ledger from taking the line."""
    detail = {_text(name, DETAIL_NAME): _value(value) for name, value in list(act.detail.items())[:DETAILS]}
    texts: dict[str, Any] = {name: _text(getattr(act, name), length) for name, length in LENGTHS.items()}
    return replace(act, **texts, detail=detail)


def form_of(act: Act) -> dict[str, Any]:
    """The act as plain values."""
    texts = {name: getattr(act, name) for name in LENGTHS}
    return {**texts, "utc_us": act.utc_us, "outcome": act.outcome.value, "detail": dict(act.detail)}


def act_of(form: dict[str, Any]) -> Act:
    """The reverse; ValueError, KeyError or TypeError when it is none."""
    texts = {name: str(form[name]) for name in LENGTHS}
    return Act(**texts, utc_us=int(form["utc_us"]), outcome=Outcome(form["outcome"]), detail=dict(form["detail"]))


def line_of(index: int, act: Act) -> bytes:
    """The bytes of leaf `index`."""
    return canonical({**form_of(act), "form": LINE_FORM, "tree": ALGORITHM, "index": index})


@dataclass(frozen=True, slots=True)
class SignedHead:
    """
    What the whole ledger was at one moment, signed by a node.

    `number` counts the heads of the log from 1, so that one that was taken away is missed; `key` is the raw public key.
    """

    log_id: str
    number: int
    size: int
    root: bytes
    utc_us: int
    key: bytes
    signature: bytes = b""

    def content(self) -> bytes:
        """What is signed."""
        form = self.form()
        del form["signature"]
        return canonical(form)

    def form(self) -> dict[str, Any]:
        """As witnesses hold it; hashes, key and signature in hexadecimal."""
        return {
            "form": HEAD_FORM,
            "tree": ALGORITHM,
            "algorithm": SIGNATURE_ALGORITHM,
            "log_id": self.log_id,
            "number": self.number,
            "size": self.size,
            "root": self.root.hex(),
            "utc_us": self.utc_us,
            "key": self.key.hex(),
            "signature": self.signature.hex(),
        }

    @classmethod
    def of(cls, form: Any) -> Self:
        """ValueError when this is no head, or one in another form than ours."""
        if not isinstance(form, dict):
            raise ValueError("not a signed head")
        try:
            numbers = [form[name] for name in ("number", "size", "utc_us")]
            bytes_of = [bytes.fromhex(form[name]) for name in ("root", "key", "signature")]
            head = cls(form["log_id"], numbers[0], numbers[1], bytes_of[0], numbers[2], bytes_of[1], bytes_of[2])
        except (KeyError, TypeError) as error:
            raise ValueError(f"not a signed head: {error}") from None
        sizes = [len(data) for data in bytes_of]
        if sizes != [HASH_BYTES, KEY_BYTES, SIGNATURE_BYTES] or not all(type(number) is int for number in numbers):
            raise ValueError("not a signed head: wrong sizes")
        if head.form() != form:
            raise ValueError("not a signed head of this form")
        return head
