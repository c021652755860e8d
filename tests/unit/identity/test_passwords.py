"""Which passwords are taken."""

import pytest

from dispatch_server.identity.passwords import (
    PasswordUnfit,
    bare,
    check,
    classes_in,
    is_easily_guessed,
    normal,
    one_time_password,
)


@pytest.mark.parametrize(
    "password", ["Xuanhua-Street-42", "官厅水库-1955-Guanting", "correct Horse 7 battery", "hU7#kq9!pLw2"]
)
def test_good_ones(password: str) -> None:
    check(password, ("lin.x", "林小"))


@pytest.mark.parametrize(
    "password",
    [
        "Short-1a",
        "alllowercaseletters",
        "LowerAndUpperOnly",
        "Xuanhua-Street-42\n",
        "Xuanhua-Street-42\ud800",
        "Aa1" * 50,
        "Lin.X-Street-1942",
        "Password123!",
        "P@ssw0rd2026!",
        "Huailai@2026#",
        "PasswordPassword1!",
        "Qwertyuiop123!",
        "1qaz2WSX3edc4RFV",
        "Aaaaaaaa1111!!!!",
    ],
)
def test_bad_ones(password: str) -> None:
    with pytest.raises(PasswordUnfit) as refused:
        check(password, ("lin.x", "林小"))
    assert password not in refused.value.sentence


def test_parts_of_the_rules() -> None:
    assert classes_in("aA1-") == 4
    assert classes_in("汉字a") == 2
    assert bare("p1a2s3s!") == "pass"
    assert bare("admin-admin") == "admin"
    assert is_easily_guessed("abcdefgh12345678")
    assert not is_easily_guessed("tqbfjotld-2741")
    assert normal("e\u0301") == "\u00e9"
    assert one_time_password(lambda count: bytes(range(count))) == "AAAQ-EAYE-AUDA-OCAJ"
