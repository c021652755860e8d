"""The roles' names on the wire are the roles."""

from typing import get_args

from dispatch_server.identity.model import Role
from dispatch_server.protocol.people import RoleName


def test_every_role_has_its_name_on_the_wire() -> None:
    assert set(get_args(RoleName)) == {role.value for role in Role}
