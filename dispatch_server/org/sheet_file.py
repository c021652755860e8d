"""From plain values (of YAML or of a workbook) to lines that hold, with every mistake named at its place."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, TypeVar

from pydantic import ValidationError

from dispatch_server.org.file_lines import DepartmentsFile, OrganisationFile
from dispatch_server.org.refusals import FileTooLarge, FileWrong
from dispatch_server.org.yaml_text import read_yaml

LARGEST_FILE_BYTES = 2_097_152
F = TypeVar("F", bound=OrganisationFile)
Place = Callable[[str, int, Any], str]  # section, number of its line, the line itself
SECTIONS = {"departments": "code", "officers": "certificate", "items": "code", "delegations": "document"}
_SINGULAR = {name: name[:-1] for name in SECTIONS}


def read_organisation(text: str, name: str) -> OrganisationFile:
    """Raises FileWrong, FileTooLarge."""
    return checked(OrganisationFile, content_of(text, name), name)


def read_departments(text: str, name: str) -> DepartmentsFile:
    """The same for the file by which a county begins."""
    return checked(DepartmentsFile, content_of(text, name), name)


def content_of(text: str, name: str) -> Any:
    if len(text) > LARGEST_FILE_BYTES:
        raise FileTooLarge(LARGEST_FILE_BYTES)
    return read_yaml(text, name)


def line_name(section: str, number: int, line: Any) -> str:
    """`department 13`, or `department no. 3` when it has no code."""
    key = line.get(SECTIONS[section]) if isinstance(line, dict) else None
    return f"{_SINGULAR[section]} {str(key)[:60] if key is not None and key != '' else f'no. {number + 1}'}"


def checked(model: type[F], content: Any, name: str, place: Place = line_name) -> F:
    """Every mistake in one go: whoever mends a file wants to do it once."""
    try:
        file = model.model_validate(content)
    except ValidationError as error:
        raise FileWrong([_describe(name, content, one, place) for one in error.errors(include_url=False)]) from None
    if mistakes := _repeated(file):
        raise FileWrong([f"{name}: {mistake}" for mistake in mistakes])
    return file


def _describe(name: str, content: Any, error: Any, place: Place) -> str:
    loc = list(error["loc"])
    where = ".".join(str(part) for part in loc)
    if len(loc) > 1 and loc[0] in SECTIONS and isinstance(loc[1], int):
        rest = ".".join(str(part) for part in loc[2:])
        where = f"{place(loc[0], loc[1], content[loc[0]][loc[1]])}{': ' + rest if rest else ''}"
    message = "there is no such key" if error["type"] == "extra_forbidden" else error["msg"]
    return f"{name}: {where + ': ' if where else ''}{message}"[:400]


def _repeated(file: OrganisationFile) -> list[str]:
    mistakes = _twice_among("departments", file.departments, ("code", "name", "name_en"))
    for line in file.departments:
        mistakes += _repeated_teams(line.code, line.teams)
    mistakes += _twice_among("officers", file.officers, ("certificate",))
    mistakes += _twice_among("items", file.items, ("code",))
    delegated = [
        (item, line.from_department, to, line.since.isoformat())
        for line in file.delegations
        for item in line.items
        for to in line.to
    ]
    return mistakes + [f"delegations: {' '.join(key)} is given twice" for key in _twice(delegated)]


def _repeated_teams(path: str, teams: Sequence[Any]) -> list[str]:
    mistakes = _twice_among(f"teams of {path}", teams, ("code", "name"))
    for team in teams:
        mistakes += _repeated_teams(f"{path}/{team.code}", team.teams)
    return mistakes


def _twice_among(what: str, lines: Sequence[Any], attributes: Iterable[str]) -> list[str]:
    return [
        f"{what}: {attribute} {value} is given twice"
        for attribute in attributes
        for value in _twice([getattr(line, attribute) for line in lines])
    ]


H = TypeVar("H", bound=Hashable)


def _twice(values: Iterable[H]) -> list[H]:
    seen: set[H] = set()
    found: dict[H, None] = {}
    for value in values:
        if value in seen:
            found[value] = None
        seen.add(value)
    return list(found)
