"""Broad excepts stand only where something borrowed or unknown is called, and nowhere else."""

import ast

from tests.arch.tree import PRODUCT, text_of, under

BROAD = {"Exception", "BaseException"}
ALLOWED = {
    "dispatch_server/kit/guard.py": "one failure must not become everybody's, on a server or on a terminal",
    "dispatch_server/media/packets/guard.py": "borrowed parsers throw anything at hostile bytes",
    "dispatch_server/runtime/guard.py": "the same, for what is awaited",
    "dispatch_server/runtime/scope.py": "a task's last words are reported, whatever they are",
    "dispatch_server/web/problems.py": "a person gets a problem, not a stack",
}


def _names(node: ast.expr | None) -> set[str]:
    if node is None:
        return {"BaseException"}
    parts = node.elts if isinstance(node, ast.Tuple) else [node]
    return {part.id if isinstance(part, ast.Name) else getattr(part, "attr", "") for part in parts}


def broad_lines(source: str) -> list[int]:
    """Lines that catch everything: except, except Exception, suppress(Exception)."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ExceptHandler) and _names(node.type) & BROAD:
            found.append(node.lineno)
        if isinstance(node, ast.Call) and _names(node.func) & {"suppress"}:
            found += [node.lineno for argument in node.args if _names(argument) & BROAD]
    return found


def test_broad_excepts_stand_only_where_they_may() -> None:
    files = [path for path in under(*PRODUCT) if str(path) not in ALLOWED]
    found = {str(path): lines for path in files if (lines := broad_lines(text_of(path) or ""))}
    assert found == {}


def test_every_kind_of_broad_except_is_seen() -> None:
    def caught(clause: str) -> list[int]:
        return broad_lines(f"try:\n    f()\n{clause}:\n    pass\n")

    assert caught("except") == [3]
    assert caught("except Exception") == [3]
    assert caught("except (OSError, BaseException) as error") == [3]
    assert caught("except builtins.Exception") == [3]
    assert caught("except* Exception") == [3]
    assert caught("except OSError") == []
    assert broad_lines("with contextlib.suppress(Exception):\n    f()\n") == [1]
