"""Sign-ins: begun with a code, known by a cookie's digest, ended by leaving, by idling or by age."""

from dataclasses import dataclass, field

from dispatch_server.identity.model import Person, Session, SessionTimes
from dispatch_server.identity.ports import EndedListener, SessionStorePort, WorldPort
from dispatch_server.identity.sign_in import CodeBox, digest_of, secret_from
from dispatch_server.kit.errors import Unavailable
from dispatch_server.kit.ids import RANDOM_BYTES, uuid7

SECRET_BYTES = 32
SAVE_SEEN_US = 30 * 1_000_000


@dataclass(slots=True)
class SignInService:
    world: WorldPort
    store: SessionStorePort
    codes: CodeBox
    times: SessionTimes = field(default_factory=SessionTimes)
    capacity: int = 2_000
    per_person: int = 8
    listeners: list[EndedListener] = field(default_factory=list)
    _sessions: dict[bytes, Session] = field(default_factory=dict)

    def new_code(self, person: Person) -> str:
        """The code of a one-time sign-in link for `person`."""
        return self.codes.issue(person, self.world.monotonic())

    async def begin(self, code: str) -> tuple[str, Session]:
        """Exchange a code for a session: the secret goes into the cookie and is kept nowhere."""
        person = self.codes.use_up(code, self.world.monotonic())
        await self._make_room(person)
        utc_us = self.world.utc_us()
        secret = secret_from(self.world.chance(SECRET_BYTES))
        identity = uuid7(utc_us // 1000, self.world.chance(RANDOM_BYTES))
        session = Session(identity, digest_of(secret), person, utc_us, utc_us, saved_utc_us=utc_us)
        await self.store.add(session)
        self._sessions[session.digest] = session
        return secret, session

    def sessions(self) -> list[Session]:
        """Those that this node knows of."""
        return list(self._sessions.values())

    async def session_of(self, secret: str) -> Session | None:
        """The session that a cookie names, while it stands; asking keeps it from idling out."""
        digest = digest_of(secret)
        session = self._sessions.get(digest)
        if session is None:
            session = await self.store.find(digest)
            if session is None:
                return None
            session = self._sessions.setdefault(digest, session)
        utc_us = self.world.utc_us()
        if session.over(utc_us, self.times):
            await self._expire(session)
            return None
        session.seen_utc_us = max(session.seen_utc_us, utc_us)
        return session

    async def end(self, session: Session, reason: str) -> None:
        """For good: the row goes first, or the cookie would find it again."""
        await self.store.remove(session.id)
        self._forget(session, reason)

    async def tick(self) -> None:
        """End what is over and save when the others were last seen."""
        utc_us = self.world.utc_us()
        for session in list(self._sessions.values()):
            if session.over(utc_us, self.times):
                await self._expire(session)
        unsaved = [one for one in self._sessions.values() if one.seen_utc_us - one.saved_utc_us >= SAVE_SEEN_US]
        if unsaved:
            await self.store.seen(unsaved)
            for session in unsaved:
                session.saved_utc_us = session.seen_utc_us

    async def forget_old(self) -> None:
        """At start: remove what ended while the server was down."""
        utc_us = self.world.utc_us()
        slack_us = SAVE_SEEN_US
        await self.store.remove_older(utc_us - self.times.absolute_us, utc_us - self.times.idle_us - slack_us)

    async def _expire(self, session: Session) -> None:
        """Its time alone ends it, with or without a database."""
        self._forget(session, "signed out after its time")
        await self.store.remove(session.id)

    def _forget(self, session: Session, reason: str) -> None:
        self._sessions.pop(session.digest, None)
        for listener in self.listeners:
            listener(session.id, reason)

    async def _make_room(self, person: Person) -> None:
        own = sorted(
            (one for one in self._sessions.values() if one.person.id == person.id), key=lambda one: one.begun_utc_us
        )
        for oldest in own[: max(0, len(own) - self.per_person + 1)]:
            await self.end(oldest, "signed in elsewhere too often")
        if len(self._sessions) >= self.capacity:
            raise Unavailable("too_many_sessions", "Too many people are signed in.", retry_after_s=60)
