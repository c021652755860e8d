"""The one page that verifies a package offline: put together from its parts, and allowed to load nothing else."""

import base64
import hashlib
from functools import cache
from pathlib import Path

PARTS = Path(__file__).parent / "verifier"
SCRIPTS = ("sm3.js", "core.js", "texts.js", "page.js")


def _allowed(text: str) -> str:
    """A source expression by digest (CSP 3, 2.3.1)."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@cache
def verifier_page() -> bytes:
    script = "\n" + "".join((PARTS / name).read_text("utf-8") for name in SCRIPTS)
    style = "\n" + (PARTS / "page.css").read_text("utf-8")
    rules = ("default-src 'none'", f"script-src {_allowed(script)}", f"style-src {_allowed(style)}")
    policy = "; ".join((*rules, "base-uri 'none'", "form-action 'none'"))
    page = (PARTS / "page.html").read_text("utf-8")
    for name, text in (("policy", policy), ("style", style), ("script", script)):
        page = page.replace("{{" + name + "}}", text, 1)
    return page.encode()
