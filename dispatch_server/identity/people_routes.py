"""Administration of people: /api/v1/people."""

from typing import Annotated

from fastapi import Path, Query

from dispatch_server.identity.accounts import Account
from dispatch_server.identity.guard import permit
from dispatch_server.identity.model import Role, Session
from dispatch_server.identity.own_routes import entry_of
from dispatch_server.identity.people import PeopleService
from dispatch_server.identity.people_store import Search
from dispatch_server.identity.registry import GuardedRouter
from dispatch_server.protocol import people
from dispatch_server.protocol.problem import responses

PersonId = Annotated[str, Path(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9-]+$")]
CHANGED = responses(400, 401, 403, 404, 409, 412, 422, 503)
PAGE = 100


def person_entry(account: Account) -> people.PersonEntry:
    person = account.person
    return people.PersonEntry(
        id=person.id,
        account=account.account,
        name=person.name,
        department=person.department,
        roles=[role.value for role in sorted(person.roles)],
        disabled=account.disabled,
        must_change=account.must_change,
        second_factor=account.sealed_factor is not None,
        created_utc_us=account.created_utc_us,
        used_utc_us=account.used_utc_us,
        version=account.version,
    )


def people_routes(service: PeopleService) -> GuardedRouter:
    router = GuardedRouter(prefix="/api/v1/people", tags=["people"])
    _reading(router, service)
    _changing(router, service)
    _rights(router, service)
    _sign_ins(router, service)
    return router


def _reading(router: GuardedRouter, service: PeopleService) -> None:
    lister = Annotated[Session, permit("person.list")]

    @router.get("", responses=responses(401, 403, 422, 503))
    async def list_people(
        session: lister,
        text: Annotated[str, Query(max_length=80)] = "",
        role: people.RoleName | None = None,
        after: Annotated[str, Query(max_length=64)] = "",
        limit: Annotated[int, Query(ge=1, le=PAGE)] = PAGE,
    ) -> people.PersonList:
        """By account; `text` is part of an account or a name."""
        found = await service.search(Search(session.scope("person.list"), text, role or "", after, limit + 1))
        more = len(found) > limit
        entries = [person_entry(account) for account in found[:limit]]
        return people.PersonList(people=entries, next=entries[-1].account if more else None)

    @router.get("/{person_id}", responses=responses(401, 403, 404, 503))
    async def show(person_id: PersonId, session: lister) -> people.PersonEntry:
        return person_entry(await service.find(person_id, session.scope("person.list")))


def _changing(router: GuardedRouter, service: PeopleService) -> None:
    @router.post("", status_code=201, responses=CHANGED)
    async def create(body: people.NewPerson, session: Annotated[Session, permit("person.create")]) -> people.PersonMade:
        """An account without any right yet; the security administrator gives it roles."""
        scope = session.scope("person.create")
        made, password = await service.create(session, scope, body.account, body.name, body.department)
        return people.PersonMade(person=person_entry(made), one_time_password=password)

    @router.put("/{person_id}/name", responses=CHANGED)
    async def rename(
        person_id: PersonId, body: people.NameChange, session: Annotated[Session, permit("person.change")]
    ) -> people.PersonEntry:
        scope = session.scope("person.change")
        return person_entry(await service.rename(session, scope, person_id, body.version, body.name))

    @router.put("/{person_id}/closed", responses=CHANGED)
    async def disable(
        person_id: PersonId, body: people.DisabledChange, session: Annotated[Session, permit("person.disable")]
    ) -> people.PersonEntry:
        """Close the account; every sign-in of it ends at once."""
        return person_entry(await service.disable(session, session.scope("person.disable"), person_id, body.version))

    @router.put("/{person_id}/open", responses=CHANGED)
    async def enable(
        person_id: PersonId, body: people.DisabledChange, session: Annotated[Session, permit("person.enable")]
    ) -> people.PersonEntry:
        """Open it again, also one that was not used for too long."""
        return person_entry(await service.enable(session, session.scope("person.enable"), person_id, body.version))


def _rights(router: GuardedRouter, service: PeopleService) -> None:
    @router.put("/{person_id}/rights", responses=CHANGED)
    async def set_rights(
        person_id: PersonId, body: people.RightsChange, session: Annotated[Session, permit("person.rights")]
    ) -> people.PersonEntry:
        """Roles and department; every sign-in of the person ends at once."""
        scope, roles = session.scope("person.rights"), frozenset(Role(name) for name in body.roles)
        changed = await service.set_rights(session, scope, person_id, body.version, roles, body.department)
        return person_entry(changed)

    @router.delete("/{person_id}/second-factor", status_code=204, responses=CHANGED)
    async def reset_factor(person_id: PersonId, session: Annotated[Session, permit("person.factor")]) -> None:
        await service.reset_factor(session, session.scope("person.factor"), person_id)


def _sign_ins(router: GuardedRouter, service: PeopleService) -> None:
    @router.get("/{person_id}/sessions", responses=responses(401, 403, 404, 503))
    async def list_sign_ins(
        person_id: PersonId, session: Annotated[Session, permit("person.sessions")]
    ) -> people.SignInList:
        found = await service.sessions(session, session.scope("person.sessions"), person_id)
        return people.SignInList(sessions=[entry_of(one, session.id) for one in found])

    @router.delete("/{person_id}/sessions", responses=responses(401, 403, 404, 503))
    async def end_sign_ins(
        person_id: PersonId, session: Annotated[Session, permit("person.sessions.end")]
    ) -> people.EndedCount:
        scope = session.scope("person.sessions.end")
        return people.EndedCount(ended=await service.end_sessions(session, scope, person_id))
