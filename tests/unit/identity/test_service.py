"""Signing in with a code, being known by a cookie, being forgotten."""

from dataclasses import replace

import pytest

from dispatch_server.identity.accounts import Standing
from dispatch_server.identity.development import DEVELOPER, sign_in_link
from dispatch_server.identity.model import Permit, Role
from dispatch_server.identity.service import PERMIT_ENDED, RIGHTS_CHANGED, SignInService
from dispatch_server.identity.sign_in import CodeBox, CodeRefused, TooManyCodes
from dispatch_server.kit.acts import LedgerAway
from dispatch_server.kit.errors import Unavailable
from tests.ledgers import FakeLedger, recorder_over
from tests.unit.identity.fakes import FakeSessionStore
from tests.unit.live.fakes import FakeWorld


class Desk:
    def __init__(self) -> None:
        self.world = FakeWorld()
        self.store = FakeSessionStore()
        self.ledger = FakeLedger()
        self.service = self.start()
        self.ended: list[tuple[str, str]] = []
        self.service.listeners.append(lambda session_id, reason: self.ended.append((session_id, reason)))

    def start(self) -> SignInService:
        """Also once more, over the same rows."""
        recorder = recorder_over(self.world, self.ledger)
        return SignInService(self.world, self.store, CodeBox(self.world.chance), recorder=recorder)

    async def sign_in(self) -> str:
        secret, _ = await self.service.begin(self.service.new_code(DEVELOPER))
        return secret


async def test_a_link_lets_one_in_once_within_ten_minutes() -> None:
    desk = Desk()
    link = sign_in_link(desk.service, "http://127.0.0.1:8080/")
    base, _, code = link.partition("#code=")
    assert base == "http://127.0.0.1:8080/sign-in"
    assert len(code) * 6 >= 128
    secret, session = await desk.service.begin(code)
    assert session.person is DEVELOPER
    with pytest.raises(CodeRefused):
        await desk.service.begin(code)
    late = desk.service.new_code(DEVELOPER)
    desk.world.seconds += 600
    with pytest.raises(CodeRefused):
        await desk.service.begin(late)
    assert secret not in repr(desk.store.rows)


async def test_guessing_codes_is_slowed_down_and_a_right_one_still_counts() -> None:
    desk = Desk()
    code = desk.service.new_code(DEVELOPER)
    for _ in range(30):
        with pytest.raises(CodeRefused):
            await desk.service.begin("x" * 32)
    with pytest.raises(TooManyCodes):
        await desk.service.begin("x" * 32)
    assert await desk.service.begin(code)


async def use(desk: Desk, secret: str) -> None:
    session = await desk.service.session_of(secret)
    assert session is not None
    session.used()


async def test_use_keeps_a_session_from_idling_out() -> None:
    desk = Desk()
    secret = await desk.sign_in()
    for _ in range(3):
        desk.world.seconds += 899
        await use(desk, secret)
    desk.world.seconds += 900
    assert await desk.service.session_of(secret) is None
    assert [reason for _, reason in desk.ended] == ["signed out after its time"]
    assert desk.store.rows == {}


async def test_a_session_ends_after_twelve_hours_at_the_latest() -> None:
    desk = Desk()
    secret = await desk.sign_in()
    for _ in range(12 * 4 - 1):
        desk.world.seconds += 899
        await use(desk, secret)
    desk.world.seconds += 899 * 2
    await desk.service.tick()
    assert len(desk.ended) == 1


async def test_a_session_outlives_a_restart_but_not_its_end() -> None:
    desk = Desk()
    secret = await desk.sign_in()
    after = desk.start()
    await after.forget_old()
    session = await after.session_of(secret)
    assert session is not None
    await after.end(session, "signed out")
    assert await after.session_of(secret) is None
    assert await after.session_of("guess") is None


