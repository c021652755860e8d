"""UUIDv7: its form, its order, and that it gives back its time."""

from collections.abc import Callable
from uuid import UUID

import pytest

from dispatch_server.kit.ids import utc_ms_of, uuid7

Entropy = Callable[[int], bytes]


def test_the_example_of_the_standard() -> None:
    # RFC 9562 A.6
    chance = bytes([0x0C, 0xC3, 0x18, 0xC4, 0xDC, 0x0C, 0x0C, 0x07, 0x39, 0x8F])
    assert uuid7(0x017F22E279B0, chance) == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"


def test_version_and_variant_stand_whatever_the_chance() -> None:
    for chance in (bytes(10), b"\xff" * 10):
        value = UUID(uuid7(1_790_000_000_000, chance))
        assert (value.version, value.variant) == (7, "specified in RFC 4122")


def test_it_sorts_by_time(entropy: Entropy) -> None:
    made = [uuid7(milliseconds, entropy(10)) for milliseconds in range(1_790_000_000_000, 1_790_000_000_100)]
    assert made == sorted(made)


def test_it_gives_back_its_time(entropy: Entropy) -> None:
    assert utc_ms_of(uuid7(1_790_000_000_123, entropy(10))) == 1_790_000_000_123


@pytest.mark.parametrize("wrong", ["", "not-an-id", "6ba7b810-9dad-11d1-80b4-00c04fd430c8"])
def test_other_identifiers_tell_no_time(wrong: str) -> None:
    with pytest.raises(ValueError):
        utc_ms_of(wrong)


def test_too_little_chance_is_refused() -> None:
    with pytest.raises(ValueError, match="ten"):
        uuid7(0, bytes(9))
