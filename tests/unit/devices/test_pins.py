"""PINs: which are good, and when guessing is stopped."""

import pytest

from dispatch_server.devices.pins import KeptPin, check_strength, hashed, verified
from dispatch_server.devices.refusals import PinTooWeak


@pytest.mark.parametrize("pin", ["314159", "112233", "000001", "271828182845"])
def test_good_pins(pin: str) -> None:
    check_strength(pin)


@pytest.mark.parametrize(
    "pin", ["", "31415", "3141592653589", "123456", "654321", "789012", "777777", "31415x", "３１４１５９"]
)
def test_weak_pins_are_refused(pin: str) -> None:
    with pytest.raises(PinTooWeak):
        check_strength(pin)


def test_a_pin_is_kept_as_argon2id_with_a_salt_of_its_own() -> None:
    first, second = hashed("314159"), hashed("314159")
    assert first != second and first.startswith("$argon2id$v=19$m=65536,t=3,p=1$")
    assert verified(first, "314159") and not verified(first, "314158")
    assert not verified(None, "314159")
    assert not verified("no digest", "314159")


def test_five_wrong_ones_in_a_row_lock_it_and_a_right_one_forgives() -> None:
    pin = KeptPin("o1", "x")
    for _ in range(4):
        pin = pin.after(False, 100, 5, 900)
    assert not pin.locked(100)
    assert pin.after(True, 100, 5, 900) == KeptPin("o1", "x")
    pin = pin.after(False, 100, 5, 900)
    assert pin.locked(999) and not pin.locked(1000)
    assert pin.tries == 0
