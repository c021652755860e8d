"""Files stay under 300 lines and functions under 40, but for a short list with its reasons."""

import ast
from pathlib import Path

from tests.arch.tree import CONSOLE, PRODUCT, text_of, under

Function = ast.FunctionDef | ast.AsyncFunctionDef
FILE_LIMIT = 300
FUNCTION_LIMIT = 40
# path, or path::function → why it is better whole. A file in this list says so at its own head as well.
EXCEPTIONS: dict[str, str] = {}
GENERATED = ("web_console/src/api/schema.d.ts",)


def own_lines(function: ast.AST) -> int:
    """Lines of a function without its decorators, its docstring and the functions inside it."""
    if not isinstance(function, Function):
        return 0
    first = function.body[0]
    has_words = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    words = (first.end_lineno or 0) - first.lineno + 1 if has_words else 0
    inner = sum(_span(node) for node in _inner_functions(function))
    return (function.end_lineno or 0) - function.lineno + 1 - words - inner


def _span(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    first = min([node.lineno, *(item.lineno for item in node.decorator_list)])
    return (node.end_lineno or 0) - first + 1


def _inner_functions(function: ast.AST) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    """The outermost functions within this one."""
    found: list[ast.FunctionDef | ast.AsyncFunctionDef] = []
    for node in ast.iter_child_nodes(function):
        found += [node] if isinstance(node, Function) else _inner_functions(node)
    return found


def long_functions(path: str, source: str, limit: int = FUNCTION_LIMIT) -> list[tuple[str, int]]:
    """Functions over the limit, as (path::name, lines)."""
    functions = (node for node in ast.walk(ast.parse(source)) if isinstance(node, Function))
    return [(f"{path}::{node.name}", lines) for node in functions if (lines := own_lines(node)) > limit]


def long_files(sources: dict[str, str], limit: int = FILE_LIMIT) -> list[tuple[str, int]]:
    return [(path, lines) for path, text in sources.items() if (lines := len(text.splitlines())) > limit]


def product() -> dict[str, str]:
    paths = under(*PRODUCT, "tests") + under(CONSOLE, suffixes=(".ts", ".vue", ".css"))
    return {str(path): text_of(path) or "" for path in paths if str(path) not in GENERATED}


def too_long() -> dict[str, int]:
    sources = product()
    found = dict(long_files(sources))
    for path, text in sources.items():
        if path.endswith(".py") and not path.startswith("tests/"):
            found.update(long_functions(path, text))
    return found


def test_nothing_is_longer_than_it_may_be() -> None:
    assert {name: lines for name, lines in too_long().items() if name not in EXCEPTIONS} == {}


def test_every_exception_is_still_needed_and_files_say_it_at_their_head() -> None:
    found = too_long()
    assert [name for name in EXCEPTIONS if name not in found] == []
    files = [Path(name) for name in EXCEPTIONS if "::" not in name]
    assert [str(path) for path in files if "300 lines" not in (text_of(path) or "")[:2000]] == []


def test_a_long_function_and_a_long_file_are_seen() -> None:
    body = "    x = 1\n" * 40
    assert long_functions("a.py", f"def f():\n{body}") == [("a.py::f", 41)]
    assert long_functions("a.py", f'def f():\n    """One.\n\n    Two."""\n{body[:-10]}') == []
    assert long_functions("a.py", f"class A:\n    async def g(self):\n{body.replace('    ', '        ')}") != []
    inside = body[:-10].replace("    ", "        ")
    assert long_functions("a.py", f"def f():\n    @get\n    def g():\n{inside}    return g\n") == []
    assert long_files({"a.py": "\n" * 301, "b.py": "\n" * 300}) == [("a.py", 301)]
