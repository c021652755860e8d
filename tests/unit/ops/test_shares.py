"""Shares: two give the secret, one gives nothing, and every single slip of the pen is found."""

import random

import pytest

from dispatch_server.ops.shares import SECRET_BYTES, Share, ShareWrong, copy_name, join, read, split, written

SECRET = bytes(range(SECRET_BYTES))


def pair(seed: int = 1) -> tuple[Share, Share]:
    return split(SECRET, random.Random(seed).randbytes(SECRET_BYTES), copy_name(b"public"))


def test_what_is_written_down_comes_back() -> None:
    one, other = pair()
    assert join(read(written(one)), read(written(other))) == SECRET
    assert join(read(written(other)), read(written(one))) == SECRET


def test_case_spaces_and_lookalikes_do_not_matter() -> None:
    text = written(pair()[0])
    untidy = text.lower().replace(" ", "-").replace("0", "o").replace("1", "l")
    assert read(untidy) == pair()[0]


def test_one_share_tells_nothing_of_the_secret() -> None:
    """Whatever the secret is, there is a mask that gives the same share."""
    one, other = pair()
    elsewhere = bytes(a ^ b for a, b in zip(bytes(SECRET_BYTES), other.value, strict=True))
    assert split(bytes(SECRET_BYTES), elsewhere, one.copy)[1] == other


def test_every_wrong_letter_and_every_swap_of_groups_is_found() -> None:
    text = written(pair()[0])
    for position in range(len(text)):
        if text[position] in " -" or position == 0:
            continue
        wrong = text[:position] + ("A" if text[position] != "A" else "B") + text[position + 1 :]
        with pytest.raises(ShareWrong):
            read(wrong)
    groups = text.split()
    for index in range(1, len(groups) - 1):
        swapped = [*groups[:index], groups[index + 1], groups[index], *groups[index + 2 :]]
        with pytest.raises(ShareWrong):
            read(" ".join(swapped))


def test_the_wrong_group_is_named() -> None:
    groups = written(pair()[0]).split()
    replaced = "AAAA" if groups[3] != "AAAA" else "BBBB"
    with pytest.raises(ShareWrong, match=r"[Gg]roup 3 of share 1|every group"):
        read(" ".join([*groups[:3], replaced, *groups[4:]]))


@pytest.mark.parametrize("text", ["", "1", "3-ABCD" + " AAAA" * 17, "1-ABCD" + " AAAA" * 16, "1-ABCU" + " AAAA" * 17])
def test_what_is_no_share(text: str) -> None:
    with pytest.raises(ShareWrong):
        read(text)


def test_shares_that_do_not_belong_together() -> None:
    one, other = pair()
    with pytest.raises(ShareWrong, match="twice"):
        join(one, one)
    with pytest.raises(ShareWrong, match="different"):
        join(one, Share(2, "ZZZZ", other.value))


def test_a_secret_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="32"):
        split(b"short", bytes(32), "ABCD")
