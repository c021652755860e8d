"""A key that nothing reads would be a promise that nobody keeps."""

import re
from pathlib import Path

from dispatch_server.settings.root import sections

ROOT = Path(__file__).resolve().parents[2]


def unused(keys: list[str], code: str) -> list[str]:
    """Those of `section.key` whose key is named nowhere in the code."""
    words = set(re.findall(r"\w+", code))
    return [key for key in keys if key.partition(".")[2] not in words]


def test_every_key_is_read_somewhere() -> None:
    files = [path for path in (ROOT / "dispatch_server").rglob("*.py") if "settings" not in path.parts]
    code = "\n".join(path.read_text("utf-8") for path in files)
    keys = [f"{name}.{field}" for name, section in sections().items() for field in section.model_fields]
    assert len(keys) > 50
    assert unused(keys, code) == []


def test_the_rule_sees_an_unused_key() -> None:
    assert unused(["media.gone", "media.here"], "settings.here + 1") == ["media.gone"]
