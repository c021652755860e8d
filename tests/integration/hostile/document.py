"""The API's own document, as it is committed: its operations, and requests made from them, good and bad."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import requests
import schemathesis
from schemathesis.generation import GenerationMode
from schemathesis.schemas import APIOperation

from dispatch_server.identity.registry import Entry
from tests.integration.hostile.town import Town
from tests.integration.matrix.examples import EXAMPLES
from tests.integration.matrix.judge import builder_key
from tests.integration.matrix.server import HOME, URL
from tests.integration.matrix.things import BUREAU, SOURCE

TEXT: dict[str, Any] = json.loads((Path(__file__).parents[3] / "web_console" / "openapi.json").read_text("utf-8"))
SCHEMA = schemathesis.openapi.from_dict(TEXT)
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PATH_PARAMETER = re.compile(r"\{(\w+)\}")
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
# Members of bodies that name a thing: one that is there is put in their place, or few requests would get far.
THERE = {"department": HOME, "to_department": HOME, "from_department": BUREAU, "source": SOURCE, "target": SOURCE}


@schemathesis.serializer(
    "application/sdp", "application/trickle-ice-sdpfrag", "application/offset+octet-stream", "application/jsonl", SHEET
)
def as_bytes(_: schemathesis.SerializationContext, value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


def operations() -> dict[str, APIOperation]:
    """By method and path."""
    found = [result.ok() for result in SCHEMA.get_all_operations()]
    return {f"{one.method.upper()} {one.path}": one for one in found}


OPERATIONS = operations()


def request_of(case: schemathesis.Case) -> httpx2.Request:
    """What a generated case is on the wire."""
    made = requests.Request(**_without(case.as_transport_kwargs(base_url=URL))).prepare()
    headers = [(name.encode("latin-1"), _bytes(value)) for name, value in made.headers.items()]
    return httpx2.Request(str(made.method), str(made.url), headers=headers, content=_content(made.body))


def path_parameters(operation: APIOperation) -> list[str]:
    return PATH_PARAMETER.findall(operation.path)


def things_of(town: Town, operation: APIOperation) -> dict[str, str]:
    """What is there, for each parameter of the path that the matrix can make a thing for."""
    entry = Entry(operation.method.upper(), operation.path, "", "")
    found = {}
    for name in path_parameters(operation):
        key = builder_key(entry, name)
        if key in EXAMPLES:
            found[name] = town.run(EXAMPLES[key](town.whole)).value
        elif name in ("source", "stream"):
            found[name] = SOURCE
    return found


def pointed(operation: APIOperation, request: httpx2.Request, things: dict[str, str]) -> httpx2.Request:
    """The same request about things that are there, in the version that they have."""
    path = PATH_PARAMETER.sub(lambda match: quote(things.get(match[1], "1"), safe="/"), operation.path)
    body = request.content
    try:
        value = json.loads(body)
    except ValueError:
        value = None
    if isinstance(value, dict):
        body = json.dumps({name: _there(name, one) for name, one in value.items()}).encode()
    headers = [(name, one) for name, one in request.headers.raw if name.lower() not in (b"content-length", b"if-match")]
    url = request.url.copy_with(
        path=None, raw_path=path.encode() + (b"?" + request.url.query if request.url.query else b"")
    )
    return httpx2.Request(request.method, url, headers=[*headers, (b"If-Match", b'"1"')], content=body)


def _there(name: str, value: Any) -> Any:
    return THERE.get(name, value) if isinstance(value, str) else 1 if name == "version" else value


def _without(kwargs: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in kwargs.items() if name in _TAKEN and value is not None}


_TAKEN = frozenset({"method", "url", "headers", "files", "data", "json", "params", "auth", "cookies"})


def _bytes(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode("latin-1", "replace")


def _content(body: Any) -> bytes:
    if body is None:
        return b""
    return body.encode("utf-8", "surrogatepass") if isinstance(body, str) else bytes(body)


def bodies() -> Iterator[tuple[str, str, str]]:
    """(method, path, the name of the JSON body's schema) of each operation that takes one."""
    for path, methods in TEXT["paths"].items():
        for method, operation in methods.items():
            for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
                if media_type == "application/json":
                    yield method.upper(), path, content["schema"].get("$ref", "").rpartition("/")[2]
