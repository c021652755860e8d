"""Nothing that is kept names a path of one machine, a package registry's host or an index address."""

import re

from tests.arch.tree import kept_files, text_of

# Written in pieces, so that this file does not hold what it looks for.
MACHINE_PATH = re.compile(r"(?:^|[^\w.-])/(?:work|farm|root|tmp/lab|home/[a-z]+)/")
HOSTS = [
    "pypi" + ".org",
    "pythonhosted" + ".org",
    "registry.npmjs" + ".org",
    "registry.yarnpkg" + ".com",
    "deb.debian" + ".org",
    "tuna.tsinghua" + ".edu.cn",
    "mirrors.aliyun" + ".com",
    "npmmirror" + ".com",
]
HOST = re.compile("|".join(re.escape(host) for host in HOSTS))
INDEX = re.compile(r"^\s*(?:-i|--index|--index-url|--extra-index-url|--find-links)\b|https?://", re.MULTILINE)
RESOLVED = re.compile(r'"resolved": *"http')


def flaws(path: str, text: str) -> list[str]:
    found = [f"{path}: path of a machine: {hit.group().strip()}" for hit in MACHINE_PATH.finditer(text)]
    found += [f"{path}: registry host {hit.group()}" for hit in HOST.finditer(text)]
    if path.startswith("requirements/") and INDEX.search(text):
        found.append(f"{path}: index address")
    if path.endswith("package-lock.json") and RESOLVED.search(text):
        found.append(f"{path}: resolved address")
    return found


def test_no_kept_file_names_a_place_that_is_not_its_own() -> None:
    texts = {str(path): text_of(path) for path in kept_files()}
    assert [flaw for path, text in texts.items() if text is not None for flaw in flaws(path, text)] == []
    assert "uv.lock" not in texts


def test_every_kind_of_place_is_seen() -> None:
    assert flaws("a.py", 'open("' + "/ho" + 'me/li/x")')
    assert flaws("a.md", "see `" + "/wo" + "rk/x`")
    assert flaws("Makefile", "pip install -i https://" + HOSTS[0] + "/simple x")
    assert flaws("requirements/a.txt", "--index-url file:x\n")
    assert flaws("web_console/package-lock.json", '"resolved": "http' + '://x/y.tgz"')
    assert flaws("a.py", "teamwork/x and ../work/x and a/b") == []
