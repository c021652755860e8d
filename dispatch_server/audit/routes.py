"""HTTP: the ledger is searched, proven and exported, by the audit administrator alone; each of it is an act itself."""

from typing import Annotated, Any, Literal

from fastapi import Path, Query
from fastapi.responses import StreamingResponse
from sqlalchemy import Row

from dispatch_server.audit import search as asking
from dispatch_server.audit.assembly import AuditRoom
from dispatch_server.audit.canonical import read
from dispatch_server.audit.cursors import PATTERN, Cursors, index_in
from dispatch_server.audit.export import Exporter
from dispatch_server.audit.messages import ActEntry, ActList, ActProof, SignedHeadMessage
from dispatch_server.audit.tree import inclusion_spans
from dispatch_server.identity.actions import Recorded, register
from dispatch_server.identity.guard import NotPermitted, permit
from dispatch_server.identity.model import Role, Session
from dispatch_server.identity.recording import Recorder
from dispatch_server.identity.registry import GuardedRouter
from dispatch_server.kit.acts import LedgerAway
from dispatch_server.kit.errors import Absent
from dispatch_server.kit.scope import Scope
from dispatch_server.protocol.problem import responses
from dispatch_server.runtime.world import World

AUDITORS = frozenset({Role.AUDIT_ADMIN})
SEARCH, PROVE, EXPORT = "ledger.search", "ledger.prove", "ledger.export"
EXPORT_TYPE = "application/jsonl"
register(SEARCH, "search the ledger of acts", AUDITORS, recorded=Recorded.BY_ROOM)
register(PROVE, "have an act of the ledger proven", AUDITORS, recorded=Recorded.BY_ROOM)
register(EXPORT, "export the ledger of acts", AUDITORS, recorded=Recorded.BY_ROOM)

Searcher = Annotated[Session, permit(SEARCH)]
Prover = Annotated[Session, permit(PROVE)]
ExportingOne = Annotated[Session, permit(EXPORT)]
Text = Annotated[str | None, Query(max_length=200)]
UtcMicroseconds = Annotated[int | None, Query(ge=0, lt=1 << 63)]


class ActAbsent(Absent):
    def __init__(self) -> None:
        super().__init__("act_absent", "There is no such act.")


def ledger_routes(room: AuditRoom, recorder: Recorder, world: World) -> GuardedRouter:
    router = GuardedRouter(prefix="/api/v1/ledger", tags=["ledger"])
    cursors = Cursors(world.chance(32))

    @router.get("/acts", responses=responses(401, 403, 503))
    async def search_acts(
        session: Searcher,
        actor: Text = None,
        action: Text = None,
        subject: Text = None,
        outcome: Literal["done", "begun", "refused", "failed"] | None = None,
        department: Text = None,
        from_utc_us: UtcMicroseconds = None,
        to_utc_us: UtcMicroseconds = None,
        cursor: Annotated[str | None, Query(pattern=PATTERN)] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> ActList:
        """Newest first. `action` may end in a dot: that whole kind. A search is an act, a page by its cursor is not."""
        asked: dict[str, Any] = {
            "actor": actor,
            "action": action,
            "subject": subject,
            "outcome": outcome,
            "department": department,
            "from_utc_us": from_utc_us,
            "to_utc_us": to_utc_us,
        }
        before = None if cursor is None else index_in(cursor)
        if cursor is None or not cursors.is_given(cursor, session.id, asked):
            filters = {name: value for name, value in {**asked, "before": before}.items() if value is not None}
            # Not as the recorder's own arguments of these names.
            told = {f"asked_{name}": value for name, value in filters.items()}
            await recorder.enter(session, SEARCH, department=session.person.department, **told)
        query = asking.Query(limit, Scope.of(session.person.department), before=before, **asked)
        async with room.store.database.reading() as connection:
            rows = await asking.search(connection, query)
        following = cursors.give(rows[-1].leaf_index, session.id, asked) if len(rows) == limit else None
        return ActList(acts=[_shown(row) for row in rows], next_cursor=following, server_utc_us=world.utc_us())

    @router.get("/head", responses=responses(401, 403, 404, 503))
    async def show_head(session: Searcher) -> SignedHeadMessage:
        """The newest signed head."""
        head = room.heads.newest()
        if head is None:
            raise ActAbsent
        return SignedHeadMessage.model_validate(head.form())

    @router.get("/acts/{index}", responses=responses(401, 403, 404, 503))
    async def prove_act(index: Annotated[int, Path(ge=0, lt=1 << 53)], session: Prover) -> ActProof:
        """One act, and the proof that it is in the tree of a signed head: to be checked by whoever doubts it."""
        _require_county(session, PROVE)
        async with room.store.database.reading() as connection:
            row = await asking.line_at(connection, index)
        if row is None:
            raise ActAbsent
        await recorder.enter(session, PROVE, f"act:{index}")
        head = room.heads.newest()
        if head is None or head.size <= index:
            head = await room.heads.sign()
        async with room.store.database.reading() as connection:
            proof = await room.store.hashes(connection, inclusion_spans(index, head.size))
        shown = SignedHeadMessage.model_validate(head.form())
        line = row.line.decode("utf-8")
        return ActProof(entry=_shown(row), line=line, proof=[step.hex() for step in proof], head=shown)

    @router.get(
        "/export",
        response_class=StreamingResponse,
        responses=responses(401, 403, 503)
        | {200: {"content": {EXPORT_TYPE: {"schema": {"type": "string", "format": "binary"}}}}},
    )
    async def export_ledger(session: ExportingOne) -> StreamingResponse:
        """All of it with its signed heads in one file, which `dispatch-server audit verify` checks without a server."""
        _require_county(session, EXPORT)
        await recorder.enter(session, EXPORT)
        if room.signer is None:
            raise LedgerAway
        signer, name = room.signer, f"ledger-{world.utc_us() // 1_000_000}.jsonl"
        exporter = Exporter(room.store, lambda: signer, room.heads.sign)
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
        return StreamingResponse(exporter.parts(), media_type=EXPORT_TYPE, headers=headers)

    return router


def _require_county(session: Session, action: str) -> None:
    """What shows the whole ledger is for whoever may see the whole county."""
    if not Scope.of(session.person.department).is_county:
        raise NotPermitted(action)


def _shown(row: Row[Any]) -> ActEntry:
    return ActEntry(
        index=row.leaf_index,
        id=row.identity,
        utc_us=row.utc_us,
        actor=row.actor,
        actor_name=row.actor_name,
        action=row.action,
        subject=row.subject,
        department=row.department,
        outcome=row.outcome,
        address=row.address,
        session=row.session,
        detail=_detail(row.line),
    )


def _detail(line: bytes) -> dict[str, Any]:
    """A line that somebody damaged is shown as that, so that the page still comes."""
    try:
        detail: dict[str, Any] = read(line)["detail"]
    except (ValueError, KeyError, TypeError):
        return {"damaged": True}
    return detail
