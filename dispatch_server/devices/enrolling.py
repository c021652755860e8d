"""How a device gets in: a code for its first key, assertions for tokens, the old key for a new one."""

from dataclasses import dataclass, replace

from dispatch_server.devices.access_token import AccessTokens
from dispatch_server.devices.assertion import Expected, UsedOnce, check_assertion, check_roll_over
from dispatch_server.devices.enrolment import Code, KeptCode, read_code
from dispatch_server.devices.jose import PublicKey, peek, read_public_key
from dispatch_server.devices.limits import DeviceLimits
from dispatch_server.devices.model import DeviceKey, Facts, Happening, Terminal, TerminalEnrolled
from dispatch_server.devices.ports import Beside
from dispatch_server.devices.refusals import AssertionRefused, CodeRefused, TooManyTries
from dispatch_server.devices.service import MICROSECONDS, DeviceService
from dispatch_server.identity.callers import TerminalCaller
from dispatch_server.identity.recording import Recorder
from dispatch_server.kit.networks import network_of
from dispatch_server.kit.rates import Rate

MINUTE_S = 60.0
EVERYBODY = ""


@dataclass(slots=True)
class Rates:
    """
    How often an address may be wrong before it waits, and how often a key may be right. An address that many share
    does not suffer from those who are right; nobody suffers from wrong tries in their name.

    A code has 50 secret bits: what guards it is how many guesses there are in all. That five wrong ones end it too is
    for a code that somebody half saw, and counts one of each sender: else whoever likes could end all that are out.
    """

    wrong: Rate
    granted: Rate
    counted: Rate
    of_all: Rate

    def check(self, sender: str, now: float) -> None:
        """Before anything is looked at. Raises TooManyTries."""
        wait_s = self.wrong.wait_s(sender, now)
        if wait_s:
            self.wrong.refused += 1
            raise TooManyTries(wait_s)

    def check_all(self, now: float) -> None:
        """The same, for codes: guesses from many addresses at once. Raises TooManyTries."""
        wait_s = self.of_all.wait_s(EVERYBODY, now)
        if wait_s:
            self.of_all.refused += 1
            raise TooManyTries(wait_s)

    def counts(self, sender: str, code: Code, now: float) -> bool:
        """Whether a wrong try counts against the code that is meant."""
        return not self.counted.spend(f"{sender} {code.locator}", now)

    def wrong_code(self, sender: str, now: float) -> None:
        self.wrong.spend(sender, now)
        self.of_all.spend(EVERYBODY, now)

    def grant(self, key_id: str, now: float) -> None:
        wait_s = self.granted.spend(key_id, now)
        if wait_s:
            raise TooManyTries(wait_s)

    def sweep(self, now: float) -> None:
        self.wrong.sweep(now)
        self.granted.sweep(now)
        self.counted.sweep(now)


def rates_of(limits: DeviceLimits) -> Rates:
    return Rates(
        Rate(limits.tries_per_minute, MINUTE_S, limits.rate_keys),
        Rate(limits.tokens_per_minute, MINUTE_S, limits.rate_keys),
        Rate(1, limits.code_life_s, limits.rate_keys),
        Rate(limits.wrong_codes_per_minute, MINUTE_S, 1),
    )