async def test_a_failed_sign_out_leaves_the_session_as_it_was() -> None:
    desk = Desk()
    secret = await desk.sign_in()
    session = await desk.service.session_of(secret)
    assert session is not None

    async def refuse(session_id: str) -> None:
        raise Unavailable("database_unavailable", "away")

    desk.store.remove = refuse  # type: ignore[method-assign]
    with pytest.raises(Unavailable):
        await desk.service.end(session, "signed out")
    assert desk.ended == []
    assert await desk.service.session_of(secret) is session


async def test_sessions_are_bounded_in_all_and_per_person() -> None:
    desk = Desk()
    first = await desk.sign_in()
    for _ in range(8):
        desk.world.seconds += 1
        await desk.sign_in()
    assert await desk.service.session_of(first) is None
    assert len(desk.store.rows) == 8
    desk.service.capacity = 7
    with pytest.raises(Unavailable):
        await desk.sign_in()


async def test_when_somebody_was_there_is_saved_at_times() -> None:
    desk = Desk()
    secret = await desk.sign_in()
    desk.world.seconds += 29
    await use(desk, secret)
    await desk.service.tick()
    assert desk.store.saved == []
    desk.world.seconds += 1
    await use(desk, secret)
    await desk.service.tick()
    await desk.service.tick()
    assert len(desk.store.saved) == 1


async def test_what_cannot_be_put_on_record_is_not_begun() -> None:
    desk = Desk()
    desk.ledger.is_away = True
    with pytest.raises(LedgerAway):
        await desk.sign_in()
    desk.service.recorder = None
    with pytest.raises(LedgerAway):
        await desk.sign_in()
    assert desk.store.rows == {}


async def test_to_leave_is_not_refused_because_the_ledger_is_away() -> None:
    desk = Desk()
    secret = await desk.sign_in()
    session = await desk.service.session_of(secret)
    assert session is not None
    desk.ledger.is_away = True
    await desk.service.end(session, "signed out")
    assert await desk.service.session_of(secret) is None
    assert [act.action for act in desk.ledger.journalled] == ["session.end"]


async def test_other_roles_end_a_session_and_other_permits_change_it() -> None:
    desk = Desk()
    secret = await desk.sign_in()
    permit = Permit("1", "stream.watch", "13", desk.world.utc_us() + 60_000_000)
    desk.store.standings["developer"] = Standing(replace(DEVELOPER, name="新名"), (permit,), False)
    await desk.service.tick()
    session = await desk.service.session_of(secret)
    assert session is not None
    assert (session.person.name, session.permits, desk.ended) == ("新名", (permit,), [])
    desk.world.seconds += 61
    session = await desk.service.session_of(secret)
    assert session is not None and session.permits == ()
    assert [reason for _, reason in desk.ended] == [PERMIT_ENDED]
    session.permits = (permit,)
    desk.store.standings["developer"] = Standing(DEVELOPER, (), False)
    await desk.service.agree("developer")
    assert [reason for _, reason in desk.ended] == [PERMIT_ENDED] * 2
    desk.store.standings["developer"] = Standing(replace(DEVELOPER, roles=frozenset({Role.OFFICER})), (), False)
    await desk.service.tick()
    assert [reason for _, reason in desk.ended] == [PERMIT_ENDED, PERMIT_ENDED, RIGHTS_CHANGED]
    assert await desk.service.session_of(secret) is None


async def test_somebody_without_an_account_stands_only_in_development() -> None:
    desk = Desk()
    secret = await desk.sign_in()
    desk.store.standings["developer"] = None
    desk.service.development = True
    assert await desk.start().session_of(secret) is None
    await desk.service.tick()
    assert await desk.service.session_of(secret) is not None
    desk.service.development = False
    await desk.service.tick()
    assert await desk.service.session_of(secret) is None


async def test_what_ended_on_another_node_ends_here() -> None:
    desk = Desk()
    secret = await desk.sign_in()
    assert await desk.start().end_of("developer", "ended by an administrator") == 1
    await desk.service.tick()
    assert await desk.service.session_of(secret) is None
    assert [reason for _, reason in desk.ended] == [RIGHTS_CHANGED]
