"""Tells the server of one master: its card, the indexes of what is ended, its end; and keeps what is acknowledged."""

import asyncio
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from pydantic import ValidationError

from dispatch_server.protocol.footage import MalformedFootage
from dispatch_server.protocol.masters import (
    INDEX_TYPE,
    FootageKey,
    MasterEnd,
    MasterSeal,
    MasterStanding,
)
from dispatch_server.protocol.seals import read_seal
from terminals.access import Access
from terminals.master import folders, receipts
from terminals.master.disk import Disk
from terminals.master.server_keys import ServerKeys
from terminals.whip import Refused, reason_of

MASTERS = "/api/v1/terminal/masters"
KEYS = "/api/v1/terminal/footage-key"
JSON = {"Content-Type": "application/json"}


@dataclass(slots=True)
class Told:
    """What the server has taken of one master since this program began; telling it again does no harm."""

    card: bool = False
    indexes: set[int] = field(default_factory=set)
    end: bool = False
    receipted: set[int] | None = None  # as on the disk; read once, for each is proved anew when it is read


@dataclass(frozen=True, slots=True)
class Delivery:
    """Raises Refused, MalformedFootage, httpx2.HTTPError, OSError."""

    access: Access
    disk: Disk

    async def keys(self) -> FootageKey:
        response = await self.access.ask("GET", KEYS)
        if response.status_code != 200:
            raise Refused(response.status_code, reason_of(response))
        with suppress(ValidationError):
            return FootageKey.model_validate_json(response.content)
        raise Refused(502, "the server's answer holds no keys")

    async def tell(self, folder: Path, told: Told) -> None:
        """What it does not know yet, in order: each index follows the one before."""
        if not told.card:
            card = await asyncio.to_thread(folders.read_card, folder)
            await self._put(f"{MASTERS}/{folder.name}", card.model_dump_json().encode(), JSON)
            told.card = True
        end = await asyncio.to_thread(folders.read_end, folder)
        numbers = await asyncio.to_thread(folders.segment_numbers, folder)
        for number in numbers if end is not None else numbers[:-1]:
            if number not in told.indexes:
                if await asyncio.to_thread(folders.follower, folder, number) is None:
                    return  # the next one has just begun: how much of this one counts is known in a moment
                index = await asyncio.to_thread(folders.announced_index, folder, number)
                path = f"{MASTERS}/{folder.name}/segments/{number}/index"
                await self._put(path, index, {"Content-Type": INDEX_TYPE})
                told.indexes.add(number)
        if end is not None and not told.end and (folder / folders.SEAL).exists():
            seal = read_seal(await asyncio.to_thread((folder / folders.SEAL).read_bytes))
            body = MasterEnd(end=end, seal=MasterSeal.model_validate(asdict(seal)))
            await self._put(f"{MASTERS}/{folder.name}/end", body.model_dump_json().encode(), JSON)
            told.end = True

    async def standing(self, folder: Path) -> MasterStanding:
        response = await self.access.ask("GET", f"{MASTERS}/{folder.name}")
        if response.status_code != 200:
            raise Refused(response.status_code, reason_of(response))
        with suppress(ValidationError):
            standing = MasterStanding.model_validate_json(response.content)
            if standing.recording == folder.name:
                return standing
        raise Refused(502, "the server's answer is no standing of this master")

    def acknowledge(self, folder: Path, standing: MasterStanding, keys: ServerKeys, told: Told) -> tuple[set[int], int]:
        """The segments with a receipt that holds, after new ones were kept durably; and how many did not hold."""
        if told.receipted is None:
            told.receipted = set(receipts.receipted(folder, keys.vouching))
        have = told.receipted
        wrong = 0
        for receipt in standing.receipts:
            if receipt.segment in have:
                continue
            try:
                receipts.check(receipt, folder, keys.vouching)
            except MalformedFootage:
                wrong += 1
                continue
            receipts.keep(receipt, folder, self.disk)
            have.add(receipt.segment)
        return have, wrong

    async def _put(self, path: str, body: bytes, headers: dict[str, str]) -> None:
        response = await self.access.ask("PUT", path, body, headers)
        if response.status_code not in (200, 201, 204):
            raise Refused(response.status_code, reason_of(response))
