"""Acts as lines, and signed heads: one form, and nothing else is taken for one."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch_server.audit.canonical import canonical, read
from dispatch_server.audit.model import DETAILS, LENGTHS, SignedHead, act_of, fitted, form_of, line_of
from dispatch_server.audit.signing import holds
from dispatch_server.kit.acts import Act, Outcome
from tests.unit.audit.made import SIGNER, STRANGER, act

HEAD = SIGNER.head("ab" * 16, 3, 1000, b"r" * 32, 1_790_000_000_000_000)
DETAIL = st.dictionaries(st.text(max_size=60), st.none() | st.booleans() | st.integers() | st.text(max_size=900))
ACTS = st.builds(
    Act,
    **{name: st.text(max_size=300) for name in LENGTHS},
    utc_us=st.integers(0, 2**53 - 1),
    outcome=st.sampled_from(Outcome),
    detail=DETAIL,
)


@given(ACTS)
def test_any_act_can_be_written_and_read_once_it_is_fitted(one: Act) -> None:
    fit = fitted(one)
    line = line_of(7, fit)
    assert act_of(read(canonical(form_of(fit)))) == fit == fitted(fit)
    assert read(line)["index"] == 7
    assert len(line) < 64 * 1024
    assert b"\\u0000" not in line and len(fit.detail) <= DETAILS
    assert all(len(getattr(fit, name)) <= length for name, length in LENGTHS.items())


def test_a_line_says_where_it_stands_and_how_it_is_hashed() -> None:
    value = read(line_of(5, act(1)))
    assert (value["form"], value["tree"], value["index"]) == ("dispatch-act/1", "rfc9162-sha256", 5)
    assert value["actor_name"] == "李娜" and value["outcome"] == "done"


def test_a_head_holds_what_was_signed_and_nothing_else() -> None:
    assert holds(HEAD)
    assert SignedHead.of(read(canonical(HEAD.form()))) == HEAD
    changed: list[dict[str, Any]] = [
        {"size": 1001},
        {"number": 4},
        {"root": b"s" * 32},
        {"utc_us": 1},
        {"log_id": "cd" * 16},
        {"key": STRANGER.key},
        {"signature": b"x" * 64},
    ]
    for change in changed:
        assert not holds(replace(HEAD, **change)), change


@pytest.mark.parametrize(
    "change",
    [
        {"form": "dispatch-ledger-head/2"},
        {"algorithm": "sm2"},
        {"tree": "sha1"},
        {"root": "zz"},
        {"root": "ab"},
        {"key": HEAD.key.hex().upper()},
        {"size": "1000"},
        {"size": 1.0},
        {"size": True},
        {"key": None},
        {"signature": 5},
        {"more": 1},
    ],
)
def test_another_form_is_no_head(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"not a signed head|hexadecimal"):
        SignedHead.of({**HEAD.form(), **change})


@pytest.mark.parametrize("form", [None, [], "x", {}, {"log_id": 1}])
def test_what_is_no_object_is_no_head(form: object) -> None:
    with pytest.raises(ValueError, match="not a signed head"):
        SignedHead.of(form)
