"""The life of a sign-in, and its tickets."""

import random

import pytest

from dispatch_server.identity.steps import SIGN_IN, TRIES, Step, Ticket, TicketBox, TicketRefused


def box(capacity: int = 9) -> TicketBox:
    return TicketBox(random.Random(5).randbytes, life_s=10, capacity=capacity)


def test_the_table_is_sound() -> None:
    assert SIGN_IN.flaws() == ()


def test_a_ticket_is_taken_once_in_its_time() -> None:
    tickets = box()
    text = tickets.give(Ticket("p", Step.SECOND_FACTOR, 10), 0)
    assert tickets.take(text, 9).person_id == "p"
    for moment in (9, 10):
        with pytest.raises(TicketRefused):
            tickets.take(text, moment)
    late = tickets.give(Ticket("p", Step.SECOND_FACTOR, 10), 0)
    with pytest.raises(TicketRefused):
        tickets.take(late, 10)


def test_what_may_be_mended_may_be_mended_ten_times() -> None:
    tickets = box()
    text = tickets.give(Ticket("p", Step.NEW_PASSWORD, 10), 0)
    for _ in range(TRIES):
        tickets.put_back(text, tickets.take(text, 0))
    with pytest.raises(TicketRefused):
        tickets.take(text, 0)


def test_tickets_are_bounded_and_forgotten_by_person() -> None:
    tickets = box(capacity=2)
    texts = [tickets.give(Ticket(name, Step.ENROLMENT, 10), 0) for name in "abc"]
    with pytest.raises(TicketRefused):
        tickets.take(texts[0], 0)
    tickets.forget("b")
    with pytest.raises(TicketRefused):
        tickets.take(texts[1], 0)
    assert tickets.take(texts[2], 0).person_id == "c"
