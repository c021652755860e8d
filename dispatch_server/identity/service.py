"""Sign-ins: opened for who has shown enough, known by a cookie's digest, ended by leaving, idling, age or a change."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from dispatch_server.identity.accounts import Standing
from dispatch_server.identity.model import Permit, Person, Session, SessionTimes
from dispatch_server.identity.ports import EndedListener, SessionStorePort, WorldPort
from dispatch_server.identity.recording import Recorder, asked_from
from dispatch_server.identity.sign_in import CodeBox, digest_of, secret_from
from dispatch_server.kit.acts import LedgerAway
from dispatch_server.kit.errors import Unavailable
from dispatch_server.kit.ids import RANDOM_BYTES, uuid7

SECRET_BYTES = 32
SAVE_SEEN_US = 30 * 1_000_000
PERMIT_ENDED = "a permit ended"
RIGHTS_CHANGED = "the person's rights were changed"


@dataclass(slots=True)
class SignInService:
    """`development`: people without an account count, those whom a one-time link let in."""

    world: WorldPort
    store: SessionStorePort
    codes: CodeBox
    times: SessionTimes = field(default_factory=SessionTimes)
    capacity: int = 2_000
    per_person: int = 8
    listeners: list[EndedListener] = field(default_factory=list)
    recorder: Recorder | None = None
    development: bool = False
    _sessions: dict[bytes, Session] = field(default_factory=dict)

    def new_code(self, person: Person) -> str:
        """The code of a one-time sign-in link for `person`."""
        return self.codes.issue(person, self.world.monotonic())

    async def begin(self, code: str, device: str = "") -> tuple[str, Session]:
        """Exchange a code for a session. A link is for development: it stands for a second factor too, to the end."""
        person = self.codes.use_up(code, self.world.monotonic())
        return await self.open(person, (), self.world.utc_us() + self.times.absolute_us, device)

    async def open(
        self, person: Person, permits: tuple[Permit, ...], proved_utc_us: int, device: str = ""
    ) -> tuple[str, Session]:
        """A session for who has shown enough: the secret goes into the cookie and is kept nowhere."""
        await self._make_room(person)
        utc_us = self.world.utc_us()
        secret = secret_from(self.world.chance(SECRET_BYTES))
        session = Session(
            id=uuid7(utc_us // 1000, self.world.chance(RANDOM_BYTES)),
            digest=digest_of(secret),
            person=person,
            begun_utc_us=utc_us,
            seen_utc_us=utc_us,
            saved_utc_us=utc_us,
            permits=permits,
            proved_utc_us=proved_utc_us,
            address=asked_from.get()[:64],
            device=device[:200],
        )
        if self.recorder is None:
            raise LedgerAway
        await self.recorder.enter(
            session,
            "session.begin",
            f"session:{session.id}",
            department=person.department,
            second_factor=bool(proved_utc_us),
        )
        await self.store.add(session)
        self._sessions[session.digest] = session
        return secret, session

    def sessions(self) -> list[Session]:
        """Those that this node knows of."""
        return list(self._sessions.values())

    async def session_of(self, secret: str) -> Session | None:
        """The session that a cookie names, while it stands; only its `used()` keeps it from idling out."""
        digest = digest_of(secret)
        utc_us = self.world.utc_us()
        session = self._sessions.get(digest)
        if session is None:
            session = await self.store.find(digest)
            if session is None or not self._agrees(session, await self.store.compare([session], utc_us)):
                return None
            session = self._sessions.setdefault(digest, session)
        if session.over(utc_us, self.times):
            await self._expire(session)
            return None
        session.asked_utc_us = max(session.asked_utc_us, utc_us)
        standing = tuple(one for one in session.permits if one.until_utc_us > utc_us)
        if standing != session.permits:
            session.permits = standing
            self._tell(session, PERMIT_ENDED)
        return session

    async def end(self, session: Session, reason: str) -> None:
        """For good: the row goes first, or the cookie would find it again. To leave is never refused for the ledger."""
        if self.recorder is not None:
            department = session.person.department
            await self.recorder.enter_anyway(
                session, "session.end", f"session:{session.id}", department=department, reason=reason
            )
        await self.store.remove(session.id)
        self._forget(session, reason)

    async def end_one(self, session_id: str, reason: str) -> None:
        """By its id, also one that only another node knows."""
        await self.store.remove(session_id)
        for session in self.sessions():
            if session.id == session_id:
                self._forget(session, reason)

    async def end_of(self, person_id: str, reason: str, but: str = "") -> int:
        """All sessions of a person but one, here now and on other nodes at their next compare; how many there were."""
        return self.forget_of(person_id, reason, but, await self.store.remove_of(person_id, but))

    def forget_of(self, person_id: str, reason: str, but: str = "", removed: Iterable[str] = ()) -> int:
        """The same where the rows are gone already: after the commit of the transaction that removed them."""
        ended = set(removed)
        for session in self.sessions():
            if session.person.id == person_id and session.id != but:
                ended.add(session.id)
                self._forget(session, reason)
        return len(ended)

    async def tick(self) -> None:
        """End what is over or no longer agrees with the database, and save when the others were last used."""
        utc_us = self.world.utc_us()
        for session in self.sessions():
            if session.over(utc_us, self.times):
                await self._expire(session)
        await self.agree()
        unsaved = [one for one in self._sessions.values() if one.seen_utc_us - one.saved_utc_us >= SAVE_SEEN_US]
        if unsaved:
            await self.store.seen(unsaved)
            for session in unsaved:
                session.saved_utc_us = session.seen_utc_us

    async def agree(self, person_id: str | None = None) -> None:
        """Rights as they are now; whoever has less than before loses what was opened with them."""
        sessions = [one for one in self.sessions() if person_id is None or one.person.id == person_id]
        if not sessions:
            return
        found = await self.store.compare(sessions, self.world.utc_us())
        for session in sessions:
            had = session.permits
            if not self._agrees(session, found):
                if found.get(session.id) is not None:
                    await self.store.remove(session.id)
                self._forget(session, RIGHTS_CHANGED)
            elif not set(had) <= set(session.permits):
                self._tell(session, PERMIT_ENDED)

    async def forget_old(self) -> None:
        """At start: remove what ended while the server was down."""
        utc_us = self.world.utc_us()
        slack_us = SAVE_SEEN_US
        await self.store.remove_older(utc_us - self.times.absolute_us, utc_us - self.times.idle_us - slack_us)

    def _agrees(self, session: Session, found: Mapping[str, Standing | None]) -> bool:
        """Whether it may stand; it takes over a new name and new permits, but other roles want a new sign-in."""
        if session.id not in found:
            return False  # ended on another node
        standing = found[session.id]
        if standing is None:
            return self.development
        person, now = session.person, standing.person
        if standing.disabled or (person.roles, person.department) != (now.roles, now.department):
            return False
        session.person, session.permits = now, standing.permits
        return True

    async def _expire(self, session: Session) -> None:
        """Its time alone ends it, with or without a database."""
        self._forget(session, "signed out after its time")
        await self.store.remove(session.id)

    def _forget(self, session: Session, reason: str) -> None:
        self._sessions.pop(session.digest, None)
        self._tell(session, reason)

    def _tell(self, session: Session, reason: str) -> None:
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
