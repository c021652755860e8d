"""Judges the connectivity checks that come in and answers the authentic ones; both ICE roles use it."""

from collections import Counter
from dataclasses import dataclass

from aioice import stun

from dispatch_server.media.abilities import IceCredentials
from dispatch_server.media.link import binding
from dispatch_server.media.link.outbox import Address, Outbox

_TRANSACTIONS_KEPT = 128


@dataclass(frozen=True, slots=True)
class Check:
    """A request that was authentic, new, and has been answered."""

    nominates: bool


@dataclass(frozen=True, slots=True)
class _Generation:
    """What one exchange of credentials lets the other end say."""

    username: str
    key: bytes


class Responder:
    """
    Everything that is not an authentic request is dropped in silence and counted: an answer would tell a scanner
    that somebody lives here, and reflect more bytes than came.
    """

    __slots__ = ("_conflicting_role", "_drops", "_generations", "_outbox", "_transactions")

    def __init__(self, conflicting_role: str, outbox: Outbox, drops: Counter[str]) -> None:
        self._conflicting_role = conflicting_role  # the attribute that only the other role may send
        self._outbox = outbox
        self._drops = drops
        self._generations: list[_Generation] = []  # at most two: before and after an ICE restart
        self._transactions: dict[bytes, Address] = {}

    def expect(self, local: IceCredentials, remote: IceCredentials) -> None:
        """Accept new credentials beside the present ones, until the first check made with the new."""
        newest = _Generation(f"{local.ufrag}:{remote.ufrag}", local.password.encode("ascii"))
        self._generations = [*self._generations[-1:], newest]

    def local_ufrags(self) -> tuple[str, ...]:
        """The user fragments that requests for this link may carry at present."""
        return tuple(generation.username.partition(":")[0] for generation in self._generations)

    def take(self, message: stun.Message, source: Address) -> Check | None:
        """Answer a request; the Check, or None when it changes nothing."""
        generation = self._generation_of(message)
        if generation is None:
            return None
        transaction = message.transaction_id
        known = self._transactions.get(transaction)
        if known is not None and known != source:
            # Somebody who has read a check on its way may send it again from elsewhere.
            self._drops["stun_replayed"] += 1
            return None
        if self._conflicting_role in message.attributes:
            self._drops["stun_role_conflict"] += 1
            self._outbox.put(binding.make_role_conflict(transaction, generation.key), source)
            return None
        self._outbox.put(binding.make_success(transaction, generation.key, source), source)
        if known is not None:
            return None  # the same check once more: our answer was lost
        self._remember(transaction, source)
        self._generations = self._generations[self._generations.index(generation) :]
        return Check(nominates="USE-CANDIDATE" in message.attributes)

    def _generation_of(self, message: stun.Message) -> _Generation | None:
        username = message.attributes.get("USERNAME")
        for generation in self._generations:
            if generation.username == username:
                if binding.is_authentic(message, generation.key):
                    return generation
                self._drops["stun_integrity"] += 1
                return None
        self._drops["stun_username"] += 1
        return None

    def _remember(self, transaction: bytes, source: Address) -> None:
        if len(self._transactions) >= _TRANSACTIONS_KEPT:
            del self._transactions[next(iter(self._transactions))]
        self._transactions[transaction] = source
