"""Every file begins with one sentence that says what it is."""

import ast
import re

from tests.arch.tree import CONSOLE, PRODUCT, text_of, under

CODE_MARK = re.compile(r"^(//|/\*\*?|<!--)\s*\S.{10,}")


def lacks_sentence(source: str) -> bool:
    """Python: a docstring at the very top, whose first paragraph is a sentence: some words and an end."""
    words = ast.get_docstring(ast.parse(source))
    if not words or not source.startswith('"""'):
        return True
    opening = words.split("\n\n")[0].strip()
    return len(opening.split()) < 3 or opening[-1] not in ".:?"


def lacks_comment(source: str) -> bool:
    """TypeScript and Vue: a comment in the first line."""
    return not CODE_MARK.match(source.lstrip("\ufeff"))


def test_every_python_file_begins_with_a_sentence() -> None:
    files = under(*PRODUCT, "tests")
    assert [str(path) for path in files if lacks_sentence(text_of(path) or "")] == []


def test_every_typescript_file_begins_with_a_comment() -> None:
    files = [path for path in under(CONSOLE, suffixes=(".ts",)) if not path.name.endswith(".d.ts")]
    assert [str(path) for path in files if lacks_comment(text_of(path) or "")] == []


def test_every_script_begins_with_a_comment() -> None:
    scripts = under("scripts", ".ci", suffixes=("",))
    assert scripts
    lines = {str(path): (text_of(path) or "").splitlines() for path in scripts}
    assert [path for path, text in lines.items() if not (text[0].startswith("#!") and text[1].startswith("# "))] == []


def test_a_file_that_says_nothing_is_seen() -> None:
    assert lacks_sentence("import os\n")
    assert lacks_sentence('"""It has no end"""\n')
    assert lacks_sentence('"""Sockets."""\n')
    assert lacks_sentence('import os\n"""Too late."""\n')
    assert not lacks_sentence('"""A clock that tests can turn."""\n')
    assert lacks_comment("import { x } from 'y'\n")
    assert not lacks_comment("// What the wall shows.\n")
