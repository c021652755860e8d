"""A 405 names every method of its address, and no method of another."""

from fastapi import APIRouter, FastAPI
from starlette.types import Scope

from dispatch_server.web.methods import allowed_at


def scope_of(path: str) -> Scope:
    return {"type": "http", "path": path, "method": "TRACE", "root_path": "", "headers": [], "query_string": b""}


def an_app() -> FastAPI:
    app, router = FastAPI(openapi_url=None, docs_url=None, redoc_url=None), APIRouter(prefix="/lamps")

    async def nothing() -> None: ...

    router.post("")(nothing)
    router.get("")(nothing)
    router.get("/one")(nothing)
    router.put("/one")(nothing)
    app.include_router(router)
    app.delete("/lamps/{name}")(nothing)
    return app


def test_all_routes_of_an_address_count_whichever_router_has_them() -> None:
    routes = an_app().routes
    assert allowed_at(scope_of("/lamps"), routes) == "GET, POST"
    assert allowed_at(scope_of("/lamps/one"), routes) == "GET, PUT, DELETE"
    assert allowed_at(scope_of("/lamps/two"), routes) == "DELETE"


def test_an_unknown_address_knows_none() -> None:
    assert allowed_at(scope_of("/doors"), an_app().routes) == ""
