"""Whole answers of a running server: headers on each, problems without a stack, the console's files, TLS."""

import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from dispatch_server.media.link.certificate import make_certificate
from dispatch_server.runtime.world import World
from dispatch_server.web.headers import FOR_EVER
from tests.integration.web.harness import Server, running


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    async with running(tmp_path) as server:
        yield server


@pytest.fixture
async def client(server: Server) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{server.port}", trust_env=False) as client:
        yield client


@pytest.mark.parametrize(
    "path", ["/ping", "/", "/assets/big-0123.js", "/api/nothing", "/broken", "/api/v1/openapi.json"]
)
async def test_every_answer_has_its_headers(client: httpx2.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert answer.headers["content-security-policy"].startswith("default-src 'self'")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"]
    assert "server" not in answer.headers


async def test_an_unexpected_error_is_a_bare_problem(client: httpx2.AsyncClient, server: Server) -> None:
    answer = await client.get("/broken")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert "canary" not in answer.text and "Runtime" not in answer.text
    assert server.counters.registry.get_sample_value("dispatch_surprises_total", {"where": "http"}) == 1


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/v1/nothing", 404, "not_found"),
        ("DELETE", "/ping", 405, "method_not_allowed"),
        ("POST", "/lamps", 422, "invalid_content"),
    ],
)
async def test_the_framework_s_refusals_are_problems(
    client: httpx2.AsyncClient, method: str, path: str, status: int, code: str
) -> None:
    answer = await client.request(method, path, headers={"Accept-Language": "en"})
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["code"], answer.json()["instance"]) == (status, code, path)


async def test_a_foreign_page_s_request_is_refused_before_its_route(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/lamps", json={"name": "a"}, headers={"Origin": "http://evil.example"})
    assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin")


async def test_the_console_is_served_and_kept_as_it_should(client: httpx2.AsyncClient) -> None:
    first = await client.get("/")
    assert ("控制台" in first.text, first.headers["cache-control"]) == (True, "no-cache")
    again = await client.get("/", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert (await client.head("/assets/big-0123.js")).headers["cache-control"] == FOR_EVER
    typed = await client.get("/cases/12", headers={"Accept": "text/html"})
    assert (typed.status_code, typed.text) == (200, first.text)
    assert (await client.get("/missing.js")).status_code == 404


async def test_a_console_that_is_not_built_says_how_to_build_it(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    async with running(tmp_path, server={"console_folder": str(empty)}) as server:
        answer = await server.ask(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answer.status == 503
    assert "make run" in answer.body.decode()
    assert "script" not in answer.body.decode()


async def test_over_tls_with_our_own_certificate(tmp_path: Path) -> None:
    from cryptography.hazmat.primitives import serialization as form

    world = World()
    made = make_certificate(world.chance, world.utc_us())
    (tmp_path / "cert.pem").write_bytes(made.certificate.public_bytes(form.Encoding.PEM))
    key = made.key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
    (tmp_path / "key.pem").write_bytes(key)
    files = {"tls_certificate": str(tmp_path / "cert.pem"), "tls_key": str(tmp_path / "key.pem")}
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    async with running(tmp_path, server=files) as server:
        url = f"https://127.0.0.1:{server.port}/ping"
        async with httpx2.AsyncClient(verify=context, trust_env=False) as client:
            answer = await client.get(url)
            assert (answer.status_code, "strict-transport-security" in answer.headers) == (200, True)
        with pytest.warns(DeprecationWarning):
            context.maximum_version = ssl.TLSVersion.TLSv1_1
        async with httpx2.AsyncClient(verify=context, trust_env=False) as client:
            with pytest.raises(httpx2.ConnectError):
                await client.get(url)
