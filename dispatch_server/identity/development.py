"""Development mode's person and sign-in link: made at start, used once, never a password."""

from dispatch_server.identity.model import Person, Role
from dispatch_server.identity.service import SignInService

DEVELOPER = Person(id="developer", name="开发值班员", roles=frozenset(Role))


def sign_in_link(service: SignInService, base_url: str) -> str:
    """
    A one-time link. The code stands behind `#`, so that it reaches no server's log and no Referer header.
    """
    return f"{base_url.rstrip('/')}/sign-in#code={service.new_code(DEVELOPER)}"
