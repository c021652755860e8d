"""Every reason for a gap and every trouble that the machine tells has words in both languages of the console."""

import ast
import json
import re

from dispatch_server.archive.coverage.coverage import NOT_KEPT
from dispatch_server.archive.model import Trouble
from dispatch_server.archive.recover import CRASHED
from dispatch_server.archive.service import LOST
from dispatch_server.archive.upkeep import STOPPED
from dispatch_server.archive.uploads.announcing import ABANDONED
from dispatch_server.archive.writer import DISK_ERROR, DISK_FULL
from dispatch_server.identity.service import PERMIT_ENDED, RIGHTS_CHANGED
from dispatch_server.live.keys import REVOKED
from dispatch_server.media.link.states import Failure
from dispatch_server.media.recording.recorder import PICTURE_STOPPED, SILENT, STEPPED, TOO_SLOW
from terminals.master import master, recovery
from tests.arch.tree import ROOT, text_of, under

GIVEN = {
    NOT_KEPT, CRASHED, LOST, ABANDONED, STOPPED, DISK_ERROR, DISK_FULL, PERMIT_ENDED, RIGHTS_CHANGED, REVOKED,
    PICTURE_STOPPED, SILENT, STEPPED, TOO_SLOW, recovery.CRASHED, master.STOPPED, master.BEGUN, master.ENDED,
    master.SMALLER, master.CLOCK_CORRECTED, *Failure, "another device was enrolled",
}  # fmt: skip
# Of these a stream ends, and what is missing afterwards is missing for that reason.
ENDING = {"_end_stream", "end_session", "session_ended", "stream_ended", "_ended"}
ENDING |= {"_forget", "end_of", "forget_of", "end"}  # with a sign-in, what it published
WHERE = ("dispatch_server/live", "dispatch_server/engine", "dispatch_server/identity", "dispatch_server/devices")


def key_of(reason: str) -> str:
    """As the console makes it: numbers are left open."""
    return re.sub(r"[^a-z]+", "_", re.sub(r"\d+(\.\d+)?", "n", reason.lower())).strip("_")


def literal(node: ast.expr) -> list[str]:
    match node:
        case ast.Constant(value=str(words)):
            return [words]
        case ast.JoinedStr():
            return ["".join(str(one.value) if isinstance(one, ast.Constant) else "1" for one in node.values)]
        case ast.IfExp():
            return literal(node.body) + literal(node.orelse)
    return []


def literals(source: str) -> set[str]:
    """The sentences that such a call is given, its last argument's or any other's."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in ENDING:
            found |= {words for argument in node.args for words in literal(argument) if " " in words}
    return found


def every_reason() -> set[str]:
    files = [*under(*WHERE), *under("dispatch_server/wiring")]
    return {str(one) for one in GIVEN} | {words for path in files for words in literals(text_of(path) or "")}


def test_each_has_words_and_no_words_are_for_nothing() -> None:
    for language in ("zh", "en"):
        words = json.loads((ROOT / f"web_console/src/text/{language}.json").read_text("utf-8"))
        assert set(words["gapReason"]) - {"other"} == {key_of(one) for one in every_reason()}, language
        assert set(words["recordingTrouble"]) - {"other"} == {key_of(one) for one in Trouble}, language


def test_a_sentence_in_a_call_is_found() -> None:
    source = 'self._end_stream(stream, "never seen" if lost else f"sent {kbps} kbit/s, more than it may")'
    assert {key_of(one) for one in literals(source)} == {"never_seen", "sent_n_kbit_s_more_than_it_may"}
    assert literals('self._close("for no gap")') == set()
