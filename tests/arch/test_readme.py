"""The papers keep step: both READMEs have the same shape, links lead somewhere, named commands exist."""

import re
from pathlib import Path

from tests.arch.tree import ROOT, text_of, under

LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"(?:^|[ (])make ([a-z]+)", re.MULTILINE)
TARGET = re.compile(r"^([a-z]+):", re.MULTILINE)
PICTURES_TO_COME: set[str] = set()


def shape(text: str) -> list[str]:
    """Heading levels, code blocks, pictures and table rows, in order: what a translation keeps."""
    found = []
    in_fence = False
    for line in text.splitlines():
        if line.startswith("```"):
            in_fence = not in_fence
            found += ["code"] if in_fence else []
        elif not in_fence and (heading := re.match(r"(#+) ", line)):
            found.append(heading.group(1))
        elif not in_fence and line.startswith("|"):
            found.append("row")
        elif not in_fence and "![" in line:
            found.append("picture")
    return found


def code_blocks(text: str) -> list[str]:
    """What stands in code blocks, without the comments, which are translated."""
    return [re.sub(r"(^|\s+)#.*$", "", block, flags=re.MULTILINE) for block in FENCE.findall(text)]


def dead_links(path: Path, text: str) -> list[str]:
    targets = [hit for hit in LINK.findall(FENCE.sub("", text)) if hit not in PICTURES_TO_COME]
    return [f"{path}: {target}" for target in targets if not (ROOT / path.parent / target).exists()]


def unknown_commands(text: str, makefile: str) -> list[str]:
    pieces = [*FENCE.findall(text), *re.findall(r"`([^`\n]+)`", FENCE.sub("", text))]
    return sorted({command for piece in pieces for command in COMMAND.findall(piece)} - set(TARGET.findall(makefile)))


def unlisted(pages: list[Path], index: str) -> list[str]:
    """Decisions without a line in the index, or without a number of their own."""
    numbers = [page.name[:4] for page in pages]
    return [
        page.name
        for page in pages
        if f"({page.name})" not in index or not page.name[:4].isdigit() or numbers.count(page.name[:4]) > 1
    ]


def unreleased_first(changelog: str) -> bool:
    headings = re.findall(r"^## (.+)$", changelog, re.MULTILINE)
    return bool(headings) and headings[0] == "Unreleased"


def test_both_readmes_have_the_same_shape_and_the_same_commands() -> None:
    english, chinese = (ROOT / name for name in ("README.md", "README.zh-CN.md"))
    assert shape(english.read_text()) == shape(chinese.read_text())
    assert code_blocks(english.read_text()) == code_blocks(chinese.read_text())
    assert len(re.findall(r"[\u4e00-\u9fff]", chinese.read_text())) > 500


def test_no_link_in_the_papers_is_dead() -> None:
    papers = [path for path in under(".", suffixes=(".md",)) if not str(path).startswith("web_console/node_modules")]
    assert [link for path in papers for link in dead_links(path, text_of(path) or "")] == []


def test_the_commands_that_the_papers_name_exist() -> None:
    makefile = (ROOT / "Makefile").read_text()
    papers = [text_of(path) or "" for path in under(".", suffixes=(".md",))]
    assert [command for text in papers for command in unknown_commands(text, makefile)] == []


def test_every_decision_is_in_the_index() -> None:
    pages = [path for path in under("docs/decisions", suffixes=(".md",)) if path.name != "README.md"]
    assert unlisted(pages, text_of(Path("docs/decisions/README.md")) or "") == []


def test_the_changelog_begins_with_what_is_unreleased() -> None:
    assert unreleased_first((ROOT / "CHANGELOG.md").read_text())


def test_every_kind_of_drift_is_seen() -> None:
    assert shape("# A\n## B\n```\n# no heading\n```\n") == ["#", "##", "code"]
    assert shape("# A\n## B\n") != shape("# 甲\n### 乙\n")
    assert code_blocks("```\nmake run # go\n```\n") == code_blocks("```\nmake run # 走\n```\n")
    assert code_blocks("```\nmake run\n```\n") != code_blocks("```\nmake runs\n```\n")
    assert dead_links(Path("README.md"), "[x](docs/nowhere.md) [y](https://a.b) [z](#here)") == [
        "README.md: docs/nowhere.md"
    ]
    assert unknown_commands("`make everything` and make sense `run`", "run:\n") == ["everything"]
    assert unlisted([Path("0001-a.md"), Path("0001-b.md")], "(0001-a.md)(0001-b.md)") == ["0001-a.md", "0001-b.md"]
    assert unlisted([Path("0002-c.md")], "") == ["0002-c.md"]
    assert not unreleased_first("# Changelog\n\n## 1.0\n\n## Unreleased\n")
