"""The bounds of this room; every one that somebody may want to change is a key of the settings."""

from dataclasses import dataclass, field

from dispatch_server.devices.health import Thresholds


@dataclass(frozen=True, slots=True)
class DeviceLimits:
    terminals: int = 2_000
    code_life_s: float = 600.0
    code_tries: int = 5
    codes: int = 256  # that are given and not yet used; there are 1024 locators
    tries_per_minute: int = 10  # wrong codes and assertions from one address
    wrong_codes_per_minute: int = 600  # from everybody; 50 bits stand against them
    tokens_per_minute: int = 20  # of one key
    rate_keys: int = 10_000  # how many of those are remembered
    token_life_s: float = 900.0
    clock_tolerance_s: float = 30.0
    assertions: int = 10_000  # remembered for their life, so that none is used twice
    lost_s: float = 45.0
    refresh_s: float = 2.0  # so that a revocation on another node takes effect here in under 5 s
    save_s: float = 15.0
    shift_s: float = 43_200.0
    longest_shift_s: float = 86_400.0
    pin_tries: int = 5
    pin_lock_s: float = 900.0
    shift_tries_per_minute: int = 10  # of one terminal, right ones too
    pins_waiting: int = 16  # one is compared at a time; more are refused
    history_s: float = 300.0
    history_days: int = 30
    thresholds: Thresholds = field(default_factory=Thresholds)
