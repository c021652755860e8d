"""What retention asks of others: facts of a recording, the clocks, the ledger's head, and what is in use just now."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from dispatch_server.archive.retention.clocks import Pair
from dispatch_server.archive.retention.policy import CaseLife
from dispatch_server.kit.events import Event


class BusPort(Protocol):
    def publish(self, event: Event) -> None: ...


class WorldPort(Protocol):
    def utc_us(self) -> int: ...

    def chance(self, count: int) -> bytes: ...


class ClockPort(Protocol):
    """This machine's clocks, and whether a time server keeps them."""

    def pair(self) -> Pair: ...

    def is_synchronised(self) -> bool | None: ...


class HeadPort(Protocol):
    def newest_utc_us(self) -> int | None:
        """Of the ledger's last signed head."""


class LinksPort(Protocol):
    """
    Facts from other rooms, asked for many recordings at once; one that is not named in an answer has nothing.

    An error leaves the question open: nothing is listed and nothing destroyed that it was about.
    """

    async def kinds_of(self, recording_ids: Sequence[str]) -> Mapping[str, Collection[str]]:
        """Kinds of the enforcements that a recording belongs to."""

    async def steps_of(self, recording_ids: Sequence[str]) -> Mapping[str, Collection[str]]: ...

    async def classes_of(self, recording_ids: Sequence[str]) -> Mapping[str, Collection[str]]:
        """Classes of its steps, and those that notes give it: obstruction, complaint, litigation, mass_event."""

    async def cases_of(self, recording_ids: Sequence[str]) -> Mapping[str, Sequence[CaseLife]]: ...

    async def recordings_of_case(self, case_id: str) -> Sequence[str]:
        """All that belong to it now: those that are linked, and those that show linked enforcements."""

    async def exported_now(self, recording_ids: Sequence[str]) -> Collection[str]:
        """Those of which an export is asked for, approved or being made."""


class Unlinked:
    """Where no such room is wired: nothing is known of any recording."""

    async def kinds_of(self, recording_ids: Sequence[str]) -> Mapping[str, Collection[str]]:
        return {}

    async def steps_of(self, recording_ids: Sequence[str]) -> Mapping[str, Collection[str]]:
        return {}

    async def classes_of(self, recording_ids: Sequence[str]) -> Mapping[str, Collection[str]]:
        return {}

    async def cases_of(self, recording_ids: Sequence[str]) -> Mapping[str, Sequence[CaseLife]]:
        return {}

    async def recordings_of_case(self, case_id: str) -> Sequence[str]:
        return ()

    async def exported_now(self, recording_ids: Sequence[str]) -> Collection[str]:
        return ()
