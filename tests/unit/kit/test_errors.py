"""The tree of errors: codes and sentences, and a drawing that is complete."""

import re

import pytest

from dispatch_server.kit import errors


def kinds() -> list[type[errors.DispatchError]]:
    return [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, errors.DispatchError)]


def test_the_drawing_shows_every_class() -> None:
    drawn = set(re.findall(r"[A-Z]\w+(?=  |$)", errors.DispatchError.__doc__ or "", re.MULTILINE))
    assert {kind.__name__ for kind in kinds()} <= drawn


@pytest.mark.parametrize("kind", kinds())
def test_each_carries_a_code_and_a_sentence(kind: type[errors.DispatchError]) -> None:
    error = kind("a sentence") if kind is errors.MalformedPacket else kind("a_code", "a sentence")
    assert error.sentence == str(error) == "a sentence"
    assert error.code in ("a_code", "malformed_packet")


def test_a_refusal_says_what_would_be_taken_and_when() -> None:
    refusal = errors.Unsupported("codec", "No such codec.", accepted=("H264", "opus"), retry_after_s=3)
    assert (refusal.accepted, refusal.retry_after_s) == (("H264", "opus"), 3)
