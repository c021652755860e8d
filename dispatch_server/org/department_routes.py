"""/api/v1/org/departments: everybody sees the tree, the system administrator changes it."""

from typing import Annotated

from fastapi import Path, Response

from dispatch_server.identity.guard import permit
from dispatch_server.identity.model import Session
from dispatch_server.identity.registry import GuardedRouter
from dispatch_server.org import shown
from dispatch_server.org.actions import CHANGE_DEPARTMENT, READ
from dispatch_server.org.conditions import IfMatch, etag, reach, version_of
from dispatch_server.org.editing import changed, created, moved
from dispatch_server.org.model import Department, DepartmentKind
from dispatch_server.org.refusals import ThingUnknown
from dispatch_server.org.service import OrgService
from dispatch_server.org.tree import child_path
from dispatch_server.protocol import organisation as messages
from dispatch_server.protocol.problem import responses

Editor = Annotated[Session, permit(CHANGE_DEPARTMENT)]
DepartmentPath = Annotated[str, Path(max_length=64)]
CHANGING = responses(400, 401, 403, 404, 409, 412, 413, 422, 428, 503)


def department_routes(org: OrgService) -> GuardedRouter:
    router = GuardedRouter(prefix="/api/v1/org", tags=["organisation"])

    def answer(path: str, response: Response) -> messages.Department:
        department = org.departments().get(path)
        if department is None:
            raise ThingUnknown
        response.headers["ETag"] = etag(department.version)
        return shown.department(department)

    @router.get("/departments", dependencies=[permit(READ)], responses=responses(401, 403, 503))
    async def list_departments() -> messages.DepartmentList:
        """The whole tree by path, the county first; closed ones too, because old recordings name them."""
        whole = org.now
        listed = [shown.department(whole.departments[path]) for path in sorted(whole.departments)]
        return messages.DepartmentList(revision=whole.revision, departments=listed)

    @router.post("/departments", status_code=201, responses=responses(400, 401, 403, 404, 409, 413, 422, 503))
    async def create_department(
        body: messages.DepartmentWish, session: Editor, response: Response
    ) -> messages.Department:
        """A department below the county, or a team below one; its code is never given again."""
        reach(session.scope(CHANGE_DEPARTMENT), body.parent)
        path = child_path(body.parent, body.code)
        made = Department(path=path, name=body.name, name_en=body.name_en, kind=DepartmentKind(body.kind))
        await org.change(session, created(made))
        return answer(path, response)

    @router.put("/departments/{department_path:path}", responses=CHANGING)
    async def change_department(
        department_path: DepartmentPath,
        body: messages.DepartmentChange,
        session: Editor,
        response: Response,
        if_match: IfMatch = None,
    ) -> messages.Department:
        """Its names, and whether it is closed."""
        version = version_of(if_match)
        reach(session.scope(CHANGE_DEPARTMENT), department_path)
        values = {"name": body.name, "name_en": body.name_en}
        await org.change(
            session, changed("departments", department_path, version, body.closed, org.world.utc_us(), values)
        )
        return answer(department_path, response)

    @router.put("/county", responses=CHANGING)
    async def rename_county(
        body: messages.DepartmentChange, session: Editor, response: Response, if_match: IfMatch = None
    ) -> messages.Department:
        """The county's own names; its path is empty, so that it cannot stand in an address."""
        version = version_of(if_match)
        reach(session.scope(CHANGE_DEPARTMENT), "")
        values = {"name": body.name, "name_en": body.name_en}
        await org.change(session, changed("departments", "", version, body.closed, org.world.utc_us(), values))
        return answer("", response)

    @router.post("/moves/{department_path:path}", responses=CHANGING)
    async def move_team(
        department_path: DepartmentPath,
        body: messages.DepartmentMove,
        session: Editor,
        response: Response,
        if_match: IfMatch = None,
    ) -> messages.Department:
        """A team goes on under another path, with its officers and the teams below it; the old path stays, closed."""
        version = version_of(if_match)
        reach(session.scope(CHANGE_DEPARTMENT), department_path, body.parent)
        await org.change(session, moved(department_path, version, body.parent, body.code, org.world.utc_us()))
        return answer(child_path(body.parent, body.code), response)

    return router
