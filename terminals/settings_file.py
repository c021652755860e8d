"""Reads and writes the terminal's settings file, and the publish key beside it; mistakes are told in words."""

import os
import stat
from enum import Enum
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from dispatch_server.kit.errors import LocalFault
from dispatch_server.kit.redact import Secret
from terminals.settings import PREFIX, TerminalSettings

LARGEST_FILE_BYTES = 262_144
HEAD = """\
# Settings of a field terminal: every key with its default and what it means.
# The environment wins over this file (TERMINAL__SECTION__KEY=value). An unknown key is an error.
# Written from the code by `dispatch-terminal settings`; a copy needs only the keys that differ.
"""


class TerminalSettingsWrong(LocalFault):
    """They cannot be used; the sentence has one line for each mistake."""

    def __init__(self, *lines: str) -> None:
        super().__init__("terminal_settings_wrong", "\n".join(lines))


def load(path: Path) -> TerminalSettings:
    """Raises TerminalSettingsWrong."""
    content = _read(path)
    mistakes = [f"${name}: there is no such key" for name in sorted(os.environ) if _is_misspelt(name)]
    try:
        settings = TerminalSettings(**content)
    except ValidationError as error:
        mistakes += [f"{path}: {_describe(one)}" for one in error.errors()]
    if mistakes:
        raise TerminalSettingsWrong(*mistakes)
    return settings


def _read(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > LARGEST_FILE_BYTES:
            raise TerminalSettingsWrong(f"{path}: larger than {LARGEST_FILE_BYTES} bytes")
        content = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise TerminalSettingsWrong(f"{path}: cannot be read: {error}") from None
    except yaml.YAMLError as error:
        raise TerminalSettingsWrong(f"{path}: {' '.join(str(error).split())}") from None
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise TerminalSettingsWrong(f"{path}: must be a list of sections")
    return {str(name): section for name, section in content.items() if section is not None}


def _describe(error: Any) -> str:
    name = ".".join(str(part) for part in error["loc"])
    return f"{name}: {'there is no such key' if error['type'] == 'extra_forbidden' else error['msg']}"


def _is_misspelt(variable: str) -> bool:
    """pydantic-settings passes over variables that match nothing; a misspelt one must not be silent."""
    section, _, key = variable.upper().removeprefix(PREFIX).lower().partition("__")
    known = sections()
    return variable.upper().startswith(PREFIX) and not (section in known and key in known[section].model_fields)


def sections() -> dict[str, type[BaseModel]]:
    fields = TerminalSettings.model_fields
    return {name: type(field.default) for name, field in fields.items()}


def render() -> str:
    """config/terminal.yaml."""
    parts = [HEAD]
    for name, section in sections().items():
        title = (section.__doc__ or "").strip().splitlines()[0]
        lines = [f"# {title}\n{name}:\n"]
        for key, field in section.model_fields.items():
            value = field.default.value if isinstance(field.default, Enum) else field.default
            text = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=200).removesuffix("...\n")
            lines.append(f"  # {field.description}\n  {key}: {text.strip()}\n")
        parts.append("".join(lines))
    return "\n".join(parts)


def read_publish_key(path: Path) -> Secret:
    """Raises TerminalSettingsWrong; also for a file that others may read: whoever has the key publishes as this one."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            raise TerminalSettingsWrong(f"{path}: others may read it (mode {mode:04o}); chmod 600 {path}")
        key = path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise TerminalSettingsWrong(f"{path}: the publish key cannot be read: {error}") from None
    if not key or len(key.split()) != 1:
        raise TerminalSettingsWrong(f"{path}: must hold one publish key and nothing else")
    return Secret(key)
