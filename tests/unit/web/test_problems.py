"""Problems (RFC 9457): every refusal has its status, its code, its language, and tells nothing that is ours."""

import json
from typing import Any

import pytest
from starlette.exceptions import HTTPException

from dispatch_server.kit import errors
from dispatch_server.protocol.problem import Problem
from dispatch_server.web import problems
from dispatch_server.web.languages import prefers_chinese
from dispatch_server.web.raw_answers import raw_problem
from dispatch_server.web.statuses import CODES, titles_of

SCOPE = {"type": "http", "path": "/lamps", "headers": []}


def scope(language: str) -> dict[str, Any]:
    return SCOPE | {"headers": [(b"accept-language", language.encode())]}


def body_of(response: Any) -> Problem:
    return Problem(**json.loads(response.body))


@pytest.mark.parametrize("kind", [one for one in vars(errors).values() if isinstance(one, type)])
def test_every_kind_of_error_has_a_status(kind: type[errors.DispatchError]) -> None:
    error = kind("a sentence") if kind is errors.MalformedPacket else kind("a_code", "a sentence")
    status = problems.status_of(error)
    ours = (500, 503, 507)
    assert status in ours or (400 <= status < 500 and isinstance(error, errors.RemoteFault))
    assert status != 500 or not isinstance(error, errors.RemoteFault)


def test_a_subclass_takes_the_status_of_its_nearest_ancestor() -> None:
    class LampStolen(errors.Gone):
        pass

    assert problems.status_of(LampStolen("lamp_stolen", "It is gone.")) == 410


def test_a_refusal_is_told_with_all_that_helps() -> None:
    error = errors.TooMany("too_many", "Too many lamps.", accepted=("one", "two"), retry_after_s=3)
    response = problems.of_error(scope("en"), error)
    assert response.headers["retry-after"] == "3"
    assert response.media_type == "application/problem+json"
    assert body_of(response) == Problem(
        title="Too Many Requests", status=429, code="too_many", detail="Too many lamps.", instance="/lamps",
        accepted=["one", "two"], retry_after_s=3,
    )  # fmt: skip


def test_what_is_our_fault_is_not_told() -> None:
    response = problems.of_error(SCOPE, errors.LocalFault("inner_code", "The secret place is /var/x."))
    assert response.status_code == 500
    assert b"secret" not in response.body and b"inner_code" not in response.body


def test_who_is_not_known_is_asked_for_a_token() -> None:
    response = problems.of_error(SCOPE, errors.Unauthenticated("who", "Who are you?"))
    assert response.headers["www-authenticate"] == "Bearer"


def test_the_framework_s_refusals_keep_their_headers() -> None:
    response = problems.of_http(SCOPE, HTTPException(405, headers={"Allow": "GET"}))
    assert (response.headers["allow"], body_of(response).code) == ("GET", "method_not_allowed")


def test_an_invalid_request_is_told_where_but_not_what_was_sent() -> None:
    found = [{"loc": ("body", f"lamp{n}"), "msg": "Field required", "input": "canary"} for n in range(9)]
    response = problems.of_validation(SCOPE, found)
    assert body_of(response).detail == "; ".join(f"body.lamp{n}: Field required" for n in range(5)) + "; and 4 more"
    assert b"canary" not in response.body


def test_a_body_that_is_not_said_to_be_json_is_told_what_it_should_be() -> None:
    response = problems.of_validation(SCOPE, [{"loc": ("body",), "msg": "wrong", "input": b"{}"}])
    assert (response.status_code, body_of(response).accepted) == (415, ["application/json"])
    assert problems.of_validation(SCOPE, [{"loc": ("body",), "msg": "wrong", "input": []}]).status_code == 422


def test_names_with_lone_surrogates_can_be_told() -> None:
    response = problems.of_validation(SCOPE, [{"loc": ("body", "\udfff"), "msg": "wrong"}])
    assert body_of(response).detail == "body.?: wrong"


@pytest.mark.parametrize(
    ("header", "chinese"),
    [
        ("", True), ("zh-CN,zh;q=0.9,en;q=0.8", True), ("en-US,en;q=0.9,zh;q=0.8", False), ("en", False), ("fr", True),
        ("en;q=0.5, zh;q=0.5", True), ("EN", False), ("en;q=nonsense", True), (",;,;q=", True), ("en," * 10_000, False),
    ],
)  # fmt: skip
def test_chinese_unless_english_comes_first(header: str, chinese: bool) -> None:
    assert prefers_chinese(scope(header)) is chinese
    response = problems.problem(scope(header), 404)
    assert response.headers["content-language"] == ("zh-CN" if chinese else "en")
    assert body_of(response).title == ("没有找到" if chinese else "Not Found")


def test_every_status_that_we_answer_has_both_titles() -> None:
    for status in {*CODES, *problems.STATUS_OF.values()}:
        chinese, english = titles_of(status)
        assert chinese != english, status
    assert titles_of(418)[1] and titles_of(599) == ("HTTP 599", "HTTP 599")


def test_an_answer_for_what_never_became_a_request() -> None:
    head, _, body = raw_problem(431, "header_too_large").partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 431 Request Header Fields Too Large\r\n")
    assert f"Content-Length: {len(body)}".encode() in head
    assert Problem(**json.loads(body)).code == "header_too_large"
