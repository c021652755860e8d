"""Who asks: a signed-in person, a person on the way in, a terminal with its token, or this server itself."""

from dataclasses import dataclass

from dispatch_server.identity.model import Person, Session


@dataclass(frozen=True, slots=True)
class TerminalCaller:
    """A terminal that showed a valid access token."""

    number: str
    name: str
    department: str  # path
    key_id: str  # of the device key behind the token: a revocation ends what it opened

    @property
    def holder(self) -> str:
        """By which name its media tokens, sessions and sockets are known, to end them together."""
        return f"terminal:{self.number}:{self.key_id}"


@dataclass(frozen=True, slots=True)
class SystemCaller:
    """A part of the server that acts by itself: a job, a command on this machine."""

    part: str


@dataclass(frozen=True, slots=True)
class PersonCaller:
    """A person who has shown a password, and is not signed in yet."""

    person: Person


Caller = Session | TerminalCaller | SystemCaller | PersonCaller


def actor_of(caller: Caller) -> tuple[str, str]:
    """How the ledger calls the one who asks: (actor, name)."""
    match caller:
        case TerminalCaller():
            return f"terminal:{caller.number}", caller.name
        case SystemCaller():
            return "system", caller.part
        case _:
            return f"person:{caller.person.id}", caller.person.name
