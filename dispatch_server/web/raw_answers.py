"""Answers for connections that never became a request: a whole HTTP/1.1 response as bytes."""

from http import HTTPStatus

from dispatch_server.protocol.problem import MEDIA_TYPE, Problem
from dispatch_server.web.statuses import titles_of


def raw_problem(status: int, code: str) -> bytes:
    """An RFC 9457 problem that also ends the connection."""
    title, _ = titles_of(status)
    body = Problem(title=title, status=status, code=code).model_dump_json(exclude_none=True).encode()
    head = (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n"
        f"Content-Type: {MEDIA_TYPE}\r\n"
        "Content-Language: zh-CN\r\n"
        "X-Content-Type-Options: nosniff\r\n"
        "Cache-Control: no-store\r\n"
        f"Content-Length: {len(body)}\r\n"
        "Connection: close\r\n\r\n"
    )
    return head.encode("ascii") + body
