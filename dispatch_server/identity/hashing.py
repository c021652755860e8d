"""Argon2id (RFC 9106) on threads: a bounded number at a time, strangers apart from devices that are known."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from dispatch_server.identity.ports import EntropyPort
from dispatch_server.kit.errors import Unavailable
from dispatch_server.runtime.threads import Kind, Threads


class SignInBusy(Unavailable):
    def __init__(self) -> None:
        super().__init__("sign_in_busy", "Too many people sign in at this moment.", retry_after_s=5)


@dataclass(frozen=True, slots=True)
class HashCost:
    """RFC 9106 section 4, the second recommended choice: three passes over 64 MiB in four lanes."""

    passes: int = 3
    memory_kib: int = 65_536
    lanes: int = 4


@dataclass(slots=True)
class Gate:
    """Some at a time, some more waiting, the rest refused."""

    at_once: int
    waiting: int
    in_hand: int = 0
    refused: int = 0
    _turns: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self._turns = asyncio.Semaphore(self.at_once)

    @asynccontextmanager
    async def passed(self) -> AsyncIterator[None]:
        if self.in_hand >= self.at_once + self.waiting:
            self.refused += 1
            raise SignInBusy
        self.in_hand += 1
        try:
            async with self._turns:
                yield
        finally:
            self.in_hand -= 1


class Hashing:
    """A queue of strangers' tries does not make an owner wait: known devices have a gate of their own."""

    def __init__(self, threads: Threads, entropy: EntropyPort, cost: HashCost | None = None, waiting: int = 32) -> None:
        cost = cost or HashCost()
        self._hasher = PasswordHasher(cost.passes, cost.memory_kib, cost.lanes)
        self._threads = threads
        self._entropy = entropy
        self.strangers = Gate(1, waiting)
        self.known = Gate(1, waiting)
        # A hash that nothing fits, of the same cost: it stands in for accounts that there are not.
        salt, tag = (b64encode(entropy(count)).decode().rstrip("=") for count in (16, 32))
        costs = f"m={cost.memory_kib},t={cost.passes},p={cost.lanes}"
        self._nobody = f"$argon2id$v=19${costs}${salt}${tag}"

    async def hash(self, password: str) -> str:
        async with self.known.passed():
            salt = self._entropy(16)
            return await self._threads.run(Kind.GENERAL, lambda: self._hasher.hash(password, salt=salt))

    async def matches(self, stored: str | None, password: str, *, known: bool) -> bool:
        """None: of nobody. It takes as long and is never right."""
        async with (self.known if known else self.strangers).passed():
            right = await self._threads.run(Kind.GENERAL, self._verify, stored or self._nobody, password)
        return right and stored is not None

    def is_old(self, stored: str) -> bool:
        """Made with another cost than the present one: to be made anew at the next sign-in."""
        return self._hasher.check_needs_rehash(stored)

    def _verify(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False
