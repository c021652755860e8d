"""The organisation as files: what an import would change, its doing, all or nothing, and exports."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path

from dispatch_server.identity.callers import Caller, SystemCaller
from dispatch_server.org import exporting, importing
from dispatch_server.org.clerk_talk import Task, file_of
from dispatch_server.org.file_lines import OrganisationFile
from dispatch_server.org.importing import Plan
from dispatch_server.org.model import Change, Organisation
from dispatch_server.org.ports import ClerkPort, OffLoop
from dispatch_server.org.refusals import ExportFailed, FileTooLarge, FileWrong, VersionOutdated
from dispatch_server.org.rules import problems
from dispatch_server.org.service import OrgService, checked
from dispatch_server.org.sheet_file import LARGEST_FILE_BYTES, read_departments, read_organisation
from dispatch_server.org.store import Imported


class Form(StrEnum):
    YAML = "yaml"
    XLSX = "xlsx"


@dataclass(frozen=True, slots=True)
class Report:
    """`revision`: from which one the plan was made, and after an import the one that it made."""

    revision: int
    changes: Sequence[Change]
    unchanged: int
    problems: Sequence[str]
    applied: bool


@dataclass(frozen=True, slots=True)
class OrgFiles:
    org: OrgService
    off_loop: OffLoop
    clerk: ClerkPort

    async def read(self, data: bytes, form: Form, name: str) -> OrganisationFile:
        """Somebody else's file. Raises FileWrong, FileTooLarge, ClerkBusy."""
        if len(data) > LARGEST_FILE_BYTES:
            raise FileTooLarge(LARGEST_FILE_BYTES)
        answer = await self.clerk.done(Task.READ_XLSX if form is Form.XLSX else Task.READ_YAML, data, name)
        return await self.off_loop(partial(file_of, answer, name))

    async def rehearse(self, file: OrganisationFile) -> Report:
        """What it would change, and why it could not; nothing is written."""
        base = self.org.now
        plan = await self._plan(base, file)
        after = base.with_changes(plan.changes, base.revision + 1)
        found = await self.off_loop(lambda: problems(after, plan.changes))
        return Report(base.revision, plan.changes, plan.unchanged, found, applied=False)

    async def apply(
        self, caller: Caller, file: OrganisationFile, data: bytes, name: str, revision: int | None = None
    ) -> Report:
        """
        All of it or nothing. `revision`: the one that was rehearsed; VersionOutdated when there is a newer one.

        The ledger gets one line with the file's digest, and the file itself is kept. Raises RulesBroken, LedgerAway.
        """
        one = Imported(self.org.new_id(), self.org.world.utc_us(), name, hashlib.sha256(data).hexdigest(), data)
        store = self.org.store
        async with store.database.transaction() as connection:
            base = await self.org.base(connection)
            if revision is not None and revision != base.revision:
                raise VersionOutdated
            plan = await self._plan(base, file)
            if not plan.changes:
                return Report(base.revision, (), plan.unchanged, (), applied=True)
            after = await self.off_loop(lambda: checked(base, plan.changes))
            await store.apply(connection, plan.changes, after.revision)
            await store.keep_import(connection, one, after.revision)
            await self.org.recorder.enter(
                caller,
                "org.import",
                f"import:{one.id}",
                connection=connection,
                file=name[:120],
                sha256=one.sha256,
                revision=after.revision,
                created=plan.count("created"),
                changed=plan.count("changed"),
                closed=plan.count("closed"),
                reopened=plan.count("reopened"),
            )
        self.org.announce(after, plan.changes)
        return Report(after.revision, plan.changes, plan.unchanged, (), applied=True)

    async def export(self, caller: Caller, form: Form) -> bytes:
        """The whole as one file; on record before it is given. Raises LedgerAway, ClerkBusy, ExportFailed."""
        base = self.org.now
        await self.org.recorder.enter(
            caller, "org.export", form=form.value, revision=base.revision, officers=len(base.officers)
        )
        lines = await self.off_loop(partial(exporting.as_json, base))
        task = Task.WRITE_XLSX if form is Form.XLSX else Task.WRITE_YAML
        if not (data := await self.clerk.done(task, lines, form.value)):
            raise ExportFailed
        return data

    async def import_files(self, paths: Sequence[Path], caller: Caller | None = None) -> list[Report]:
        """
        Our own files for a new county, the one with its departments first; what is the same already stays.

        Raises FileWrong, RulesBroken.
        """
        reports = []
        for number, path in enumerate(paths):
            data = await self.off_loop(partial(_bytes_of, path))
            reads = read_departments if number == 0 else read_organisation
            file = await self.off_loop(partial(_read_yaml, data, path.name, reads))
            reports.append(await self.apply(caller or SystemCaller("set-up"), file, data, path.name))
        return reports

    async def _plan(self, base: Organisation, file: OrganisationFile) -> Plan:
        utc_us = self.org.world.utc_us()
        return await self.off_loop(lambda: importing.plan(base, file, self.org.new_id, utc_us))


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise FileWrong([f"{path}: {error.strerror}"]) from None


def _read_yaml(
    data: bytes, name: str, reads: Callable[[str, str], OrganisationFile] = read_organisation
) -> OrganisationFile:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FileWrong([f"{name}: it is not UTF-8"]) from None
    return reads(text, name)
