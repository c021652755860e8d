"""/api/v1/org/export and /import: the organisation as YAML or as a workbook, there and back."""

from typing import Annotated, Any

from fastapi import Query, Request, Response

from dispatch_server.identity.guard import permit
from dispatch_server.identity.model import Session
from dispatch_server.identity.registry import GuardedRouter
from dispatch_server.org import shown
from dispatch_server.org.actions import EXPORT, IMPORT
from dispatch_server.org.conditions import IfMatch, etag, reach_all, version_of
from dispatch_server.org.files import Form, OrgFiles
from dispatch_server.org.refusals import FileKindUnknown, FileTooLarge
from dispatch_server.org.sheet_file import LARGEST_FILE_BYTES
from dispatch_server.protocol import organisation as messages
from dispatch_server.protocol.problem import responses

YAML_TYPE = "application/yaml"  # RFC 9512
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TYPE_OF = {Form.YAML: YAML_TYPE, Form.XLSX: XLSX_TYPE}
FORM_OF = {YAML_TYPE: Form.YAML, XLSX_TYPE: Form.XLSX}
BINARY: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
CONTENT = {YAML_TYPE: {"schema": {"type": "object"}}, XLSX_TYPE: BINARY}
FILE: dict[int | str, dict[str, Any]] = {200: {"content": CONTENT}}
BODY: dict[str, Any] = {"requestBody": {"required": True, "content": CONTENT}}


def file_routes(files: OrgFiles) -> GuardedRouter:
    router = GuardedRouter(prefix="/api/v1/org", tags=["organisation"])

    @router.get("/export", response_class=Response, responses=responses(401, 403, 422, 503) | FILE)
    async def export_organisation(
        session: Annotated[Session, permit(EXPORT)], form: Annotated[Form, Query(alias="format")] = Form.YAML
    ) -> Response:
        """The whole as one file, officers included."""
        reach_all(session.scope(EXPORT))
        revision = files.org.now.revision
        data = await files.export(session, form)
        headers = {
            "Content-Disposition": f'attachment; filename="organisation-{revision}.{form.value}"',
            "Cache-Control": "no-store",
        }
        return Response(data, media_type=TYPE_OF[form], headers=headers)

    @router.post(
        "/import",
        openapi_extra=BODY,
        max_body_size=LARGEST_FILE_BYTES,
        responses=responses(400, 401, 403, 408, 409, 412, 413, 415, 422, 428, 503),
    )
    async def import_organisation(
        request: Request,
        response: Response,
        session: Annotated[Session, permit(IMPORT)],
        dry_run: Annotated[bool, Query(description="Only tell what would change.")] = True,
        if_match: IfMatch = None,
    ) -> messages.ImportReport:
        """First a dry run; then the same file with its revision in If-Match. All of it is done, or nothing."""
        reach_all(session.scope(IMPORT))
        revision = None if dry_run else version_of(if_match)
        form = _form_of(request)
        data = await _body_of(request)
        name = f"import.{form.value}"
        file = await files.read(data, form, name)
        if dry_run:
            report = await files.rehearse(file)
        else:
            report = await files.apply(session, file, data, name, revision)
        response.headers["ETag"] = etag(report.revision)
        return shown.report(report)

    return router


def _form_of(request: Request) -> Form:
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given not in FORM_OF:
        raise FileKindUnknown(tuple(FORM_OF))
    return FORM_OF[given]


async def _body_of(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_FILE_BYTES:
            raise FileTooLarge(LARGEST_FILE_BYTES)
    return bytes(body)
