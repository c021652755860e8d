"""The county's departments and their terminals, read from config/departments.yaml."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dispatch_server.kit.errors import LocalFault

GUEST = re.compile(r"^(guest|console)-[A-Za-z0-9_-]{1,48}$")
Label = Annotated[str, Field(min_length=1, max_length=60)]
Kind = Literal["centre", "bureau", "township"]
LARGEST_FILE_CHARACTERS = 1_048_576


class RosterWrong(LocalFault):
    """The file cannot be used; the sentence has one line for each mistake."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("roster_wrong", "\n".join(lines))


class _DepartmentLine(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    code: str = Field(pattern=r"^\d\d$")
    name: Label
    name_en: Label
    kind: Kind
    terminals: list[Label] = Field(default=["1号终端", "2号终端"], min_length=1, max_length=99)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    county: Label
    county_en: Label
    departments: list[_DepartmentLine] = Field(min_length=1, max_length=99)


@dataclass(frozen=True, slots=True)
class Department:
    code: str
    name: str
    name_en: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Terminal:
    number: str
    name: str
    name_en: str
    department: Department


@dataclass(frozen=True, slots=True)
class Roster:
    county: str
    county_en: str
    departments: Mapping[str, Department]  # by code
    terminals: Mapping[str, Terminal]  # by number

    def may_publish(self, source: str) -> bool:
        """A terminal of the roster, or a name that says that it is none."""
        return source in self.terminals or GUEST.match(source) is not None

    def department_of(self, source: str) -> str:
        """The code; empty for a guest."""
        terminal = self.terminals.get(source)
        return terminal.department.code if terminal is not None else ""


def read_roster(text: str, name: str = "departments.yaml") -> Roster:
    """The roster that the text of the file describes; RosterWrong names every mistake."""
    if len(text) > LARGEST_FILE_CHARACTERS:
        raise RosterWrong([f"{name}: larger than {LARGEST_FILE_CHARACTERS} characters"])
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise RosterWrong([f"{name}: {' '.join(str(error).split())}"]) from None
    try:
        file = _File.model_validate(content)
    except ValidationError as error:
        raise RosterWrong([_describe(name, content, one) for one in error.errors()]) from None
    mistakes = _repeated(file)
    if mistakes:
        raise RosterWrong([f"{name}: {mistake}" for mistake in mistakes])
    return _assemble(file)


def _assemble(file: _File) -> Roster:
    departments: dict[str, Department] = {}
    terminals: dict[str, Terminal] = {}
    for line in file.departments:
        department = Department(line.code, line.name, line.name_en, line.kind)
        departments[line.code] = department
        for position, label in enumerate(line.terminals, start=1):
            number = f"T{line.code}{position:02d}"
            terminals[number] = Terminal(
                number, f"{line.name}{label}", f"{line.name_en}, terminal {position}", department
            )
    return Roster(file.county, file.county_en, departments, terminals)


def _repeated(file: _File) -> list[str]:
    found = []
    for attribute in ("code", "name", "name_en"):
        seen: set[str] = set()
        for line in file.departments:
            value = getattr(line, attribute)
            if value in seen:
                found.append(f"departments: {attribute} {value} is given twice")
            seen.add(value)
    return found


def _describe(name: str, content: Any, error: Any) -> str:
    """Where the mistake is, in the file's own words: by the department's code, where it has one."""
    place = list(error["loc"])
    where = ".".join(str(part) for part in place)
    if len(place) > 1 and place[0] == "departments" and isinstance(place[1], int):
        line = content["departments"][place[1]]
        code = line.get("code") if isinstance(line, dict) else None
        rest = ".".join(str(part) for part in place[2:])
        where = f"department {code or f'no. {place[1] + 1}'}{': ' + rest if rest else ''}"
    message = "there is no such key" if error["type"] == "extra_forbidden" else error["msg"]
    return f"{name}: {where + ': ' if where else ''}{message}"
