"""/api/v1/exports: asked for, decided by somebody else, fetched by a link that ends."""

from typing import Annotated

from fastapi import Path, Query

from dispatch_server.archive.exports import actions, shown
from dispatch_server.archive.exports.links import Links
from dispatch_server.archive.exports.model import Asking, Export, Mode, Of, State
from dispatch_server.archive.exports.preparing import Preparing
from dispatch_server.archive.exports.refusals import AskingUnclear
from dispatch_server.archive.exports.service import ExportService
from dispatch_server.identity.guard import permit
from dispatch_server.identity.model import Session
from dispatch_server.identity.registry import GuardedRouter
from dispatch_server.kit.scope import Scope
from dispatch_server.protocol import exports as messages
from dispatch_server.protocol.problem import responses

PREFIX = "/api/v1/exports"
ExportId = Annotated[str, Path(min_length=1, max_length=36, pattern=r"^[A-Za-z0-9-]+$")]
Lister = Annotated[Session, permit(actions.LIST)]
Asker = Annotated[Session, permit(actions.ASK)]
Decider = Annotated[Session, permit(actions.DECIDE)]
Withdrawer = Annotated[Session, permit(actions.WITHDRAW)]
Linker = Annotated[Session, permit(actions.LINK)]
CustodyReader = Annotated[Session, permit(actions.CUSTODY)]


def export_routes(service: ExportService, preparing: Preparing, links: Links) -> GuardedRouter:
    router = GuardedRouter(prefix=PREFIX, tags=["exports"])

    def entry(export: Export) -> messages.ExportEntry:
        return shown.export(export, preparing.names, preparing.progress.get(export.id, (0, 0)))

    @router.get("", responses=responses(400, 401, 403, 503))
    async def list_exports(
        session: Lister,
        before: Annotated[str | None, Query(max_length=36)] = None,
        state: Annotated[list[State] | None, Query(max_length=len(State))] = None,
        mine: bool = False,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> messages.ExportList:
        """Newest first; of any state that is named, and with `mine` only what one asked for oneself."""
        asker = session.person.id if mine else ""
        found = await service.store.page(session.scope(actions.LIST), limit, before, state or (), asker)
        return messages.ExportList(
            exports=[entry(one) for one in found],
            next_before=found[-1].id if len(found) == limit else None,
            server_utc_us=service.world.utc_us(),
            key_thumbprint=preparing.key().thumbprint,
        )

    @router.post("", status_code=201, responses=responses(400, 401, 403, 404, 409, 422, 429, 503))
    async def ask_for_export(wish: messages.ExportWish, session: Asker) -> messages.ExportEntry:
        """Only closed recordings, each of which the one who asks may see. Somebody else must approve it."""
        return entry(await service.ask(session, session.scope(actions.ASK), asking_of(wish)))

    @router.get("/{export_id}", responses=responses(401, 403, 404, 503))
    async def show_export(export_id: ExportId, session: Lister) -> messages.ExportEntry:
        return entry(await service.find(export_id, session.scope(actions.LIST)))

    @router.post("/{export_id}/approve", responses=responses(400, 401, 403, 404, 409, 422, 503))
    async def approve_export(
        export_id: ExportId, words: messages.ExportDecision, session: Decider
    ) -> messages.ExportEntry:
        """With a second factor that was shown just now, and by another person than the one who asked."""
        export = await service.decide(session, session.scope(actions.DECIDE), export_id, True, words.reason)
        preparing.wake.set()
        return entry(export)

    @router.post("/{export_id}/refuse", responses=responses(400, 401, 403, 404, 409, 422, 503))
    async def refuse_export(
        export_id: ExportId, words: messages.ExportDecision, session: Decider
    ) -> messages.ExportEntry:
        return entry(await service.decide(session, session.scope(actions.DECIDE), export_id, False, words.reason))

    @router.post("/{export_id}/withdraw", responses=responses(400, 401, 403, 404, 409, 422, 503))
    async def withdraw_export(
        export_id: ExportId, words: messages.ExportReason, session: Withdrawer
    ) -> messages.ExportEntry:
        """Its links end at once, and downloads that run are broken off."""
        return entry(await service.withdraw(session, session.scope(actions.WITHDRAW), export_id, words.reason))

    @router.post("/{export_id}/links", status_code=201, responses=responses(401, 403, 404, 409, 503))
    async def give_link(export_id: ExportId, session: Linker) -> messages.ExportLink:
        """For the sign-in that asks for it, and nobody else; each link is a new one."""
        scope: Scope = session.scope(actions.LINK)
        link, secret = await links.give(session, scope, export_id)
        export = await service.find(export_id, scope)
        url = f"{PREFIX}/{export.id}/package.zip?secret={secret}"
        return messages.ExportLink(url=url, bytes=export.bytes, until_utc_us=link.until_utc_us)

    @router.get("/{export_id}/custody", responses=responses(401, 403, 404, 503))
    async def show_custody(export_id: ExportId, session: CustodyReader) -> messages.CustodyLog:
        """Who did what with it and its recordings up to now, downloads included, each act with its proof."""
        export = await service.find(export_id, session.scope(actions.CUSTODY))
        return messages.CustodyLog.model_validate(await preparing.custody.acts_about(export.subjects()))

    return router


def asking_of(wish: messages.ExportWish) -> Asking:
    """Raises AskingUnclear."""
    named = [(Of.ENFORCEMENT, wish.enforcement), (Of.CASE, wish.case)]
    chosen = [(of, subject) for of, subject in named if subject is not None]
    if len(chosen) + bool(wish.recordings) != 1:
        raise AskingUnclear
    of, subject = chosen[0] if chosen else (Of.RECORDINGS, "")
    return Asking(
        of, subject or "", tuple(wish.recordings), Mode(wish.mode), wish.purpose, wish.recipient, wish.viewer,
        wish.hours, wish.downloads,
    )  # fmt: skip
