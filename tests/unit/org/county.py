"""The sample county as an organisation, and what is needed to make others."""

from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path

from dispatch_server.org import importing
from dispatch_server.org.file_lines import OrganisationFile
from dispatch_server.org.model import Department, DepartmentKind, Officer, Organisation
from dispatch_server.org.rules import problems
from dispatch_server.org.sheet_file import read_organisation

FILES = ("departments.yaml", "enforcement_items.yaml", "officers.yaml")


def moment(text: str) -> int:
    """UTC microseconds of an ISO time with its zone."""
    return (datetime.fromisoformat(text) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


NOW = moment("2026-09-01T12:00:00+08:00")
_ids = count()


def new_id() -> str:
    return f"id-{next(_ids):06}"


def with_file(base: Organisation, file: OrganisationFile, utc_us: int = NOW) -> Organisation:
    changes = importing.plan(base, file, new_id, utc_us).changes
    after = base.with_changes(changes, base.revision + 1)
    assert problems(after, changes) == []
    return after


def sample() -> Organisation:
    """What the files of config/ say."""
    organisation = Organisation()
    for name in FILES:
        text = Path("config", name).read_text(encoding="utf-8")
        organisation = with_file(organisation, read_organisation(text, name))
    return organisation


def department(path: str, kind: DepartmentKind = DepartmentKind.TEAM, **more: object) -> Department:
    return Department(path=path, name=f"名{path}", name_en=f"Name {path}", kind=kind, **more)  # type: ignore[arg-type]


def officer(**more: object) -> Officer:
    values = {"id": "o1", "name": "甄样本", "certificate": "样例-1", "department": "13", "expires_on": date(2026, 9, 1)}
    return Officer(**{**values, **more})  # type: ignore[arg-type]
