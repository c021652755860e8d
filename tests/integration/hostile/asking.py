"""Sends one body to one operation as somebody who may, about a thing that is there in the version that it has."""

import httpx2

from dispatch_server.identity.guard import COOKIE
from dispatch_server.identity.model import Role
from tests.integration.hostile.document import OPERATIONS, PATH_PARAMETER, things_of
from tests.integration.hostile.samples import who_may
from tests.integration.hostile.town import Town
from tests.integration.matrix.server import COUNTY, Whole
from tests.integration.matrix.sockets import TOKEN
from tests.integration.matrix.things import made, serial

ENDS_A_TERMINAL = ("/retire", "/revoke")
# There are not enough of them for a new one each time: the version that was seen last is kept.
_versions: dict[tuple[int, str], str] = {}


def fresh_path(town: Town, operation: str) -> str:
    """With the parameters of a thing that is there."""
    template = operation.partition(" ")[2]
    if operation.endswith(ENDS_A_TERMINAL):
        words = {"department": f"{serial(town.whole) % 21 + 1:02d}", "name": "某终端", "name_en": "x"}
        return template.replace("{number}", town.run(made(town.whole, "/api/v1/devices", words))["number"])
    if "/moves/" in operation:
        return template.replace("{department_path}", "13/01")
    things = things_of(town, OPERATIONS[operation])
    return PATH_PARAMETER.sub(lambda match: things.get(match[1], "1"), template)


def answered(
    town: Town, operation: str, path: str, content: bytes, content_type: str = "application/json"
) -> httpx2.Response:
    answer: httpx2.Response = town.run(_answered(town, operation, path, content, content_type))
    return answer


def sign_in(town: Town, operation: str) -> None:
    """Before it is asked: later the database may be away."""
    if (role := who_may(operation)) is not None:
        town.run(_secret(town.whole, role))


async def _secret(whole: Whole, role: Role) -> str:
    person = whole.people[role, COUNTY]
    if person.id not in whole.secrets:
        whole.secrets[person.id], _ = await whole.sign_ins.open(person, (), whole.wiring.world.utc_us())
    return whole.secrets[person.id]


async def _answered(town: Town, operation: str, path: str, content: bytes, content_type: str) -> httpx2.Response:
    whole, role, seen = town.whole, who_may(operation), (id(town), path)
    headers = {"If-Match": _versions.get(seen, '"1"')}
    if content_type:
        headers["Content-Type"] = content_type
    if role is None:
        headers["Authorization"] = f"Bearer {TOKEN}"
    else:
        headers["Cookie"] = f"{COOKIE}={await _secret(whole, role)}"
    answer = await whole.client.request(operation.partition(" ")[0], path, content=content, headers=headers)
    if answer.is_success and "etag" in answer.headers:
        _versions[seen] = answer.headers["etag"]
    return answer
