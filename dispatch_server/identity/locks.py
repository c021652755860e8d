"""Locks against guessing: strangers lock an account for strangers, never for a device that its owner signed in on."""

from dataclasses import dataclass, field

from dispatch_server.identity.budgets import Budget
from dispatch_server.kit.errors import TooMany
from dispatch_server.kit.networks import network_of
from dispatch_server.kit.rates import Rate

KEYS = 100_000


class SignInPaused(TooMany):
    """The same for an account that there is and one that there is not."""

    def __init__(self, wait_s: float) -> None:
        sentence = "Too many failed tries; wait, or use a device on which you signed in before."
        super().__init__("sign_in_paused", sentence, retry_after_s=max(1, round(wait_s + 0.5)))


@dataclass(frozen=True, slots=True)
class LockRules:
    """GB/T 22239: five failures, then a quarter of an hour."""

    failures: int = 5
    pause_s: float = 900.0
    failures_per_address: int = 20
    compared: int = 120  # in that time, right ones too: each costs memory and a thread


@dataclass(frozen=True, slots=True)
class Try:
    """One try that was taken: which budgets it came from."""

    taken: tuple[tuple[Budget, str], ...]
    work: Rate
    worker: str

    def undone(self) -> None:
        """It was not even looked at."""
        self.succeeded()
        self.work.give_back(self.worker)

    def succeeded(self) -> None:
        for budget, key in self.taken:
            budget.give_back(key)


@dataclass(slots=True)
class Locks:
    """
    Three budgets: of an account for all strangers together, of an account on one known device, of an address.

    A known device pays from its own budget alone: neither those who guess elsewhere nor those who share its address
    bind it. Accounts that do not exist have budgets too, apart, so that they cannot crowd out the others.
    """

    rules: LockRules = field(default_factory=LockRules)
    paused: int = 0
    by_account: Budget = field(init=False)
    by_name: Budget = field(init=False)  # of accounts that there are not
    by_device: Budget = field(init=False)
    by_address: Budget = field(init=False)
    work: Rate = field(init=False)  # of a person, apart on each known device, whether tries fail or not

    def __post_init__(self) -> None:
        rules = self.rules
        self.by_account = Budget(rules.failures, rules.pause_s, KEYS)
        self.by_name = Budget(rules.failures, rules.pause_s, KEYS)
        self.by_device = Budget(rules.failures, rules.pause_s, KEYS)
        self.by_address = Budget(rules.failures_per_address, rules.pause_s, KEYS)
        self.work = Rate(rules.compared, rules.pause_s, KEYS // 10)

    def take(self, account: str, person_id: str | None, device: str | None, address: str, now: float) -> Try:
        """Before a password or a code is looked at. `device`: known of this person. Raises SignInPaused."""
        if person_id is not None and device is not None:
            return self._taken(((self.by_device, f"{person_id} {device}"),), now, f"{person_id} {device}")
        of_account = (self.by_account, person_id) if person_id is not None else (self.by_name, account)
        return self._taken(((self.by_address, network_of(address)), of_account), now, person_id or "")

    def cleared(self, person_id: str, device: str | None) -> None:
        """A whole sign-in forgives what was tried in the same way; on a known device not what strangers tried."""
        if device is not None:
            self.by_device.clear(f"{person_id} {device}")
        else:
            self.by_account.clear(person_id)

    def is_locked(self, person_id: str, now: float) -> bool:
        """Whether strangers are kept out of this account."""
        return self.by_account.wait_s(person_id, now) > 0

    def _taken(self, wanted: tuple[tuple[Budget, str], ...], now: float, worker: str) -> Try:
        """`worker`: empty for nobody, whose tries the address pays."""
        wait_s = max(budget.wait_s(key, now) for budget, key in wanted)
        if not wait_s and worker:
            wait_s = self.work.spend(worker, now)
        if wait_s:
            self.paused += 1
            raise SignInPaused(wait_s)
        for budget, key in wanted:
            budget.take(key, now)
        return Try(wanted, self.work, worker)
