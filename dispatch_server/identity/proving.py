"""What a signed-in person does about their own credentials; each wants something that a stolen session has not."""

from dataclasses import dataclass

from dispatch_server.identity.accounts import Account
from dispatch_server.identity.credentials import (
    Credentials,
    FactorMissing,
    FactorNeeded,
    FactorRefused,
    FactorThere,
    PasswordWrong,
)
from dispatch_server.identity.locks import Locks, SignInPaused, Try
from dispatch_server.identity.model import Session
from dispatch_server.identity.passwords import normal
from dispatch_server.identity.people import PersonUnknown
from dispatch_server.identity.second_factor import new_secret, uri_of
from dispatch_server.identity.service import SignInService
from dispatch_server.identity.steps import Step, Ticket, TicketBox, TicketRefused


@dataclass(slots=True)
class Proving:
    """Failures are paid from a budget of that session; who has used it up is signed out."""

    credentials: Credentials
    sign_ins: SignInService
    locks: Locks
    tickets: TicketBox
    issuer: str = "Dispatch"

    async def own(self, session: Session) -> Account:
        """Raises PersonUnknown for development's person, who has no account."""
        account = await self.credentials.store.by_id(session.person.id)
        if account is None:
            raise PersonUnknown
        return account

    async def prove(self, session: Session, code: str) -> None:
        """The second factor again: for a while dangerous things may be done. Raises FactorRefused, SignInPaused."""
        account = await self.own(session)
        if account.sealed_factor is None:
            raise FactorMissing
        attempt = await self._take(session)
        await self.credentials.prove(account, code)
        attempt.succeeded()
        session.proved_utc_us = self.credentials.world.utc_us()
        await self.sign_ins.store.proved(session)

    async def change_password(self, session: Session, present: str, new: str) -> None:
        """Other sign-ins of this person end. Raises PasswordWrong, PasswordUnfit."""
        account = await self._shown(session, present)
        await self.credentials.set_password(session, account, new)
        self.tickets.forget(account.person.id)
        await self.sign_ins.end_of(account.person.id, "the password was changed", but=session.id)

    async def offer_factor(self, session: Session, present: str) -> tuple[str, str, str]:
        """(ticket, secret, uri) for an authenticator; nothing changes until its code was shown."""
        account = await self._shown(session, present)
        if account.sealed_factor is not None:
            raise FactorThere
        now, secret = self.credentials.world.monotonic(), new_secret(self.credentials.world.chance)
        ticket = Ticket(account.person.id, Step.ENROLMENT, now + self.tickets.life_s, account.version, secret=secret)
        return self.tickets.give(ticket, now), secret, uri_of(secret, account.account, self.issuer)

    async def confirm_factor(self, session: Session, text: str, code: str) -> None:
        """Raises TicketRefused, FactorRefused."""
        ticket = self.tickets.take(text, self.credentials.world.monotonic())
        if ticket.person_id != session.person.id or ticket.step is not Step.ENROLMENT:
            raise TicketRefused
        account = await self.own(session)
        if account.version != ticket.version:
            raise FactorThere if account.sealed_factor is not None else TicketRefused
        try:
            await self.credentials.enrol(session, account, ticket.secret, code)
        except FactorRefused:
            self.tickets.put_back(text, ticket)
            raise
        self.tickets.forget(account.person.id)
        session.proved_utc_us = self.credentials.world.utc_us()
        await self.sign_ins.store.proved(session)

    async def remove_factor(self, session: Session, present: str) -> None:
        """Raises FactorNeeded for an administrator."""
        account = await self._shown(session, present)
        if account.needs_factor:
            raise FactorNeeded
        await self.credentials.remove_factor(session, account)
        session.proved_utc_us = 0
        await self.sign_ins.store.proved(session)

    async def new_codes(self, session: Session) -> list[str]:
        account = await self.own(session)
        if account.sealed_factor is None:
            raise FactorMissing
        return await self.credentials.new_codes(session, account)

    async def end_own(self, session: Session, session_id: str) -> bool:
        """One of one's own sign-ins, here or elsewhere; False when there is no such one."""
        person_id = session.person.id
        own = {one.id for one in await self.sign_ins.store.of_person(person_id)}
        if session_id not in own:
            return False
        await self._ends(session, f"session:{session_id}")
        await self.sign_ins.end_one(session_id, "ended by the person")
        return True

    async def end_others(self, session: Session) -> int:
        """How many there were."""
        await self._ends(session, f"person:{session.person.id}")
        return await self.sign_ins.end_of(session.person.id, "ended by the person", but=session.id)

    async def _ends(self, session: Session, subject: str) -> None:
        """It only takes a right away: done without a ledger too."""
        department = session.person.department
        await self.credentials.recorder.enter_anyway(session, "me.sessions.end", subject, department=department)

    async def _shown(self, session: Session, present: str) -> Account:
        account = await self.own(session)
        attempt = await self._take(session)
        if not await self.credentials.hashing.matches(account.password_hash, normal(present), known=True):
            raise PasswordWrong
        attempt.succeeded()
        return account

    async def _take(self, session: Session) -> Try:
        """Whoever guesses with a stolen cookie loses it, and locks nothing else."""
        person_id = session.person.id
        try:
            return self.locks.take("", person_id, session.id, session.address, self.credentials.world.monotonic())
        except SignInPaused:
            await self.sign_ins.end(session, "too many failed tries")
            raise
