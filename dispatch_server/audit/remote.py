"""Witnesses on other hosts: one that takes heads by HTTPS, and a time-stamping authority (RFC 3161)."""

import base64
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import rfc3161_client
from cryptography.x509 import load_pem_x509_certificates

from dispatch_server.audit.canonical import canonical
from dispatch_server.audit.held import STAMP_FORM
from dispatch_server.audit.model import SignedHead
from dispatch_server.audit.witness import WitnessAway, append_line
from dispatch_server.kit.redact import Secret
from dispatch_server.runtime.threads import Kind, Threads
from dispatch_server.runtime.world import World

LARGEST_ANSWER_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Way:
    """How another host is reached; `ca` is a PEM file, empty: the system's."""

    url: str
    wait_s: float
    ca: str = ""

    async def post(self, content: bytes, headers: dict[str, str]) -> bytes:
        """The body of a 2xx answer. Raises WitnessAway."""
        verify = ssl.create_default_context(cafile=self.ca or None)
        try:
            async with (
                httpx2.AsyncClient(timeout=self.wait_s, verify=verify, follow_redirects=False) as client,
                client.stream("POST", self.url, content=content, headers=headers) as answer,
            ):
                if not answer.is_success:
                    raise WitnessAway(f"it answered {answer.status_code}")
                body = b""
                async for part in answer.aiter_bytes():
                    body += part
                    if len(body) > LARGEST_ANSWER_BYTES:
                        raise WitnessAway("its answer is too long")
                return body
        except httpx2.HTTPError as error:
            raise WitnessAway(f"it cannot be reached: {type(error).__name__}: {error}") from None


class HeadHost:
    """Another host that keeps heads: POST of the head's JSON, any 2xx is a receipt."""

    def __init__(self, way: Way, token: Secret) -> None:
        self._way = way
        self._token = token

    async def deliver(self, head: SignedHead) -> None:
        headers = {"Content-Type": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token.reveal()}"
        await self._way.post(canonical(head.form()), headers)


class TimeStamps:
    """A head now and then with an outside authority's time on it, appended to a file as `audit verify` reads it."""

    def __init__(self, way: Way, roots: str, every_s: float, file: Path, threads: Threads, world: World) -> None:
        self._way = way
        self._roots = roots
        self._every_s = every_s
        self._file = file
        self._threads = threads
        self._world = world
        self._stamped_at: float | None = None

    async def deliver(self, head: SignedHead) -> None:
        """Heads between two stamps are passed over: the next one covers them."""
        now = self._world.monotonic()
        if self._stamped_at is not None and now - self._stamped_at < self._every_s:
            return
        request = rfc3161_client.TimestampRequestBuilder().data(head.content()).build()
        headers = {"Content-Type": "application/timestamp-query"}
        token = await self._way.post(request.as_bytes(), headers)
        why = wrong_with(token, head, certificates(self._roots), nonce=request.nonce)
        if why:
            raise WitnessAway(f"its stamp is not good: {why}")
        form = {"form": STAMP_FORM, "head": head.form(), "token": base64.b64encode(token).decode("ascii")}
        await self._threads.run(Kind.GENERAL, append_line, self._file, canonical(form))
        self._stamped_at = now


def certificates(file: str) -> Sequence[Any]:
    """Of a PEM file."""
    return load_pem_x509_certificates(Path(file).read_bytes())


def wrong_with(token: bytes, head: SignedHead, roots: Sequence[Any], nonce: int | None = None) -> str:
    """Why this answer of an authority under these roots is no stamp of this head; empty when it is one."""
    builder = rfc3161_client.VerifierBuilder()
    for root in roots:
        builder = builder.add_root_certificate(root)
    if nonce is not None:
        builder = builder.nonce(nonce)
    try:
        answer = rfc3161_client.decode_timestamp_response(token)
        builder.build().verify_message(answer, head.content())
    except (rfc3161_client.VerificationError, ValueError) as error:
        return str(error)[:300] or type(error).__name__
    return ""
