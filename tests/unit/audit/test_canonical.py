"""Canonical JSON: the examples of RFC 8785, one form for each value, and no other is read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch_server.audit.canonical import canonical, read

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


def test_the_order_of_keys_is_that_of_rfc_8785_section_3_2_3() -> None:
    value = {
        "\u20ac": "Euro Sign",
        "\r": "Carriage Return",
        "\ufb33": "Hebrew Letter Dalet With Dagesh",
        "1": "One",
        "\U0001f600": "Emoji: Grinning Face",
        "\u0080": "Control",
        "\u00f6": "Latin Small Letter O With Diaeresis",
    }
    assert list(read(canonical(value)).values()) == [
        "Carriage Return",
        "One",
        "Control",
        "Latin Small Letter O With Diaeresis",
        "Euro Sign",
        "Emoji: Grinning Face",
        "Hebrew Letter Dalet With Dagesh",
    ]


def test_texts_are_escaped_as_in_rfc_8785_section_3_2_2() -> None:
    value = {"string": '\u20ac$\u000f\nA\'B"\\\\"/', "literals": [None, True, False]}
    expected = '{"literals":[null,true,false],"string":"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    assert canonical(value) == expected.encode()


@given(VALUES)
def test_what_is_written_is_read(value: object) -> None:
    assert read(canonical(value)) == value


@given(VALUES, st.binary(min_size=1, max_size=3), st.integers(0, 10_000))
def test_no_other_bytes_have_the_same_meaning(value: object, junk: bytes, place: int) -> None:
    data = canonical(value)
    changed = data[: place % (len(data) + 1)] + junk + data[place % (len(data) + 1) :]
    try:
        found = read(changed)
    except ValueError:
        return
    assert canonical(found) == changed != data


@pytest.mark.parametrize("value", [1.5, float("nan"), 2**53, -(2**53), object(), b"bytes", "\ud800", {"a": 1.0}])
def test_what_has_no_form_is_refused(value: object) -> None:
    with pytest.raises(ValueError):
        canonical(value)


@pytest.mark.parametrize(
    "data",
    [b"", b" 1", b"1 ", b"01", b"1.0", b"1e3", b"-0", b"NaN", b"9007199254740992", b'"\\u0041"', b'"\\/"', b"\xff",
     b'{"b":1,"a":2}', b'{"a":1,"a":1}', b"[1, 2]", b"[" * 100_000, b'"\\ud800"'],
)  # fmt: skip
def test_another_form_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError):
        read(data)
