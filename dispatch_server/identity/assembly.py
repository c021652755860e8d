"""Puts the room of people together: sign-ins, passwords and second factors, administration, permits, recoveries."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from fastapi import APIRouter

from dispatch_server.identity.accounts import AccountRules
from dispatch_server.identity.credentials import Credentials
from dispatch_server.identity.hashing import HashCost, Hashing
from dispatch_server.identity.locks import LockRules, Locks
from dispatch_server.identity.model import SessionTimes
from dispatch_server.identity.own_routes import own_routes
from dispatch_server.identity.password_sign_in import PasswordSignIn
from dispatch_server.identity.people import PeopleService
from dispatch_server.identity.people_routes import people_routes
from dispatch_server.identity.people_store import PeopleStore
from dispatch_server.identity.ports import WorldPort
from dispatch_server.identity.proving import Proving
from dispatch_server.identity.recording import Recorder
from dispatch_server.identity.recoveries import RecoveryService
from dispatch_server.identity.refusals import Refusals
from dispatch_server.identity.rights import PermitService
from dispatch_server.identity.rights_routes import permit_routes, recovery_routes
from dispatch_server.identity.rights_store import RightsStore
from dispatch_server.identity.routes import session_routes
from dispatch_server.identity.second_factor import Seal
from dispatch_server.identity.service import SignInService
from dispatch_server.identity.sign_in import CodeBox
from dispatch_server.identity.steps import TicketBox
from dispatch_server.identity.store import SessionStore
from dispatch_server.runtime.counters import Reading
from dispatch_server.runtime.database import Database
from dispatch_server.runtime.threads import Threads


@dataclass(frozen=True, slots=True)
class Outside:
    """What others give; `seal_key` makes second factors unreadable in the database."""

    world: WorldPort
    database: Database
    threads: Threads
    recorder: Recorder
    seal_key: Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class IdentityLimits:
    times: SessionTimes = field(default_factory=SessionTimes)
    accounts: AccountRules = field(default_factory=AccountRules)
    locks: LockRules = field(default_factory=LockRules)
    cost: HashCost = field(default_factory=HashCost)
    sessions: int = 2_000
    sessions_per_person: int = 8
    link_s: float = 600.0
    step_s: float = 300.0
    waiting: int = 32
    issuer: str = "Dispatch"
    development: bool = False


@dataclass(frozen=True, slots=True)
class IdentityRoom:
    sign_ins: SignInService
    by_password: PasswordSignIn
    proving: Proving
    people: PeopleService
    permits: PermitService
    recoveries: RecoveryService
    locks: Locks
    refusals: Refusals

    def routers(self) -> tuple[APIRouter, ...]:
        return (
            session_routes(self.sign_ins, self.by_password),
            own_routes(self.proving),
            people_routes(self.people),
            permit_routes(self.permits),
            recovery_routes(self.recoveries),
        )

    def readings(self) -> Iterable[Reading]:
        """For /metrics."""
        hashing = self.people.credentials.hashing
        yield Reading("sign_ins", len(self.sign_ins.sessions()), "Sign-ins that this node knows.", kind="gauge")
        yield Reading("sign_in_failures", self.by_password.refused, "Wrong passwords and codes.")
        yield Reading("sign_ins_paused", self.locks.paused, "Tries refused because of too many failed ones.")
        yield Reading("sign_ins_busy", hashing.strangers.refused + hashing.known.refused, "Tries refused by the queue.")
        yield Reading("refusals_anonymous", self.refusals.strangers, "Requests of nobody who is signed in.")
        yield Reading("refusals_not_listed", self.refusals.not_listed, "Refusals over the bound of the ledger.")


def assemble(outside: Outside, limits: IdentityLimits | None = None) -> IdentityRoom:
    limits = limits or IdentityLimits()
    world, recorder = outside.world, outside.recorder
    hashing = Hashing(outside.threads, world.chance, limits.cost, limits.waiting)
    store, rights = PeopleStore(outside.database), RightsStore(outside.database)
    credentials = Credentials(world, store, hashing, Seal(outside.seal_key, world.chance), recorder)
    sign_ins = SignInService(
        world,
        SessionStore(outside.database),
        CodeBox(world.chance, limits.link_s),
        limits.times,
        limits.sessions,
        limits.sessions_per_person,
        recorder=recorder,
        development=limits.development,
    )
    locks, tickets = Locks(limits.locks), TicketBox(world.chance, limits.step_s)
    people = PeopleService(credentials, sign_ins, tickets, limits.accounts)
    return IdentityRoom(
        sign_ins,
        PasswordSignIn(credentials, sign_ins, locks, tickets, limits.accounts, limits.issuer),
        Proving(credentials, sign_ins, locks, tickets, limits.issuer),
        people,
        PermitService(people, rights),
        RecoveryService(people, rights),
        locks,
        Refusals(),
    )
