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
KEY_CHANGED = "signing_key_changed"
ANCHOR_MISSING = "newest_head_missing"
THIS_NODE = "this node"
RECENT = 16
HOLDERS = 5000  # terminals whose last comparison is remembered
AWAY = (DatabaseAway, SQLAlchemyError, ValueError)

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
        self._anchor: SignedHead | None = None  # the last one that the ledger agreed with; kept beside the database
        self._remember: Give = lambda head: None
        self._signed_at: float | None = None
        self._recent: deque[SignedHead] = deque(maxlen=RECENT)

    def newest(self) -> SignedHead | None:
        return self._newest

    async def open(self, signer: Signer, anchor: SignedHead | None, remember: Give) -> None:
        """`anchor` is what `remember` was given last: an older or another database that was put there is told now."""
        self._signer, self._anchor, self._remember = signer, anchor, remember
        if anchor is not None:
            await self.held_by(THIS_NODE, anchor)
            if anchor.key != signer.key:
                self._alarms.raised(KEY_CHANGED, before=anchor.key.hex(), now=signer.key.hex())
            return
        async with self._store.database.reading() as connection:
            if await self._store.has_signed(connection, signer.key):
                self._alarms.raised(ANCHOR_MISSING)

    async def tick(self) -> None:
        """Sign when it is time. A ledger that cannot be read or written is an alarm, and tried again."""
        try:
            async with self._store.database.reading() as connection:
                size = (await self._store.state(connection)).frontier.size
            if self._is_due(size):
                await self.sign()
        except AWAY as error:
            self._alarms.raised(HEAD_FAILS, error=str(error)[:300])
        else:
            self._alarms.over(HEAD_FAILS)

    async def sign(self) -> SignedHead:
        """The head of all that is in the ledger now, kept and given to the witnesses."""
        agrees = self._anchor is None or await self.held_by(THIS_NODE, self._anchor) is Verdict.AGREES
        async with self._store.database.transaction() as connection:
            head = await self._signed(connection)
            await self._store.add_head(connection, head)
        self._newest, self._signed_at = head, self._world.monotonic()
        self._recent.append(head)
        if agrees:  # else what proves it stays until somebody takes it away
            self._anchor = head
            self._remember(head)
        for give in self._witnesses:
            give(head)
        return head

    async def compare(self, head: SignedHead, *, is_own: bool = False) -> Verdict:
        """`is_own`: it was kept by this node, so that its key need not be known otherwise."""
        if self._signer is None or not holds(head):
            return Verdict.NOT_OURS
        async with self._store.database.reading() as connection:
            known = is_own or head.key == self._signer.key
            if not known and not await self._store.has_signed(connection, head.key):
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
        is_own = holder == THIS_NODE
        trusted = not is_own and head in self._recent and self.held.get(THIS_NODE) in (None, Verdict.AGREES)
        verdict = Verdict.AGREES if trusted else await self.compare(head, is_own=is_own)
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
