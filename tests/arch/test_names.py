"""No file is named after nothing in particular: a name says what the thing is."""

from pathlib import PurePath

from tests.arch.tree import kept_files

FORBIDDEN = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "base"}


def nameless(paths: list[PurePath]) -> list[str]:
    return [
        str(path)
        for path in paths
        if FORBIDDEN & {part.split(".")[0].lower().removeprefix("test_") for part in path.parts}
    ]


def test_no_file_or_folder_has_a_forbidden_name() -> None:
    assert nameless(list(kept_files())) == []


def test_a_forbidden_name_is_seen() -> None:
    bad = [PurePath("a/utils.py"), PurePath("web/Helpers/x.ts"), PurePath("tests/test_misc.py")]
    assert nameless([*bad, PurePath("a/database.py")]) == [str(path) for path in bad]
