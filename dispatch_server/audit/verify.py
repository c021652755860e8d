"""The verifier: every line hashed anew, every column compared, every head's signature and root; needs no server."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dispatch_server.audit.canonical import read
from dispatch_server.audit.model import COLUMNS, LINE_FORM, SignedHead
from dispatch_server.audit.signing import holds
from dispatch_server.audit.tree import ALGORITHM, EMPTY_ROOT, KEPT_LEVEL, Frontier, leaf_hash

SHOWN = 20  # findings that are written out; all are counted


@dataclass(slots=True)
class Report:
    """`first_bad` is the index of the first line that is not what it was; None when no single line is at fault."""

    log_id: str = ""
    acts: int = 0
    heads: int = 0
    signed: int = 0  # lines that the newest good head covers
    root: bytes = EMPTY_ROOT
    keys: set[str] = field(default_factory=set)
    witnessed: int = 0
    findings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    bad: int = 0
    first_bad: int | None = None
    whole: str = ""  # the good verdict, where it is not that of a whole ledger

    @property
    def is_good(self) -> bool:
        return self.bad == 0

    def found(self, sentence: str, index: int | None = None) -> None:
        self.bad += 1
        if index is not None and (self.first_bad is None or index < self.first_bad):
            self.first_bad = index
        if len(self.findings) < SHOWN:
            self.findings.append(sentence if index is None else f"line {index}: {sentence}")

    def said(self) -> Iterable[str]:
        """For people, the verdict first."""
        if self.is_good and self.whole:
            yield self.whole
        elif self.is_good:
            yield f"The ledger is whole: {self.acts} acts, {self.heads} signed heads, root {self.root.hex()}."
        else:
            where = "" if self.first_bad is None else f"; the first bad line is {self.first_bad}"
            yield f"THE LEDGER IS NOT WHAT IT WAS: {self.bad} findings{where}."
        yield from self.findings
        if self.bad > len(self.findings):
            yield f"… and {self.bad - len(self.findings)} more."
        yield from self.notes
        if self.acts > self.signed:
            yield f"{self.acts - self.signed} lines are newer than the newest signed head."
        yield f"Log {self.log_id}; signed with {', '.join(sorted(self.keys)) or 'no key'}."
        if self.witnessed:
            yield f"Compared with {self.witnessed} heads of witnesses."
        else:
            yield "No witness was compared: whoever holds the signing key could have written all of it anew."


class Verifier:
    """
    Hand in lines in the order of their index, then `nodes` and `state` where there are some, then `finish`.

    `heads` are those that came with the ledger, `outside` those that witnesses held; `trusted`: the keys that may
    have signed, or none to take any key and name it.
    """

    def __init__(
        self,
        log_id: str,
        heads: Sequence[SignedHead],
        outside: Sequence[SignedHead] = (),
        trusted: frozenset[bytes] = frozenset(),
    ) -> None:
        self.report = Report(log_id=log_id, heads=len(heads), witnessed=len(outside))
        self._trusted = trusted
        self._frontier = Frontier()
        self._nodes: dict[tuple[int, int], bytes] = {}
        self._due: dict[int, list[tuple[str, SignedHead]]] = {}  # heads by the size at which they are compared
        self._check_heads(heads)
        self._check_outside(heads, outside)
        self._compare_roots()

    def line(self, index: Any, line: Any, leaf: Any = None, columns: Mapping[str, Any] | None = None) -> None:
        """`leaf` and `columns` are what a database keeps beside the line."""
        expected = self._frontier.size
        if type(line) is not bytes:
            self.report.found("is not readable", expected)
            line = b""
        if index != expected:
            self.report.found(f"has number {index}: a line is missing, repeated or out of its place", expected)
        made = leaf_hash(line)
        if leaf is not None and leaf != made:
            self.report.found("its hash is not that of its content", expected)
        self._check_content(expected, line, columns)
        for node in self._frontier.push(made):
            if node.level >= KEPT_LEVEL:
                self._nodes[node.level, node.place] = node.hash
        self._compare_roots()

    def nodes(self, kept: Iterable[tuple[Any, Any, Any]]) -> None:
        """The subtrees that a database keeps: exactly those, with exactly these hashes."""
        wrong = 0
        for level, place, node_hash in kept:
            wrong += self._nodes.pop((level, place), None) != node_hash
        wrong += len(self._nodes)
        if wrong:
            self.report.found(f"{wrong} kept nodes of the tree are missing, too many or wrong")

    def state(self, size: Any, frontier: Any, heads: Any) -> None:
        """What the row says by which the ledger grows."""
        if size != self._frontier.size:
            self.report.found(f"the ledger says that it has {size} lines, but {self._frontier.size} are there")
        if frontier != self._frontier.joined():
            self.report.found("the lines are not those over which the ledger grew")
        if heads != self.report.heads:
            self.report.found(f"the ledger says that it has {heads} signed heads, but {self.report.heads} are there")

    def finish(self) -> Report:
        report = self.report
        report.acts, report.root = self._frontier.size, self._frontier.root()
        for size in sorted(self._due):
            for origin, head in self._due[size]:
                report.found(
                    f"cut off or rolled back: {origin} {head.number} covers {size} lines, but {report.acts} are there"
                )
        return report

    def _check_content(self, index: int, line: bytes, columns: Mapping[str, Any] | None) -> None:
        try:
            value = read(line)
            form = value["form"], value["tree"], value["index"]
        except (ValueError, KeyError, TypeError):
            self.report.found("is not an act in its form", index)
            return
        if form != (LINE_FORM, ALGORITHM, index):
            self.report.found(f"says of itself to be {form}", index)
        if columns is not None:
            differing = [name for name in COLUMNS if columns.get(name) != value.get(name)]
            if differing:
                self.report.found(f"its columns are not what it says: {', '.join(differing)}", index)

    def _check_heads(self, heads: Sequence[SignedHead]) -> None:
        size = 0
        for number, head in enumerate(heads, start=1):
            if not self._is_good(f"head {number}", head):
                continue
            if head.number != number:
                self.report.found(f"head {number} has number {head.number}: one is missing or out of its place")
            if head.size < size:
                self.report.found(f"head {number} covers fewer lines than the one before it")
            size = max(size, head.size)
            self.report.keys.add(head.key.hex())
            self._due.setdefault(head.size, []).append(("head", head))

    def _check_outside(self, heads: Sequence[SignedHead], outside: Sequence[SignedHead]) -> None:
        for head in outside:
            if not self._is_good(f"the witness's head {head.number}", head):
                continue
            if head.number > len(heads):
                self.report.found(f"rolled back: the witness holds head {head.number}, here are only {len(heads)}")
            elif head.number < 1 or heads[head.number - 1] != head:
                self.report.found(f"forked: head {head.number} is not the one that the witness holds")
            self._due.setdefault(head.size, []).append(("the witness's head", head))

    def _is_good(self, name: str, head: SignedHead) -> bool:
        try:
            wrong = "" if holds(head) else "its signature is not good"
        except (ValueError, TypeError, AttributeError):
            wrong = "it is not readable"
        if not wrong and head.log_id != self.report.log_id:
            wrong = f"it belongs to the log {head.log_id}"
        if not wrong and self._trusted and head.key not in self._trusted:
            wrong = f"it is signed with the key {head.key.hex()}, which is not trusted"
        if wrong:
            self.report.found(f"{name}: {wrong}")
        return not wrong

    def _compare_roots(self) -> None:
        due = self._due.pop(self._frontier.size, None)
        if due is None:
            return
        root = self._frontier.root()
        for origin, head in due:
            if head.root == root:
                self.report.signed = max(self.report.signed, head.size)
            else:
                self.report.found(f"a line before {head.size} was changed or forked: {origin} {head.number} differs")
