"""Signing in with a password: each step looks at one thing and says what is missing, until nothing is."""

from collections.abc import Callable
from dataclasses import dataclass, field

from dispatch_server.identity.accounts import Account, AccountRules
from dispatch_server.identity.callers import PersonCaller, SystemCaller
from dispatch_server.identity.credentials import Credentials, FactorRefused, SignInRefused
from dispatch_server.identity.locks import Locks, Try
from dispatch_server.identity.model import Session
from dispatch_server.identity.passwords import PasswordUnfit, normal
from dispatch_server.identity.second_factor import new_secret, uri_of
from dispatch_server.identity.service import SignInService
from dispatch_server.identity.sign_in import digest_of, secret_from
from dispatch_server.identity.steps import SIGN_IN, Shown, Step, Ticket, TicketBox, TicketRefused
from dispatch_server.kit.acts import Outcome
from dispatch_server.kit.errors import Invalid, LocalFault

DEVICE_BYTES = 24


@dataclass(frozen=True, slots=True)
class Knock:
    """From where somebody comes; `device` is the secret that this browser keeps for this account."""

    address: str
    device: str = ""
    browser: str = ""


@dataclass(frozen=True, slots=True)
class SignedIn:
    secret: str
    session: Session
    account: str
    device: str  # the secret for the browser to keep


@dataclass(frozen=True, slots=True)
class Missing:
    """What to show next, with this ticket; of an enrolment, what the authenticator is given."""

    step: Step
    ticket: str
    account: str
    secret: str = ""
    uri: str = ""


class NothingShown(Invalid):
    def __init__(self, what: str) -> None:
        super().__init__("step_incomplete", f"This step wants {what}.")


class Unproved(LocalFault):
    """The steps led past a second factor: better no sign-in than this one."""

    def __init__(self) -> None:
        super().__init__("factor_unproved", "A sign-in was to be opened without its second factor.")


