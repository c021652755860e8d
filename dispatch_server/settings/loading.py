"""Reads the file and the environment; every error names the line or the variable that is wrong."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from dispatch_server.kit.errors import LocalFault
from dispatch_server.kit.redact import Secret
from dispatch_server.settings.root import PREFIX, Settings, sections
from dispatch_server.settings.server import ServerSettings

FILE_VARIABLE = "DISPATCH_CONFIG"
DEFAULT_FILE = "config/server.yaml"
TLS_FOLDER, TLS_CERTIFICATE, TLS_KEY = "tls", "server.crt", "server.key"  # where `tls init` puts them
_LARGEST_FILE_BYTES = 1_048_576
Place = tuple[str, ...]
Overrides = Mapping[str, Mapping[str, Any]]


class SettingsWrong(LocalFault):
    """The settings cannot be used; the sentence has one line for each mistake."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("settings_wrong", "\n".join(lines))


class _Loader(yaml.SafeLoader):
    """YAML with the scalars of version 1.2: `on` and `yes` are words, 1:30 is not ninety."""


_Loader.yaml_implicit_resolvers = {}
for _tag, _form, _first in (
    ("bool", r"^(?:true|false|True|False|TRUE|FALSE)$", "tfTF"),
    ("int", r"^[-+]?[0-9][0-9_]*$", "-+0123456789"),
    ("float", r"^[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*|[0-9]+)(?:[eE][-+]?[0-9]+)?$", "-+.0123456789"),
    ("null", r"^(?:~|null|Null|NULL|)$", "~nN"),
    ("merge", r"^<<$", "<"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_form), [*_first, ""])


def load(path: Path | None = None, overrides: Overrides | None = None) -> Settings:
    """
    The settings of `path` (or $DISPATCH_CONFIG, or config/server.yaml where it exists), the environment above it.

    `overrides` (section → key → value) beat both: they are the options of the command line.
    """
    named = path or (Path(os.environ[FILE_VARIABLE]) if os.environ.get(FILE_VARIABLE) else None)
    file = named or Path(DEFAULT_FILE)
    content: dict[str, Any] = {}
    lines: dict[Place, int] = {}
    if named is not None or file.exists():
        content, lines = _read(file)
    mistakes = _unknown_variables()
    try:
        settings = Settings(**content).read_from(file.absolute() if file.is_file() else None)
    except ValidationError as error:
        raise SettingsWrong(mistakes + [_describe(one, file, lines) for one in error.errors()]) from None
    if mistakes:
        raise SettingsWrong(mistakes)
    return with_folders(_overridden(settings, overrides or {}))


def _overridden(settings: Settings, overrides: Overrides) -> Settings:
    update: dict[str, Any] = {}
    for name, values in overrides.items():
        section = getattr(settings, name)
        try:
            update[name] = type(section)(**{**dict(section), **values})
        except ValidationError as error:
            mistakes = [f"{name}.{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]
            raise SettingsWrong(mistakes) from None
    return settings.model_copy(update=update)


def _read(file: Path) -> tuple[dict[str, Any], dict[Place, int]]:
    try:
        if file.stat().st_size > _LARGEST_FILE_BYTES:
            raise SettingsWrong([f"{file}: larger than {_LARGEST_FILE_BYTES} bytes"])
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsWrong([f"{file}: cannot be read: {error}"]) from None
    try:
        node = yaml.compose(text, Loader=_Loader)
        content = yaml.load(text, Loader=_Loader)  # noqa: S506, a subclass of SafeLoader
    except yaml.YAMLError as error:
        raise SettingsWrong([f"{file}: {' '.join(str(error).split())}"]) from None
    lines: dict[Place, int] = {}
    repeated = _note_lines(node, (), lines)
    if content is None:
        return {}, lines
    if not isinstance(content, dict):
        raise SettingsWrong([f"{file}: must be a list of sections"])
    if repeated:
        raise SettingsWrong([f"{file}, line {line}: {'.'.join(place)} is given twice" for place, line in repeated])
    # An empty section (all its keys commented out) means its defaults.
    return {str(key): value for key, value in content.items() if value is not None}, lines


def _note_lines(node: yaml.Node | None, place: Place, lines: dict[Place, int]) -> list[tuple[Place, int]]:
    repeated: list[tuple[Place, int]] = []
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = (*place, str(key.value))
            if inner in lines:
                repeated.append((inner, key.start_mark.line + 1))
            lines[inner] = key.start_mark.line + 1
            repeated += _note_lines(value, inner, lines)
    return repeated


def _describe(error: Any, file: Path, lines: Mapping[Place, int]) -> str:
    place: Place = tuple(str(part) for part in error["loc"])
    name = ".".join(place)
    message = "there is no such key" if error["type"] == "extra_forbidden" else error["msg"]
    variable = PREFIX + "__".join(place[:2]).upper()
    if any(key.upper() == variable for key in os.environ):
        return f"${variable}: {message}"
    for length in range(len(place), 0, -1):
        if place[:length] in lines:
            return f"{file}, line {lines[place[:length]]}: {name}: {message}"
    return f"{name}: {message}"


def _unknown_variables() -> list[str]:
    """pydantic-settings passes over variables that match nothing; a misspelt one must not be silent."""
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    for name, section in sections().items():
        known |= {f"{PREFIX}{name.upper()}__{key.upper()}" for key in section.model_fields}
    return [
        f"${name}: there is no such key" for name in sorted(os.environ) if _is_ours(name) and name.upper() not in known
    ]


def _is_ours(name: str) -> bool:
    return name.upper().startswith(PREFIX)


def with_folders(settings: Settings) -> Settings:
    """The empty folders and address filled in from data_folder."""
    data = Path(settings.data_folder).expanduser().absolute()
    archive = Path(settings.archive.folder).expanduser().absolute() if settings.archive.folder else data / "archive"
    objects = Path(settings.objects.folder).expanduser().absolute() if settings.objects.folder else data / "objects"
    url = settings.database.url or Secret(f"sqlite+aiosqlite:///{data / 'dispatch.sqlite3'}")
    return settings.model_copy(
        update={
            "data_folder": str(data),
            "server": _with_certificate(settings.server, data / TLS_FOLDER),
            "archive": settings.archive.model_copy(update={"folder": str(archive)}),
            "objects": settings.objects.model_copy(update={"folder": str(objects)}),
            "database": settings.database.model_copy(update={"url": url}),
        }
    )


def _with_certificate(server: ServerSettings, folder: Path) -> ServerSettings:
    """The node's own certificate where none is named; not in development, and not where a proxy ends TLS."""
    own = folder / TLS_CERTIFICATE
    if server.tls_certificate or server.is_development or server.is_behind_tls_proxy or not own.is_file():
        return server
    return server.model_copy(update={"tls_certificate": str(own), "tls_key": str(folder / TLS_KEY)})
