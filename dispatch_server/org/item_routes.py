"""/api/v1/org/items and /delegations: what may be enforced, by whose delegation, and who is asked about it."""

from typing import Annotated, Any

from fastapi import Path, Query, Response

from dispatch_server.identity.guard import permit
from dispatch_server.identity.model import Session
from dispatch_server.identity.registry import GuardedRouter
from dispatch_server.org import shown
from dispatch_server.org.actions import CHANGE_DELEGATION, CHANGE_ITEM, READ
from dispatch_server.org.conditions import IfMatch, etag, reach, version_of
from dispatch_server.org.editing import changed, created
from dispatch_server.org.model import Article, Delegation, EnforcementItem, ItemKind, QuestionType, Tier
from dispatch_server.org.refusals import ThingUnknown
from dispatch_server.org.service import OrgService
from dispatch_server.protocol import organisation as messages
from dispatch_server.protocol.problem import responses

Code = Annotated[str, Path(max_length=32)]
Place = Annotated[str, Query(max_length=64)]
CREATING = responses(400, 401, 403, 404, 409, 413, 422, 503)
CHANGING = responses(400, 401, 403, 404, 409, 412, 413, 422, 428, 503)


def item_routes(org: OrgService) -> GuardedRouter:
    router = GuardedRouter(prefix="/api/v1/org/items", tags=["organisation"])
    reading = [permit(READ)]

    def answer(code: str, response: Response) -> messages.Item:
        item = org.item(code)
        response.headers["ETag"] = etag(item.version)
        return shown.item(item)

    @router.get("", dependencies=reading, responses=responses(401, 403, 422, 503))
    async def list_items(delegated_to: Place | None = None) -> messages.ItemList:
        """By code; with `delegated_to` only those that this township may enforce by delegation today."""
        whole = org.now
        found = org.delegated_to(delegated_to) if delegated_to is not None else whole.items.values()
        listed = [shown.item(one) for one in sorted(found, key=lambda one: one.code)]
        return messages.ItemList(revision=whole.revision, items=listed)

    @router.get("/{code}", dependencies=reading, responses=responses(401, 403, 404, 422, 503))
    async def show_item(
        code: Code, response: Response, version: Annotated[int | None, Query(ge=1, lt=1 << 31)] = None
    ) -> messages.Item:
        """As it is, or as it was in an earlier version: what a record cites stays readable."""
        return shown.item(await org.item_version(code, version)) if version is not None else answer(code, response)

    @router.get("/{code}/desks", dependencies=reading, responses=responses(401, 403, 404, 422, 503))
    async def show_desks(code: Code, township: Place) -> messages.Desks:
        """Who is called when this township asks about this item now."""
        return shown.desks(org.desks_for(code, township))

    @router.post("", status_code=201, responses=CREATING)
    async def create_item(
        body: messages.ItemWish, session: Annotated[Session, permit(CHANGE_ITEM)], response: Response
    ) -> messages.Item:
        """Enter an item; its code is never given again."""
        reach(session.scope(CHANGE_ITEM), body.department)
        await org.change(session, created(EnforcementItem(code=body.code, **_values(body))))
        return answer(body.code, response)

    @router.put("/{code}", responses=CHANGING)
    async def change_item(
        code: Code,
        body: messages.ItemChange,
        session: Annotated[Session, permit(CHANGE_ITEM)],
        response: Response,
        if_match: IfMatch = None,
    ) -> messages.Item:
        """All of it; the version before stays readable."""
        version = version_of(if_match)
        reach(session.scope(CHANGE_ITEM), org.item(code).department, body.department)
        await org.change(session, changed("items", code, version, body.closed, org.world.utc_us(), _values(body)))
        return answer(code, response)

    return router


def delegation_routes(org: OrgService) -> GuardedRouter:
    router = GuardedRouter(prefix="/api/v1/org/delegations", tags=["organisation"])

    def answer(delegation_id: str, response: Response) -> messages.Delegation:
        delegation = org.delegations()[delegation_id]
        response.headers["ETag"] = etag(delegation.version)
        return shown.delegation(delegation, org.world.utc_us())

    @router.get("", dependencies=[permit(READ)], responses=responses(401, 403, 422, 503))
    async def list_delegations(
        item: Place | None = None, to: Place | None = None, from_department: Place | None = None
    ) -> messages.DelegationList:
        """By item and township, ended and revoked ones too."""
        whole, utc_us = org.now, org.world.utc_us()
        wanted = {"item": item, "to_department": to, "from_department": from_department}
        found = [
            one
            for one in whole.delegations.values()
            if all(value is None or getattr(one, name) == value for name, value in wanted.items())
        ]
        found.sort(key=lambda one: (one.item, one.to_department, one.since, one.id))
        listed = [shown.delegation(one, utc_us) for one in found]
        return messages.DelegationList(revision=whole.revision, delegations=listed)

    @router.post("", status_code=201, responses=CREATING)
    async def create_delegation(
        body: messages.DelegationWish, session: Annotated[Session, permit(CHANGE_DELEGATION)], response: Response
    ) -> messages.Delegation:
        """One item to one township; a document with many is best imported."""
        reach(session.scope(CHANGE_DELEGATION), body.from_department, body.to_department)
        made = Delegation(id=org.new_id(), **body.model_dump())
        await org.change(session, created(made))
        return answer(made.id, response)

    @router.put("/{delegation_id}", responses=CHANGING)
    async def change_delegation(
        delegation_id: Annotated[str, Path(max_length=36)],
        body: messages.DelegationChange,
        session: Annotated[Session, permit(CHANGE_DELEGATION)],
        response: Response,
        if_match: IfMatch = None,
    ) -> messages.Delegation:
        """Its last day, its document, or its revocation; who, what and since when stay."""
        version = version_of(if_match)
        present = org.delegations().get(delegation_id)
        if present is None:
            raise ThingUnknown
        reach(session.scope(CHANGE_DELEGATION), present.from_department, present.to_department)
        values = {"until": body.until, "document": body.document}
        await org.change(
            session, changed("delegations", delegation_id, version, body.closed, org.world.utc_us(), values)
        )
        return answer(delegation_id, response)

    return router


def _values(body: messages.ItemChange) -> dict[str, Any]:
    return {
        "name": body.name,
        "kind": ItemKind(body.kind),
        "department": body.department,
        "basis": tuple(Article(one.law, one.article, one.text) for one in body.basis),
        "question_types": tuple(one for one in QuestionType if one.value in body.question_types),
        "tiers": tuple(Tier(one.circumstance, one.tier, one.range) for one in body.tiers),
    }
