"""Writes config/server.yaml from the sections, so that the file and the code cannot disagree."""

from enum import Enum
from typing import Any

import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from dispatch_server.kit.redact import Secret
from dispatch_server.settings.root import Settings, sections

HEAD = """\
# Settings of the dispatch server: every key with its default and what it means.
# Given in this order, the later one wins: these defaults, this file, the environment (DISPATCH__SECTION__KEY=value;
# lists with commas), options of the command line. An unknown key is an error.
# Written from the code by `dispatch-server settings`; a copy needs only the keys that differ.
"""


_END = "...\n"


def render() -> str:
    """The whole file."""
    known = sections()
    parts = [HEAD]
    plain = {name: field for name, field in Settings.model_fields.items() if name not in known}
    parts.append("".join(_entry(name, field, "") for name, field in plain.items()))
    for name, section in known.items():
        parts.append(_render_section(name, section))
    return "\n".join(parts)


def _render_section(name: str, section: type[BaseModel]) -> str:
    title = (section.__doc__ or "").strip().splitlines()[0]
    return f"# {title}\n{name}:\n" + "".join(_entry(key, field, "  ") for key, field in section.model_fields.items())


def _entry(name: str, field: FieldInfo, indent: str) -> str:
    value = _plain(field.get_default(call_default_factory=False))
    text = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=200)
    return f"{indent}# {field.description}\n{indent}{name}: {text.removesuffix(_END).strip()}\n"


def _plain(value: Any) -> Any:
    if isinstance(value, Secret):
        return value.reveal()
    if isinstance(value, Enum):
        return value.value
    return list(value) if isinstance(value, tuple) else value
