"""Connects the room of people: database, threads, ledger, the key that seals second factors."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from dispatch_server.identity.accounts import AccountRules
from dispatch_server.identity.assembly import IdentityLimits, IdentityRoom, Outside, assemble
from dispatch_server.identity.hashing import HashCost
from dispatch_server.identity.locks import LockRules
from dispatch_server.identity.model import SessionTimes
from dispatch_server.identity.service import SignInService
from dispatch_server.runtime.scope import TaskScope
from dispatch_server.settings import Settings

if TYPE_CHECKING:
    from dispatch_server.wiring import Wiring

MICROSECONDS = 1_000_000
SIGN_IN_TICK_S = 2.0  # so soon does a right that was taken on another node end here
SEAL_KEY = "second_factor"


def build_identity(wiring: "Wiring") -> IdentityRoom:
    """The room, for the server and for commands that work on its database."""

    def seal_key() -> bytes:
        return bytes.fromhex(wiring.keys.secret(SEAL_KEY).reveal())

    outside = Outside(wiring.world, wiring.database, wiring.threads, wiring.recorder, seal_key)
    return assemble(outside, limits_of(wiring.settings))


def wire_identity(wiring: "Wiring", is_department: Callable[[str], bool]) -> SignInService:
    """People and their sign-ins, kept in the database."""
    room = build_identity(wiring)
    room.people.is_department = is_department
    wiring.state["sign_ins"] = room.sign_ins
    wiring.state["refusals"] = room.refusals
    wiring.routers.extend(room.routers())
    wiring.counters.collect_from(room.readings)

    async def tick() -> None:
        while True:
            await asyncio.sleep(SIGN_IN_TICK_S)
            await room.sign_ins.tick()

    async def open_identity(scope: TaskScope) -> None:
        wiring.keys.secret(SEAL_KEY)  # made at the first start, not at the first enrolment
        await room.sign_ins.forget_old()
        scope.start("sign-ins", tick)

    wiring.openings.append(open_identity)
    return room.sign_ins


def limits_of(settings: Settings) -> IdentityLimits:
    chosen = settings.identity
    return IdentityLimits(
        times=SessionTimes(
            int(chosen.idle_s * MICROSECONDS), int(chosen.absolute_s * MICROSECONDS), int(chosen.fresh_s * MICROSECONDS)
        ),
        accounts=AccountRules(
            chosen.password_days,
            chosen.unused_days,
            chosen.one_time_password_s,
            chosen.people,
            chosen.permits_per_person,
        ),
        locks=LockRules(chosen.failures, chosen.lock_s, chosen.failures_per_address),
        cost=HashCost(chosen.argon2_passes, chosen.argon2_memory_kib, chosen.argon2_lanes),
        sessions=chosen.sessions,
        sessions_per_person=chosen.sessions_per_person,
        link_s=chosen.sign_in_link_s,
        step_s=chosen.step_s,
        waiting=chosen.sign_ins_waiting,
        issuer=chosen.issuer,
        development=settings.server.is_development,
    )
