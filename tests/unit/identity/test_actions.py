"""The registry of actions."""

import pytest

from dispatch_server.identity.actions import ACTIONS, actions_of, may, register
from dispatch_server.identity.model import Role


def test_roles_decide() -> None:
    assert may(frozenset({Role.OPERATOR}), "stream.watch")
    assert not may(frozenset({Role.OFFICER}), "stream.watch")
    assert not may(frozenset(Role), "no.such.action")
    assert not may(frozenset(), "clock.read")
    assert "stream.watch" in actions_of(frozenset({Role.EXPERT}))
    assert "publish_key.issue" not in actions_of(frozenset({Role.OPERATOR}))


def test_an_action_means_one_thing() -> None:
    action = ACTIONS["clock.read"]
    register(action.name, action.sentence, action.roles, recorded=action.recorded)
    with pytest.raises(ValueError, match="registered twice"):
        register(action.name, action.sentence, frozenset())


def test_the_three_administrators_are_apart() -> None:
    assert not may(frozenset({Role.AUDIT_ADMIN}), "publish_key.revoke")
    assert not may(frozenset({Role.SECURITY_ADMIN}), "publish_key.issue")


def test_what_is_an_administrators_alone_no_permit_gives() -> None:
    assert ACTIONS["stream.watch"].permittable
    assert not ACTIONS["publish_key.issue"].permittable
