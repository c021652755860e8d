"""Imports and exports over HTTP: rehearsed, then done, all or nothing; and files from somebody hostile."""

import hashlib
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import select

from dispatch_server.identity.model import Role
from dispatch_server.org import tables
from dispatch_server.org.refusals import FileWrong
from dispatch_server.org.sheet_file import LARGEST_FILE_BYTES
from dispatch_server.protocol import organisation as messages
from tests.integration.org.rig import SAMPLE_FILES, SETUP, XLSX, YAML, Rig, tag
from tests.unit.org.test_package_checks import BOMB
from tests.unit.org.test_yaml_text import LAUGHS

IMPORT = "/api/v1/org/import"
CHANGE = """
officers:
  - { certificate: 样例-13-001, name: 新名, department: "13", expires_on: 2030-12-31 }
  - { certificate: 样例-99-001, name: 新人, department: "14", expires_on: 2030-12-31 }
"""


async def send(
    desk: httpx2.AsyncClient, data: bytes | str, form: dict[str, str] = YAML, **how: object
) -> httpx2.Response:
    """`revision`: do it, if that is the revision still; anything else: do it; nothing: rehearse it."""
    params = {"dry_run": "false"} if how else {}
    headers = {**form, **(tag(int(str(how["revision"]))) if "revision" in how else {})}
    content = data.encode() if isinstance(data, str) else data
    return await desk.post(IMPORT, content=content, headers=headers, params=params)


@pytest.mark.parametrize(("form", "kind"), [("yaml", YAML), ("xlsx", XLSX)])
async def test_an_export_is_an_import_that_changes_nothing(
    rig: Rig, admin: httpx2.AsyncClient, form: str, kind: dict[str, str]
) -> None:
    answer = await admin.get("/api/v1/org/export", params={"format": form})
    assert (answer.status_code, answer.headers["content-type"]) == (200, kind["Content-Type"])
    assert f".{form}" in answer.headers["content-disposition"]
    (act,) = rig.ledger.acts
    assert (act.action, act.detail["form"], act.detail["officers"]) == ("org.export", form, 21)
    revision = rig.org.now.revision
    for how in ({}, {"revision": revision}):
        report = messages.ImportReport.model_validate_json((await send(admin, answer.content, kind, **how)).content)
        assert (report.created, report.changed, report.unchanged, report.problems) == (0, 0, 148, [])
    assert (rig.org.now.revision, len(rig.ledger.acts)) == (revision, 1)


async def test_what_was_rehearsed_is_what_is_done(rig: Rig, admin: httpx2.AsyncClient) -> None:
    rehearsed = await send(admin, CHANGE)
    report = messages.ImportReport.model_validate_json(rehearsed.content)
    assert (report.applied, report.created, report.changed, report.unchanged) == (False, 1, 1, 0)
    assert [(one.key, one.what) for one in report.entries] == [("样例-13-001", "changed"), ("样例-99-001", "created")]
    assert report.entries[0].differences["department"] == "13/01 → 13"
    assert rig.org.now.officers_by_certificate["样例-13-001"].name == "贾一城"
    assert (await send(admin, CHANGE, now=True)).status_code == 428
    done = await send(admin, CHANGE, revision=report.revision)
    assert messages.ImportReport.model_validate_json(done.content).applied
    assert rig.org.now.officers_by_certificate["样例-13-001"].name == "新名"
    stale = await send(admin, CHANGE.replace("新名", "再新"), revision=report.revision)
    assert (stale.status_code, stale.json()["code"]) == (412, "if_match_outdated")
    (act,) = rig.ledger.acts
    assert (act.action, act.detail["created"], act.detail["changed"]) == ("org.import", 1, 1)
    assert act.detail["sha256"] == hashlib.sha256(CHANGE.encode()).hexdigest()
    async with rig.org.store.database.reading() as connection:
        kept = (await connection.execute(select(tables.imports.c.content).order_by(tables.imports.c.id.desc()))).first()
    assert kept is not None and kept[0] == CHANGE.encode()


async def test_a_file_with_one_wrong_line_changes_nothing(rig: Rig, admin: httpx2.AsyncClient) -> None:
    text = CHANGE.replace('"14"', '"77"')
    report = messages.ImportReport.model_validate_json((await send(admin, text)).content)
    assert report.problems == ["officer 样例-99-001: there is no department 77"]
    answer = await send(admin, text, revision=report.revision)
    assert (answer.status_code, answer.json()["code"]) == (409, "organisation_rules_broken")
    assert rig.org.now.officers_by_certificate["样例-13-001"].name == "贾一城"
    assert (await rig.org.store.read()) == rig.org.now
    rig.ledger.away = True
    assert (await send(admin, CHANGE, revision=report.revision)).status_code == 503
    assert (await rig.org.store.read()) == rig.org.now


@pytest.mark.parametrize(
    ("data", "form", "status", "code"),
    [
        (BOMB, XLSX, 400, "organisation_file_wrong"),
        (b"PK", XLSX, 400, "organisation_file_wrong"),
        (LAUGHS.encode(), YAML, 400, "organisation_file_wrong"),
        (b"\xff\xfe", YAML, 400, "organisation_file_wrong"),
        (b"", YAML, 400, "organisation_file_wrong"),
        (b"a: 1", {"Content-Type": "text/csv"}, 415, "media_type_unsupported"),
        (b"#" * (LARGEST_FILE_BYTES + 1), YAML, 413, "too_large"),
    ],
    ids=range(7),
)
async def test_hostile_files_are_refused(
    rig: Rig, admin: httpx2.AsyncClient, data: bytes, form: dict[str, str], status: int, code: str
) -> None:
    before = rig.org.now
    answer = await send(admin, data, form)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert rig.org.now is before


async def test_the_county_begins_with_its_files_once(empty: Rig) -> None:
    assert empty.org.now.is_empty
    first = await empty.files.import_files(SAMPLE_FILES, SETUP)
    assert [len(one.changes) for one in first] == [24, 103, 21]
    assert [act.action for act in empty.ledger.acts] == ["org.import"] * 3
    again = await empty.files.import_files(SAMPLE_FILES, SETUP)
    assert [len(one.changes) for one in again] == [0, 0, 0]
    assert len(empty.ledger.acts) == 3


async def test_a_file_that_is_not_there_is_named(empty: Rig) -> None:
    with pytest.raises(FileWrong, match=r"nowhere\.yaml: No such file"):
        await empty.files.import_files([Path("nowhere.yaml")], SETUP)


async def test_an_operator_neither_exports_nor_imports(rig: Rig) -> None:
    for roles, department in (((Role.OPERATOR,), ""), ((Role.SYSTEM_ADMIN,), "13")):
        async with rig.desk(*roles, department=department) as desk:
            for answer in (await desk.get("/api/v1/org/export"), await send(desk, CHANGE)):
                assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")
    assert rig.ledger.acts == []
