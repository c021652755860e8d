"""What is unanswered is said again, what came already is not taken again, and nothing grows without end."""

import json
from itertools import count
from typing import Any

from dispatch_server.protocol.signals import Signal
from terminals.conversation import Conversation


class Beat(Signal):
    number: int


def conversation(capacity: int = 64) -> Conversation:
    numbers = count()
    return Conversation(lambda size: next(numbers).to_bytes(size, "big"), capacity)


def said(kind: str, seq: int | None = None, reply_to: str | None = None, **body: Any) -> str:
    more = {"seq": seq} if seq is not None else {}
    more |= {"reply_to": reply_to} if reply_to is not None else {}
    return json.dumps({"type": kind, "body": body, **more})


def welcome(line: str, resumed: bool) -> str:
    limits = {"server_utc_us": 1, "ping_s": 20.0, "resume_s": 120.0, "message_bytes": 1, "messages_per_s": 1}
    return said("welcome", line=line, resumed=resumed, **limits)


def test_the_first_hello_resumes_nothing_and_the_next_names_what_arrived() -> None:
    talk = conversation()
    assert json.loads(talk.hello()) == {"type": "hello", "body": {"topics": []}}
    talk.take(welcome("line-1", False))
    talk.take(said("order", 1))
    talk.take(said("order", 4))
    assert json.loads(talk.hello())["body"]["resume"] == {"line": "line-1", "seq": 4}


def test_what_came_already_is_not_taken_again() -> None:
    talk = conversation()
    talk.take(welcome("line-1", False))
    assert talk.take(said("order", 1)) is not None
    assert talk.take(said("order", 1)) is None
    talk.take(welcome("line-1", True))
    assert talk.take(said("order", 1)) is None
    assert talk.take(said("order", 2)) is not None


def test_a_new_line_counts_from_the_beginning() -> None:
    talk = conversation()
    talk.take(welcome("line-1", False))
    talk.take(said("order", 9))
    talk.take(welcome("line-2", False))
    assert talk.take(said("order", 1)) is not None


def test_numbers_go_on_after_what_could_not_be_kept() -> None:
    talk = conversation()
    talk.take(welcome("line-1", False))
    talk.take(json.dumps({"type": "resync", "body": {"seq": 7}}))
    assert json.loads(talk.hello())["body"]["resume"]["seq"] == 7


def test_a_message_is_said_again_until_it_is_answered() -> None:
    talk = conversation()
    first, _ = talk.put(Beat(number=1))
    second, text = talk.put(Beat(number=2))
    assert [json.loads(one)["id"] for one in talk.unanswered()] == [first, second]
    talk.take(said("done", 1, first))
    assert talk.unanswered() == [text]


def test_of_heartbeats_only_the_newest_is_said_again() -> None:
    talk = conversation()
    for number in range(3):
        talk.put(Beat(number=number), newest=True)
    assert [json.loads(one)["body"]["number"] for one in talk.unanswered()] == [2]


def test_there_is_a_bound_to_what_is_unanswered() -> None:
    talk = conversation(3)
    for number in range(5):
        talk.put(Beat(number=number))
    assert ([json.loads(one)["body"]["number"] for one in talk.unanswered()], talk.given_up) == ([2, 3, 4], 2)


def test_what_arrived_is_acknowledged_now_and_then() -> None:
    talk = conversation()
    talk.take(welcome("line-1", False))
    assert talk.acknowledgement(1) is None
    for seq in range(1, 17):
        talk.take(said("order", seq))
        assert seq == 16 or talk.acknowledgement() is None
    assert json.loads(talk.acknowledgement() or "{}")["body"] == {"seq": 16}
    assert talk.acknowledgement(1) is None


def test_what_is_no_message_changes_nothing() -> None:
    talk = conversation()
    for text in ("", "[]", '{"type": "welcome", "body": {}}', '{"type": "resync", "body": {}}'):
        assert talk.take(text) is None
    assert talk.welcome is None
