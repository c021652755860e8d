"""Signs the head of the tree at its times, hands it to the witnesses, and compares what they hold with the ledger."""

from collections import deque
from collections.abc import Callable, Iterable
from enum import StrEnum

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from dispatch_server.audit.alarms import Alarms
from dispatch_server.audit.limits import Cadence
from dispatch_server.audit.model import SignedHead
from dispatch_server.audit.signing import Signer, holds
from dispatch_server.audit.store import LedgerStore
from dispatch_server.runtime.database import DatabaseAway
from dispatch_server.runtime.world import World

HEAD_FAILS = "head_not_signed"
DISAGREES = "ledger_disagrees"
THIS_NODE = "this node"
RECENT = 16
HOLDERS = 5000  # terminals whose last comparison is remembered
_AWAY = (DatabaseAway, SQLAlchemyError, ValueError)

Give = Callable[[SignedHead], None]


class Verdict(StrEnum):
    """What a head that somebody holds says of the ledger as it is now."""

    AGREES = "agrees"
    SHORTER = "shorter"  # the ledger lost lines that it had: cut off or rolled back
    FORKED = "forked"  # the lines that the head covers are not the same any more
    OTHER_LOG = "other_log"
    NOT_OURS = "not_ours"  # not signed, or by a key that never signed here: it proves nothing


class Heads:
    """`tick()` every second; `newest()` is what a heartbeat carries to the terminals."""

    def __init__(
        self, store: LedgerStore, world: World, cadence: Cadence, alarms: Alarms, witnesses: Iterable[Give] = ()
    ) -> None:
        self.held: dict[str, Verdict] = {}  # by terminal
        self._store = store
        self._world = world
        self._cadence = cadence
        self._alarms = alarms
        self._witnesses = tuple(witnesses)
        self._signer: Signer | None = None
        self._newest: SignedHead | None = None
        self._signed_at: float | None = None
        self._recent: deque[SignedHead] = deque(maxlen=RECENT)

    def newest(self) -> SignedHead | None:
        return self._newest

    async def open(self, signer: Signer, remembered: SignedHead | None) -> None:
        """`remembered` was kept outside of the database: an older database that was put back is told here."""
        self._signer = signer
        for head in (remembered, await self._newest_kept()):
            if head is not None:
                await self.held_by(THIS_NODE, head)
        self._newest = remembered

    async def tick(self) -> None:
        """Sign when it is time. A ledger that cannot be read or written is an alarm, and tried again."""
        try:
            async with self._store.database.reading() as connection:
                size = (await self._store.state(connection)).frontier.size
            if self._is_due(size):
                await self.sign()
        except _AWAY as error:
            self._alarms.raised(HEAD_FAILS, error=str(error)[:300])
        else:
            self._alarms.over(HEAD_FAILS)

    async def sign(self) -> SignedHead:
        """The head of all that is in the ledger now, kept and given to the witnesses."""
        if self._newest is not None:
            await self.held_by(THIS_NODE, self._newest)
        async with self._store.database.transaction() as connection:
            head = await self._signed(connection)
            await self._store.add_head(connection, head)
        self._newest, self._signed_at = head, self._world.monotonic()
        self._recent.append(head)
        for give in self._witnesses:
            give(head)
        return head

    async def compare(self, head: SignedHead) -> Verdict:
        if self._signer is None or not holds(head):
            return Verdict.NOT_OURS
        async with self._store.database.reading() as connection:
            if head.key != self._signer.key and not await self._store.has_signed(connection, head.key):
                return Verdict.NOT_OURS  # on several nodes each has its own key
            state = await self._store.state(connection)
            if head.log_id != state.log_id:
                return Verdict.OTHER_LOG
            if head.size > state.frontier.size:
                return Verdict.SHORTER
            same = await self._store.root_at(connection, head.size) == head.root
        return Verdict.AGREES if same else Verdict.FORKED

    async def held_by(self, holder: str, head: SignedHead) -> Verdict:
        """What a terminal acknowledged last is compared; an alarm when the ledger is not what it was."""
        # What this process signed it compares itself, each time before it signs again.
        trusted = head in self._recent and self.held.get(THIS_NODE) is not Verdict.FORKED
        verdict = Verdict.AGREES if trusted and holder != THIS_NODE else await self.compare(head)
        self.held.pop(holder, None)
        while len(self.held) >= HOLDERS:
            del self.held[next(iter(self.held))]
        self.held[holder] = verdict
        if verdict in (Verdict.SHORTER, Verdict.FORKED, Verdict.OTHER_LOG):
            self._alarms.raised(DISAGREES, holder, verdict=verdict.value, size=head.size, number=head.number)
        return verdict

    def _is_due(self, size: int) -> bool:
        if self._newest is None or self._signed_at is None:
            return True
        grown = size - self._newest.size
        return self._world.monotonic() - self._signed_at >= self._cadence.head_s or grown >= self._cadence.head_acts

    async def _signed(self, connection: AsyncConnection) -> SignedHead:
        if self._signer is None:
            raise DatabaseAway
        state = await self._store.state(connection, locked=True)
        frontier, number = state.frontier, state.heads + 1
        return self._signer.head(state.log_id, number, frontier.size, frontier.root(), self._world.utc_us())

    async def _newest_kept(self) -> SignedHead | None:
        async with self._store.database.reading() as connection:
            return await self._store.newest_head(connection)
