"""Nothing is left half-done: no marks for later, no skipped test without its reason, no sleeping for luck."""

import ast
import re

from tests.arch.tree import CONSOLE, PRODUCT, text_of, under

MARKS = [r"\bTO" + "DO\\b", r"\bFIX" + "ME\\b", r"\bX" + "XX\\b"]
MARKS += ["pragma: no" + " cover", "raise NotImplemented" + "Error"]
MARK = re.compile("|".join(MARKS))
STEP_S = 0.05
MAY_SLEEP = ("tests/faults/",)  # a fault lasts as long as it lasts


def marks(text: str) -> list[str]:
    return MARK.findall(text)


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def _has_reason(call: ast.Call) -> bool:
    words = [argument for argument in call.args if isinstance(argument, ast.Constant | ast.JoinedStr | ast.Name)]
    named = [keyword for keyword in call.keywords if keyword.arg in ("reason", "msg")]
    return bool(named) or (_dotted(call.func) == "pytest.skip" and bool(words))


def silent_skips(source: str) -> list[int]:
    """Lines that leave a test out and do not say why."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and _dotted(node.func) in (
            "pytest.skip",
            "pytest.xfail",
            "pytest.mark.skip",
            "pytest.mark.skipif",
            "pytest.mark.xfail",
        ):
            found += [] if _has_reason(node) else [node.lineno]
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            bare = [item for item in node.decorator_list if not isinstance(item, ast.Call)]
            found += [item.lineno for item in bare if _dotted(item) in ("pytest.mark.skip", "pytest.mark.xfail")]
    return found


def lucky_sleeps(source: str) -> list[int]:
    """Lines where a test just sleeps and does not say what for. Pacing in a loop is no luck."""
    lines = source.splitlines()
    found: list[int] = []

    def look(node: ast.AST, in_loop: bool) -> None:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            in_loop = False
        in_loop = in_loop or isinstance(node, ast.For | ast.AsyncFor | ast.While | ast.Lambda)
        if isinstance(node, ast.Expr) and not in_loop and _slept_s(node.value) > STEP_S:
            found.extend([] if "  # " in lines[node.lineno - 1] else [node.lineno])
        for child in ast.iter_child_nodes(node):
            look(child, in_loop)

    look(ast.parse(source), in_loop=False)
    return found


def _slept_s(statement: ast.expr) -> float:
    """Seconds of `time.sleep(s)` or `await asyncio.sleep(s)`; 0 for anything else."""
    call = statement.value if isinstance(statement, ast.Await) else statement
    if not isinstance(call, ast.Call) or _dotted(call.func) not in ("time.sleep", "asyncio.sleep"):
        return 0
    first = call.args[0] if call.args else None
    return float(first.value) if isinstance(first, ast.Constant) and isinstance(first.value, int | float) else 0


def test_no_file_carries_a_mark_for_later() -> None:
    files = under(*PRODUCT) + under(CONSOLE, "config", suffixes=(".ts", ".vue", ".yaml"))
    found = {str(path): hits for path in files if (hits := marks(text_of(path) or ""))}
    assert found == {}


def test_no_test_is_left_out_silently() -> None:
    found = {str(path): lines for path in under("tests") if (lines := silent_skips(text_of(path) or ""))}
    assert found == {}


def test_no_test_sleeps_for_luck() -> None:
    files = [path for path in under("tests") if not str(path).startswith(MAY_SLEEP)]
    found = {str(path): lines for path in files if (lines := lucky_sleeps(text_of(path) or ""))}
    assert found == {}


def test_every_kind_of_half_done_is_seen() -> None:
    assert marks("x = 1  # TO" + "DO later") != []
    assert marks("raise NotImplemented" + "Error") != []  # abstract methods say that they are
    assert silent_skips("import pytest\n@pytest.mark.skip\ndef test_a(): ...\n") == [2]
    assert silent_skips("@pytest.mark.skipif(True)\ndef test_a(): ...\n") == [1]
    assert silent_skips("pytest.skip()\n") == [1]
    assert silent_skips("pytest.skip(f'no {x}')\npytest.mark.skipif(True, reason='x')\n") == []
    assert lucky_sleeps("async def test_a():\n    await asyncio.sleep(0.2)\n    time.sleep(1)\n") == [2, 3]
    paced = "async def test_b():\n    for byte in data:\n        await asyncio.sleep(0.2)\n    await asyncio.sleep(0)\n"
    assert lucky_sleeps(paced) == []
    assert lucky_sleeps("time.sleep(1)  # what must not happen has its time\n") == []