@dataclass(slots=True)
class PasswordSignIn:
    credentials: Credentials
    sign_ins: SignInService
    locks: Locks
    tickets: TicketBox
    rules: AccountRules = field(default_factory=AccountRules)
    issuer: str = "Dispatch"
    refused: int = 0  # tries of strangers; they are counted, not listed

    async def begin(self, account: str, password: str, factor: str | None, knock: Knock) -> SignedIn | Missing:
        """Raises SignInRefused, FactorRefused, SignInPaused, SignInBusy; none tells whether the account is there."""
        store, world = self.credentials.store, self.credentials.world
        name = account.strip().lower()
        found, is_known = await store.for_sign_in(name, digest_of(knock.device))
        attempt = self._take(name, found, is_known, knock)
        may = found is not None and found.may_sign_in(world.utc_us(), self.rules)
        stored = found.password_hash if found is not None and may else None
        right = await self._compare(attempt, stored, normal(password), is_known)
        if not right or found is None:
            self._failed(found, is_known)
            raise SignInRefused
        attempt.succeeded()
        await self._rehash(found, normal(password))
        if found.sealed_factor is None or factor is None:
            return await self._next(found, Step.PASSWORD, proved=False, knock=knock)
        return await self._show_factor(found, factor, is_known, knock)

    async def go_on(
        self, text: str, factor: str | None, new_password: str | None, knock_of: Callable[[str], Knock]
    ) -> SignedIn | Missing:
        """One step further; `knock_of` an account. Raises TicketRefused and what the step itself refuses."""
        ticket = self.tickets.take(text, self.credentials.world.monotonic())
        account = await self.credentials.store.by_id(ticket.person_id)
        if account is None or not account.may_sign_in(self.credentials.world.utc_us(), self.rules):
            raise TicketRefused
        if account.version != ticket.version:
            raise TicketRefused  # the password or the second factor is another one now
        knock = knock_of(account.account)
        try:
            return await self._step(account, ticket, factor, new_password, knock)
        except (PasswordUnfit, NothingShown):
            self.tickets.put_back(text, ticket)
            raise
        except FactorRefused:
            if SIGN_IN.after(ticket.step, Shown.WRONG) is ticket.step:
                self.tickets.put_back(text, ticket)
            raise

    async def _step(
        self, account: Account, ticket: Ticket, factor: str | None, new_password: str | None, knock: Knock
    ) -> SignedIn | Missing:
        match ticket.step:
            case Step.SECOND_FACTOR:
                _, is_known = await self.credentials.store.for_sign_in(account.account, digest_of(knock.device))
                return await self._show_factor(account, _given(factor, "a code"), is_known, knock)
            case Step.NEW_PASSWORD:
                return await self._change(account, ticket, _given(new_password, "a new password"), knock)
            case _:
                return await self._enrol(account, ticket, _given(factor, "a code"), knock)

    async def _compare(self, attempt: Try, stored: str | None, password: str, is_known: bool) -> bool:
        compared = False
        try:
            right = await self.credentials.hashing.matches(stored, password, known=is_known)
            compared = True
        finally:
            if not compared:
                attempt.undone()  # too busy, or whoever asked went away: that is no failure
        return right

    async def _rehash(self, account: Account, password: str) -> None:
        """With the present cost, at the only moment when the password is here."""
        hashing, store = self.credentials.hashing, self.credentials.store
        if hashing.is_old(account.password_hash):
            hashed = await hashing.hash(password)
            async with store.writing() as connection:
                await store.rehashed(connection, account, hashed)

    async def _show_factor(self, account: Account, factor: str, is_known: bool, knock: Knock) -> SignedIn | Missing:
        attempt = self._take(account.account, account, is_known, knock)
        try:
            await self.credentials.prove(account, factor)
        except FactorRefused:
            self._failed(account, is_known)
            raise
        attempt.succeeded()
        return await self._next(account, Step.SECOND_FACTOR, proved=True, knock=knock)

    async def _change(self, account: Account, ticket: Ticket, new: str, knock: Knock) -> SignedIn | Missing:
        await self.credentials.set_password(PersonCaller(account.person), account, new)
        self.tickets.forget(account.person.id)
        await self.sign_ins.end_of(account.person.id, "the password was changed")
        return await self._next(await self._again(account), Step.NEW_PASSWORD, ticket.proved, knock)

    async def _enrol(self, account: Account, ticket: Ticket, code: str, knock: Knock) -> SignedIn | Missing:
        await self.credentials.enrol(PersonCaller(account.person), account, ticket.secret, code)
        self.tickets.forget(account.person.id)
        return await self._next(await self._again(account), Step.ENROLMENT, proved=True, knock=knock)

    async def _next(self, account: Account, step: Step, proved: bool, knock: Knock) -> SignedIn | Missing:
        """What the account still lacks, or the session."""
        if account.sealed_factor is not None and not proved:
            shown = Shown.FACTOR_MISSING
        elif account.change_due(self.credentials.world.utc_us(), self.rules):
            shown = Shown.CHANGE_DUE
        elif account.needs_factor and account.sealed_factor is None:
            shown = Shown.ENROLMENT_DUE
        else:
            shown = Shown.ALL
        after = SIGN_IN.after(step, shown)
        if after is Step.SIGNED_IN:
            return await self._finish(account, proved, knock)
        secret = new_secret(self.credentials.world.chance) if after is Step.ENROLMENT else ""
        ticket = Ticket(account.person.id, after, self._expires(), account.version, proved, secret)
        return self._give(ticket, account)

    async def _finish(self, account: Account, proved: bool, knock: Knock) -> SignedIn:
        """Not twice the same: a new session secret each time, and a device's secret that no other account had."""
        if not proved and (account.needs_factor or account.sealed_factor is not None):
            raise Unproved
        store, world, utc_us = self.credentials.store, self.credentials.world, self.credentials.world.utc_us()
        person = account.person
        _, is_known = await store.for_sign_in(account.account, digest_of(knock.device))
        permits = await store.permits_of(person.id, utc_us)
        secret, session = await self.sign_ins.open(person, permits, utc_us if proved else 0, knock.browser)
        now = await store.by_id(person.id)
        if now is None or now.version != account.version:
            # Changed since it was compared: whoever changed it ended the sign-ins that were there before this one.
            await self.sign_ins.end(session, "the account was changed meanwhile")
            raise TicketRefused
        device = knock.device if is_known else secret_from(world.chance(DEVICE_BYTES))
        async with store.writing() as connection:
            await store.know_device(connection, person.id, digest_of(device), utc_us)
            await store.signed_in(connection, person.id, utc_us)
        self.locks.cleared(person.id, knock.device if is_known else None)
        return SignedIn(secret, session, account.account, device)

    def _take(self, name: str, account: Account | None, is_known: bool, knock: Knock) -> Try:
        person_id = account.person.id if account is not None else None
        device = digest_of(knock.device).hex() if is_known else None
        return self.locks.take(name, person_id, device, knock.address, self.credentials.world.monotonic())

    def _failed(self, account: Account | None, is_known: bool) -> None:
        self.refused += 1
        if account is None or is_known:
            return
        if self.locks.is_locked(account.person.id, self.credentials.world.monotonic()):
            self.credentials.recorder.journal(
                SystemCaller("sign-in"),
                "session.lock",
                f"person:{account.person.id}",
                department=account.person.department,
                outcome=Outcome.REFUSED,
            )

    def _give(self, ticket: Ticket, account: Account) -> Missing:
        text = self.tickets.give(ticket, self.credentials.world.monotonic())
        uri = uri_of(ticket.secret, account.account, self.issuer) if ticket.secret else ""
        return Missing(ticket.step, text, account.account, ticket.secret, uri)

    def _expires(self) -> float:
        return self.credentials.world.monotonic() + self.tickets.life_s

    async def _again(self, account: Account) -> Account:
        """As it is after a change of ours."""
        found = await self.credentials.store.by_id(account.person.id)
        if found is None:
            raise TicketRefused
        return found


def _given(value: str | None, what: str) -> str:
    if not value:
        raise NothingShown(what)
    return value
