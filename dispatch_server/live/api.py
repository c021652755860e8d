"""What the signed-in console asks of this room: tokens, the wall, the roster, the clock, publish keys."""

from typing import Annotated

from dispatch_server.identity.actions import Recorded, register
from dispatch_server.identity.callers import TerminalCaller
from dispatch_server.identity.guard import by_terminal, permit, require
from dispatch_server.identity.model import Session
from dispatch_server.identity.recording import Recorder, about
from dispatch_server.identity.registry import GuardedRouter
from dispatch_server.kit.scope import COUNTY
from dispatch_server.live.keys import PublishKeys
from dispatch_server.live.publish_keys import PublishKey
from dispatch_server.live.service import LiveService
from dispatch_server.live.tokens import Direction
from dispatch_server.live.wall import Wall
from dispatch_server.media.abilities import Fingerprint
from dispatch_server.protocol import console, terminal
from dispatch_server.protocol.problem import responses

ACTION_OF = {Direction.WATCH: "stream.watch", Direction.PUBLISH: "stream.publish"}
SUBJECT_OF = {Direction.WATCH: "stream", Direction.PUBLISH: "source"}
# The stream that comes of it is its record: publishing is never kept waiting for the ledger.
register("terminal.publish", "publish under one's own number", frozenset(), by_terminal=True, recorded=Recorded.BY_ROOM)


def wall_routes(live: LiveService, wall: Wall, recorder: Recorder) -> GuardedRouter:
    router = GuardedRouter(prefix="/api/v1", tags=["live"])

    @router.post("/media-tokens", status_code=201, responses=responses(400, 401, 403, 404, 409, 413, 422, 429, 503))
    async def issue_token(
        body: console.MediaTokenRequest, session: Annotated[Session, permit("media_token.issue")]
    ) -> console.MediaTokenIssued:
        """A token for one session in one direction; it must be used within a minute."""
        direction = Direction(body.direction)
        action = ACTION_OF[direction]
        about(f"{SUBJECT_OF[direction]}:{body.target}")
        require(session, action)
        live.count_ask(session.id)
        target = live.target_of(direction, body.target, session.scope(action))
        fingerprint = _fingerprint(body.fingerprint) if body.fingerprint is not None else None
        # One line for each viewing, before there is a token that opens it; publishing is never refused for want of one.
        enter = recorder.enter if direction is Direction.WATCH else recorder.enter_anyway
        subject = f"{SUBJECT_OF[direction]}:{target.id}"
        await enter(session, action, subject, department=target.department, source=target.source)
        return _issued(live, direction, target.id, live.issue_token(direction, target, session.id, fingerprint))

    @router.post("/terminal/media-tokens", status_code=201, responses=responses(400, 401, 404, 409, 413, 422, 429, 503))
    async def issue_terminal_token(
        body: terminal.TerminalMediaTokenRequest, caller: Annotated[TerminalCaller, by_terminal("terminal.publish")]
    ) -> console.MediaTokenIssued:
        """A token for one publication under the terminal's own number, with the certificate that it names."""
        live.count_ask(caller.holder)
        target = live.target_of(Direction.PUBLISH, caller.number, COUNTY)
        token = live.issue_token(Direction.PUBLISH, target, caller.holder, _fingerprint(body.fingerprint))
        return _issued(live, Direction.PUBLISH, target.id, token)

    @router.get("/streams", responses=responses(401, 403, 503))
    async def list_streams(session: Annotated[Session, permit("stream.list")]) -> console.StreamList:
        """Who is on air or was a moment ago, with figures."""
        return wall.list_streams(session.scope("stream.list"))

    @router.get("/terminals", responses=responses(401, 403, 503))
    async def list_terminals(session: Annotated[Session, permit("terminal.list")]) -> console.TerminalList:
        """The roster: departments, their terminals, and when each was seen last."""
        return wall.list_terminals(session.scope("terminal.list"))

    @router.get("/clock", dependencies=[permit("clock.read")], responses=responses(401, 403, 503))
    async def read_clock() -> console.ClockNow:
        """The server's UTC, by which a viewer measures its delay."""
        return console.ClockNow(utc_us=live.world.utc_us())

    return router


def _fingerprint(text: str) -> Fingerprint:
    algorithm, _, digest = text.partition(" ")
    return Fingerprint(algorithm, digest.upper())


def _issued(live: LiveService, direction: Direction, target: str, token: str) -> console.MediaTokenIssued:
    return console.MediaTokenIssued(
        url=f"/{'whep' if direction is Direction.WATCH else 'whip'}/{target}",
        token=token,
        expires_utc_us=live.world.utc_us() + int(live.limits.token_life_s * 1_000_000),
    )


def key_routes(keys: PublishKeys) -> GuardedRouter:
    router = GuardedRouter(prefix="/api/v1/publish-keys", tags=["publish keys"])

    @router.get("", responses=responses(401, 403, 503))
    async def list_keys(session: Annotated[Session, permit("publish_key.list")]) -> console.PublishKeyList:
        """The keys of what the person may see, without their secrets."""
        newest_first = keys.newest_first(session.scope("publish_key.list"))
        return console.PublishKeyList(keys=[_entry(key) for key in newest_first])

    @router.post("", status_code=201, responses=responses(400, 401, 403, 404, 409, 413, 422, 503))
    async def issue_key(
        body: console.PublishKeyRequest, session: Annotated[Session, permit("publish_key.issue")]
    ) -> console.PublishKeyIssued:
        """Give a source its key; the secret is shown this once."""
        scope = session.scope("publish_key.issue")
        secret, key = await keys.issue(body.source, body.label, session, scope)
        return console.PublishKeyIssued(entry=_entry(key), key=secret, url=f"/whip/{key.source}")

    @router.delete(
        "/{key_id}",
        status_code=204,
        responses=responses(401, 403, 404, 503),
    )
    async def revoke_key(key_id: str, session: Annotated[Session, permit("publish_key.revoke")]) -> None:
        """Take the key away; what is published with it ends at once."""
        await keys.revoke(key_id, session, session.scope("publish_key.revoke"))

    return router


def _entry(key: PublishKey) -> console.PublishKeyEntry:
    return console.PublishKeyEntry(
        id=key.id,
        source=key.source,
        label=key.label,
        created_utc_us=key.created_utc_us,
        created_by=key.created_by,
        last_used_utc_us=key.last_used_utc_us,
        revoked_utc_us=key.revoked_utc_us,
    )
