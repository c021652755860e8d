"""Who asks, in the form that is kept with what they said."""

from dispatch_server.archive.retention.model import SYSTEM, Person
from dispatch_server.identity.callers import Caller, SystemCaller, actor_of
from dispatch_server.identity.model import Session


def person_of(caller: Caller) -> Person:
    match caller:
        case Session():
            person = caller.person
            return Person(person.id, person.name, tuple(sorted(role.value for role in person.roles)))
        case SystemCaller():
            return SYSTEM
        case _:
            identity, name = actor_of(caller)
            return Person(identity, name)
