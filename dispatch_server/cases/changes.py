"""What every change of a case has in common: it is locked, saved with a new version, put on record, and told."""

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from dispatch_server.cases import refusals
from dispatch_server.cases.model import Case, CaseChanged, CaseLinked, File, Link, Thing
from dispatch_server.cases.ports import BusPort, EnforcementsPort, RecordingsPort, WorldPort
from dispatch_server.cases.store import CaseStore
from dispatch_server.identity.callers import Caller, actor_of
from dispatch_server.identity.recording import Recorder
from dispatch_server.kit.ids import RANDOM_BYTES, uuid7
from dispatch_server.kit.scope import Scope


@dataclass(slots=True)
class Changes:
    world: WorldPort
    bus: BusPort
    recorder: Recorder
    store: CaseStore
    enforcements: EnforcementsPort
    recordings: RecordingsPort

    def now(self) -> int:
        return self.world.utc_us()

    def new_id(self) -> str:
        return uuid7(self.now() // 1000, self.world.chance(RANDOM_BYTES))

    async def locked(self, connection: AsyncConnection, case_id: str, scope: Scope, version: int | None = None) -> File:
        """For a change of what it says or holds. Raises CaseUnknown, VersionOutdated, CaseClosed."""
        file = await self.locked_in_any_state(connection, case_id, scope, version)
        if not file.case.is_open:
            raise refusals.CaseClosed
        return file

    async def locked_in_any_state(
        self, connection: AsyncConnection, case_id: str, scope: Scope, version: int | None
    ) -> File:
        if (file := await self.store.locked(connection, case_id, scope)) is None:
            raise refusals.CaseUnknown
        if version is not None and file.case.version != version:
            raise refusals.VersionOutdated
        return file

    async def saved(self, connection: AsyncConnection, before: Case, wanted: Case) -> Case:
        """Under the next version. Raises NumberTaken."""
        after = replace(wanted, version=before.version + 1, changed_utc_us=self.now())
        await self.store.save(connection, after)
        return after

    async def enter(self, caller: Caller, action: str, case: Case, connection: AsyncConnection, **detail: Any) -> None:
        await self.recorder.enter(
            caller, action, f"case:{case.id}", department=case.department, connection=connection, **detail
        )

    def announce(self, case: Case) -> None:
        """After the commit."""
        self.bus.publish(
            CaseChanged(identity=self.new_id(), utc_us=self.now(), case_id=case.id, department=case.department)
        )

    def tell_linked(self, case: Case, recording_ids: list[str]) -> None:
        """Which cases these are in has changed, or what those cases are called."""
        if recording_ids:
            self.bus.publish(
                CaseLinked(
                    identity=self.new_id(), utc_us=self.now(), case_id=case.id, recording_ids=tuple(recording_ids)
                )
            )

    async def recordings_of(self, file: File) -> list[str]:
        """Those that are linked, and those that show linked enforcements."""
        linked = file.linked(Thing.RECORDING)
        shown = await self.recordings.of_enforcements(file.linked(Thing.ENFORCEMENT))
        return list(dict.fromkeys([*linked, *shown]))

    async def tell_of(self, case: Case, link: Link) -> None:
        one = link.thing_id
        shown = [one] if link.thing is Thing.RECORDING else list(await self.recordings.of_enforcements([one]))
        self.tell_linked(case, shown)

    @staticmethod
    def by(caller: Caller) -> str:
        return actor_of(caller)[0]