@dataclass(slots=True)
class Enrolling:
    """Also identity's TerminalTokens. `recorder`: None only in tests that look at something else."""

    devices: DeviceService
    tokens: AccessTokens
    used: UsedOnce
    rates: Rates
    begun_utc_us: int
    recorder: Recorder | None = None

    async def enrol(
        self, code_text: str, number: str | None, jwk: dict[str, str], facts: Facts, address: str
    ) -> tuple[Terminal, DeviceKey]:
        """The terminal whose code it was, and its key from now on. Raises CodeRefused, KeyUnusable, KeyKnown."""
        now, sender = self.devices.world.monotonic(), network_of(address)
        self.rates.check(sender, now)
        self.rates.check_all(now)
        public = read_public_key(jwk)
        code = read_code(code_text)
        counts = code is not None and self.rates.counts(sender, code, now)
        done = await self._use_code(code, number, public, facts, counts) if code is not None else None
        if done is None:
            self.rates.wrong_code(sender, now)
            raise CodeRefused
        enrolled, key, ended = done
        self._tell(enrolled, key, ended)
        return enrolled, key

    def grant(self, assertion: str, address: str) -> str:
        """An access token for a good assertion (RFC 7523 section 3). Raises AssertionRefused."""
        now, sender = self.devices.world.monotonic(), network_of(address)
        self.rates.check(sender, now)
        try:
            terminal, key = self._asserted(assertion)
        except AssertionRefused:
            self.rates.wrong.spend(sender, now)
            raise
        self.rates.grant(key.id, now)
        self._sign_of_life(terminal.number)
        token_id, utc_us = self.devices.made()
        return self.tokens.issue(terminal.number, key.id, terminal.department, utc_us, token_id)

    async def roll_over(self, caller: TerminalCaller, by_old: str, by_new: str) -> DeviceKey:
        """
        A new key, vouched for by the old one and shown to be there by itself. What the old key opened stays open;
        its access tokens do not.
        """
        devices = self.devices
        self.rates.grant(caller.key_id, devices.world.monotonic())
        old, public = self._rolled(caller, by_old, by_new)
        key_id, utc_us = devices.made()
        key = _key(key_id, caller.number, public, utc_us)
        async with devices.turn:
            terminal = devices.register.get(caller.number)
            if terminal is None:
                raise AssertionRefused
            if not await devices.store.roll_over(key, old.id, self._beside(terminal, key_id, "terminal.key")):
                raise AssertionRefused
            devices.register.put(replace(terminal, revision=terminal.revision + 1))
            devices.register.rolled_over(old, key)
        return key

    async def terminal_of(self, token: str) -> TerminalCaller | None:
        """Who shows this access token; None when it, its key or its terminal does not hold (any more)."""
        bearer = self.tokens.read(token, self.devices.world.utc_us())
        key = self.devices.register.key(bearer.key_id) if bearer is not None else None
        terminal = self.devices.register.get(key.terminal) if key is not None else None
        if bearer is None or key is None or terminal is None or key.terminal != bearer.number:
            return None
        self._sign_of_life(terminal.number)
        return TerminalCaller(terminal.number, terminal.name, terminal.department, key.id)

    async def _use_code(
        self, code: Code, number: str | None, public: PublicKey, facts: Facts, counts: bool
    ) -> tuple[Terminal, DeviceKey, list[str]] | None:
        devices = self.devices
        key_id, utc_us = devices.made()
        made: list[DeviceKey] = []

        def decide(kept: KeptCode, terminal: Terminal) -> tuple[Terminal, DeviceKey] | None:
            if number not in (None, kept.terminal) or not terminal.allows(Happening.ENROL):
                return None
            made[:] = [_key(key_id, terminal.number, public, utc_us)]
            enrolled = replace(terminal.after(Happening.ENROL, utc_us), facts=facts, revision=terminal.revision + 1)
            return enrolled, made[0]

        async with devices.turn:
            enrolled = await devices.codes.enrol(
                code,
                devices.limits.code_tries,
                utc_us,
                decide,
                lambda one: self._beside(one, key_id, "terminal.enrol"),
                counts=counts,
            )
            if enrolled is None:
                return None
            return enrolled, made[0], devices.register.enrolled(enrolled, made[0])

    def _tell(self, enrolled: Terminal, key: DeviceKey, ended: list[str]) -> None:
        devices, reason = self.devices, "another device was enrolled"
        devices.endings.end(ended, reason)
        if ended:
            devices.told_revoked(enrolled, reason)
        devices.presence.leave(enrolled.number)
        identity, utc_us = devices.made()
        devices.bus.publish(
            TerminalEnrolled(
                identity=identity,
                utc_us=utc_us,
                number=enrolled.number,
                department=enrolled.department,
                key_id=key.id,
            )
        )

    def _asserted(self, assertion: str) -> tuple[Terminal, DeviceKey]:
        claims = peek(assertion)
        key = self._key_named(claims.header.get("kid")) if claims is not None else None
        terminal = self.devices.register.get(key.terminal) if key is not None else None
        if claims is None or key is None or terminal is None:
            raise AssertionRefused
        self._use(key, check_assertion(assertion, claims, key, self._expected()))
        return terminal, key

    def _rolled(self, caller: TerminalCaller, by_old: str, by_new: str) -> tuple[DeviceKey, PublicKey]:
        """The old key and the new one, each by its own signature."""
        old, old_claims, new_claims = self.devices.register.key(caller.key_id), peek(by_old), peek(by_new)
        if old is None or old_claims is None or new_claims is None:
            raise AssertionRefused
        jti, jwk = check_roll_over(by_old, old_claims, old, self._expected())
        public = read_public_key(jwk)
        fresh = _key("", caller.number, public, self.devices.world.utc_us())
        new_jti = check_assertion(by_new, new_claims, fresh, self._expected())
        self._use(old, jti)
        self._use(old, new_jti)
        return old, public

    def _key_named(self, kid: object) -> DeviceKey | None:
        return self.devices.register.key_by_thumbprint(kid) if isinstance(kid, str) else None

    def _expected(self) -> Expected:
        tolerance_us = int(self.devices.limits.clock_tolerance_s * MICROSECONDS)
        return Expected(self.tokens.issuer, self.devices.world.utc_us(), tolerance_us, self.begun_utc_us)

    def _use(self, key: DeviceKey, jti: str) -> None:
        self.used.use(key.id, jti, self.devices.world.monotonic())

    def _sign_of_life(self, number: str) -> None:
        world = self.devices.world
        self.devices.presence.sign(number, world.monotonic(), world.utc_us())

    def _beside(self, terminal: Terminal, key_id: str, action: str) -> Beside:
        caller = TerminalCaller(terminal.number, terminal.name, terminal.department, key_id)

        async def enter(connection: object) -> None:
            if self.recorder is not None:
                await self.recorder.enter(
                    caller,
                    action,
                    f"terminal:{terminal.number}",
                    department=terminal.department,
                    connection=connection,
                    key=key_id,
                )

        return enter


def _key(key_id: str, number: str, public: PublicKey, utc_us: int) -> DeviceKey:
    return DeviceKey(key_id, number, public.thumbprint, public.algorithm, public.jwk, utc_us)
