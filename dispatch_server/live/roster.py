"""The county's departments and their terminals, as the live room sees them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from dispatch_server.kit.errors import LocalFault
from dispatch_server.org.file_lines import DepartmentsFile
from dispatch_server.org.refusals import FileTooLarge, FileWrong
from dispatch_server.org.sheet_file import read_departments

GUEST = re.compile(r"^(guest|console)-[A-Za-z0-9_-]{1,48}$")
Kind = Literal["centre", "bureau", "township", "team"]


class RosterWrong(LocalFault):
    """The file cannot be used; the sentence has one line for each mistake."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("roster_wrong", "\n".join(lines))


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


@dataclass(slots=True)
class Roster:
    """One object for everybody who asks; wiring gives it new contents when the organisation or the register change."""

    county: str
    county_en: str
    departments: Mapping[str, Department]  # by path
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
    try:
        return _assemble(read_departments(text, name))
    except FileTooLarge as error:
        raise RosterWrong([f"{name}: {error.sentence}"]) from None
    except FileWrong as error:
        raise RosterWrong(error.lines) from None


def _assemble(file: DepartmentsFile) -> Roster:
    """Terminals are carried by departments of the first level; what is closed has none."""
    departments: dict[str, Department] = {}
    terminals: dict[str, Terminal] = {}
    for line in file.departments:
        if line.closed:
            continue
        department = Department(line.code, line.name, line.name_en, line.kind)
        departments[line.code] = department
        for position, label in enumerate(line.terminals, start=1):
            number = f"T{line.code}{position:02d}"
            terminals[number] = Terminal(
                number, f"{line.name}{label}", f"{line.name_en}, terminal {position}", department
            )
    return Roster(file.county, file.county_en, departments, terminals)
