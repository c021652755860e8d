"""What a person shows to be let in: passwords are set by the rules, second factors enrolled, and both are compared."""

from dataclasses import dataclass

from dispatch_server.identity.accounts import Account
from dispatch_server.identity.callers import Caller
from dispatch_server.identity.hashing import Hashing
from dispatch_server.identity.passwords import PasswordUnfit, check, normal
from dispatch_server.identity.people_store import PeopleStore
from dispatch_server.identity.ports import WorldPort
from dispatch_server.identity.recording import Recorder
from dispatch_server.identity.second_factor import Seal, new_recovery_codes, step_of
from dispatch_server.identity.sign_in import digest_of
from dispatch_server.kit.errors import Conflict, Forbidden, Unauthenticated


class SignInRefused(Unauthenticated):
    """The same whatever was wrong, and after the same work."""

    def __init__(self) -> None:
        super().__init__("sign_in_refused", "The account or the password is wrong, or this account may not sign in.")


class FactorRefused(Unauthenticated):
    def __init__(self) -> None:
        super().__init__("second_factor_refused", "That code is wrong, or was used already.")


class PasswordWrong(Forbidden):
    """Of somebody who is signed in and asked for something that wants the password again."""

    def __init__(self) -> None:
        super().__init__("password_wrong", "That is not your present password.")


class FactorThere(Conflict):
    def __init__(self) -> None:
        super().__init__("second_factor_there", "There is a second factor already; take it away first.")


class FactorMissing(Conflict):
    def __init__(self) -> None:
        super().__init__("second_factor_missing", "There is no second factor; enrol one first.")


class FactorNeeded(Conflict):
    """An administrator's is compulsory."""

    def __init__(self) -> None:
        super().__init__("second_factor_compulsory", "Your role needs a second factor; somebody else resets it.")


@dataclass(frozen=True, slots=True)
class Credentials:
    world: WorldPort
    store: PeopleStore
    hashing: Hashing
    seal: Seal
    recorder: Recorder

    async def set_password(self, caller: Caller, account: Account, new: str) -> None:
        """One that the person chose. Raises PasswordUnfit, PersonStale, LedgerAway."""
        person, chosen = account.person, normal(new)
        check(chosen, (account.account, *person.name.split()))
        for old in (account.password_hash, *await self.store.old_passwords(person.id)):
            if await self.hashing.matches(old, chosen, known=True):
                raise PasswordUnfit("This password was used before.")
        hashed, utc_us = await self.hashing.hash(chosen), self.world.utc_us()
        values = {"password_hash": hashed, "password_utc_us": utc_us, "must_change": False}
        async with self.store.writing() as connection:
            await self.store.change(connection, person.id, account.version, values)
            await self.store.remember_password(connection, person.id, hashed, utc_us)
            await self.recorder.enter(
                caller, "me.password", f"person:{person.id}", department=person.department, connection=connection
            )

    async def enrol(self, caller: Caller, account: Account, secret: str, code: str) -> None:
        """The second factor whose code this is, where there is none. Raises FactorThere, FactorRefused, PersonStale."""
        if account.sealed_factor is not None:
            raise FactorThere
        step = step_of(secret, code, self.world.utc_us(), 0)
        if step is None:
            raise FactorRefused
        person = account.person
        values = {"sealed_factor": self.seal.close(secret, person.id), "factor_step": step}
        async with self.store.writing() as connection:
            await self.store.change(connection, person.id, account.version, values)
            await self.store.put_codes(connection, person.id, [])
            await self.recorder.enter(
                caller, "me.factor", f"person:{person.id}", department=person.department, connection=connection
            )

    async def remove_factor(self, caller: Caller, account: Account) -> None:
        person = account.person
        async with self.store.writing() as connection:
            await self.store.change(connection, person.id, account.version, {"sealed_factor": None, "factor_step": 0})
            await self.store.put_codes(connection, person.id, [])
            await self.recorder.enter(
                caller, "me.factor.remove", f"person:{person.id}", department=person.department, connection=connection
            )

    async def new_codes(self, caller: Caller, account: Account) -> list[str]:
        """Recovery codes in place of all earlier ones; shown this once."""
        codes, person = new_recovery_codes(self.world.chance), account.person
        async with self.store.writing() as connection:
            await self.store.put_codes(connection, person.id, [digest_of(code) for code in codes])
            await self.recorder.enter(
                caller, "me.codes", f"person:{person.id}", department=person.department, connection=connection
            )
        return codes

    async def prove(self, account: Account, code: str) -> None:
        """A code of the authenticator, or a recovery code, each good once. Raises FactorRefused."""
        person_id, shown = account.person.id, code.strip().replace(" ", "").lower()
        if account.sealed_factor is None:
            raise FactorRefused
        step = None
        if len(shown) == 6:
            secret = self.seal.open(account.sealed_factor, person_id)
            step = step_of(secret, shown, self.world.utc_us(), account.factor_step)
        async with self.store.writing() as connection:
            if step is not None:
                proved = await self.store.use_step(connection, person_id, step)
            else:
                proved = await self.store.use_code(connection, person_id, digest_of(shown))
        if not proved:
            raise FactorRefused
