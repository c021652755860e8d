"""HTTP: uploads by tus 1.0 (core, creation, checksum, expiration, termination), for terminals."""

from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Annotated

from fastapi import Path, Request, Response
from starlette.exceptions import HTTPException

from dispatch_server.archive.uploads import headers as tus
from dispatch_server.archive.uploads.desk import UploadDesk
from dispatch_server.archive.uploads.keeping import ACTION
from dispatch_server.archive.uploads.model import Upload, UploadState
from dispatch_server.archive.uploads.routes import API
from dispatch_server.identity.callers import TerminalCaller
from dispatch_server.identity.guard import by_terminal
from dispatch_server.identity.registry import GuardedRouter
from dispatch_server.kit.errors import Unsupported
from dispatch_server.protocol.problem import responses
from dispatch_server.web.bodies import slow_body

Caller = Annotated[TerminalCaller, by_terminal(ACTION)]
UploadId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]
REFUSED = responses(400, 401, 404, 410, 412, 422, 423, 503)
CHUNK_BODY = {
    "requestBody": {
        "required": True,
        "content": {tus.CHUNK_TYPE: {"schema": {"type": "string", "format": "binary"}}},
    }
}
NOTHING = {"Cache-Control": "no-store"}


def upload_routes(desk: UploadDesk) -> GuardedRouter:
    router = GuardedRouter(prefix=API, tags=["masters"])

    @router.options("", status_code=204, responses=responses(401))
    async def tell_abilities(_: Caller) -> Response:
        """What of tus is spoken here."""
        return Response(
            status_code=204,
            headers={
                "Tus-Version": tus.VERSION,
                "Tus-Extension": tus.EXTENSIONS,
                "Tus-Checksum-Algorithm": "sha256",
                "Tus-Max-Size": str(desk.limits.upload_bytes),
            },
        )

    @router.post("", status_code=201, responses=REFUSED | responses(409, 413, 429, 507))
    async def create(request: Request, caller: Caller) -> Response:
        """Begin the upload of one sealed segment, whose index is here; one that goes on is told again."""
        tus.check_version(request.headers)
        upload, _ = await desk.create(caller, tus.read_creation(request.headers))
        return Response(status_code=201, headers={"Location": f"{API}/{upload.id}"} | _expires(upload))

    @router.head("/{upload_id}", responses=REFUSED)
    async def tell_offset(upload_id: UploadId, request: Request, caller: Caller) -> Response:
        """Where it goes on: so much survives a power cut."""
        tus.check_version(request.headers)
        upload = desk.find(caller, upload_id)
        sizes = {"Upload-Offset": str(upload.offset), "Upload-Length": str(upload.length)}
        return Response(status_code=200, headers=sizes | _expires(upload) | NOTHING)

    @router.patch(
        "/{upload_id}",
        status_code=204,
        responses=REFUSED | responses(409, 413, 415, 460, 507),
        openapi_extra=CHUNK_BODY,
        dependencies=[slow_body()],
        max_body_size=desk.limits.upload_bytes,
    )
    async def add(upload_id: UploadId, request: Request, caller: Caller) -> Response:
        """
        Add bytes at the offset. With the last ones the segment is looked into: 204 says that it is kept or waits to
        be, 400 that it is not what its index says.
        """
        tus.check_version(request.headers)
        upload = desk.find(caller, upload_id)
        if request.headers.get("content-type", "") != tus.CHUNK_TYPE:
            raise Unsupported(
                "media_type_unsupported", f"The body must be {tus.CHUNK_TYPE}.", accepted=(tus.CHUNK_TYPE,)
            )
        offset = tus.read_number(request.headers, "upload-offset")
        checksum = tus.read_checksum(request.headers.get("upload-checksum"))
        length = tus.read_number(request.headers, "content-length") if "content-length" in request.headers else None
        try:
            await desk.receive(upload, offset, request.stream(), checksum, length)
        except TimeoutError:
            raise HTTPException(408, headers={"Connection": "close"}) from None
        answer = {"Upload-Offset": str(upload.offset)} | _expires(upload) | NOTHING
        if upload.state is UploadState.WHOLE:
            await desk.look_into_or_wait(upload)
        return Response(status_code=204, headers=answer)

    @router.delete("/{upload_id}", status_code=204, responses=REFUSED)
    async def withdraw(upload_id: UploadId, request: Request, caller: Caller) -> Response:
        """Give it up."""
        tus.check_version(request.headers)
        await desk.drop(desk.find(caller, upload_id))
        return Response(status_code=204)

    return router


def _expires(upload: Upload) -> dict[str, str]:
    at = datetime.fromtimestamp(upload.expires_utc_us / 1_000_000, UTC)
    return {"Upload-Expires": format_datetime(at, usegmt=True)}
