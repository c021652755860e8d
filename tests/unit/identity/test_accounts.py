"""Who may sign in, what is due, and the life of a recovery."""

from dataclasses import replace

from dispatch_server.identity.accounts import DAY_US, RECOVERY, RECOVERY_US, Account, AccountRules, Asked, Recovery
from dispatch_server.identity.model import Person, Role
from dispatch_server.identity.roles import go_together

RULES = AccountRules()
LIN = Account(Person("p", "林", frozenset({Role.OPERATOR})), "lin", "hash", 0, False, 0, 0)


def test_who_may_sign_in() -> None:
    assert LIN.may_sign_in(90 * DAY_US, RULES)
    assert not LIN.may_sign_in(91 * DAY_US, RULES)
    assert LIN.may_sign_in(91 * DAY_US, replace_days(0))
    assert not replace(LIN, disabled=True).may_sign_in(0, RULES)
    assert not replace(LIN, person=Person("p", "林", frozenset())).may_sign_in(0, RULES)
    assert replace(LIN, must_change=True).may_sign_in(3 * DAY_US, RULES)
    assert not replace(LIN, must_change=True).may_sign_in(3 * DAY_US + 1, RULES)


def replace_days(days: int) -> AccountRules:
    return AccountRules(password_days=days, unused_days=days)


def test_what_is_due() -> None:
    assert not LIN.change_due(90 * DAY_US, RULES)
    assert LIN.change_due(91 * DAY_US, RULES)
    assert not LIN.change_due(91 * DAY_US, replace_days(0))
    assert replace(LIN, must_change=True).change_due(0, RULES)
    assert not LIN.needs_factor
    assert replace(LIN, person=Person("p", "林", frozenset({Role.AUDIT_ADMIN}))).needs_factor


def test_a_recovery_expires_by_itself() -> None:
    assert RECOVERY.flaws() == ()
    asked = Recovery("r", "p", "林", "lost", "x", frozenset(), 0, Asked.ASKED)
    assert asked.state_at(RECOVERY_US - 1) is Asked.ASKED
    assert asked.state_at(RECOVERY_US) is Asked.EXPIRED
    assert replace(asked, state=Asked.CONFIRMED).state_at(RECOVERY_US) is Asked.CONFIRMED


def test_administrators_are_nothing_else() -> None:
    assert go_together(frozenset({Role.OPERATOR, Role.EXPERT}))
    assert go_together(frozenset({Role.AUDIT_ADMIN}))
    assert not go_together(frozenset({Role.AUDIT_ADMIN, Role.OPERATOR}))
    assert not go_together(frozenset({Role.AUDIT_ADMIN, Role.SYSTEM_ADMIN}))
