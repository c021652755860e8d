"""Other hosts that answer one POST, and what a time-stamping authority (RFC 3161) answers."""

import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx2
import rfc3161_client
from cryptography.hazmat.primitives.hashes import SHA256, SHA512, Hash
from cryptography.x509 import Certificate, load_pem_x509_certificates

from dispatch_server.runtime.away import HostAway

LARGEST_ANSWER_BYTES = 64 * 1024
_QUERY = {"Content-Type": "application/timestamp-query"}
_HASHES = {"2.16.840.1.101.3.4.2.1": SHA256, "2.16.840.1.101.3.4.2.3": SHA512}


@dataclass(frozen=True, slots=True)
class Way:
    """How another host is reached; `ca` is a PEM file, empty: the system's."""

    url: str
    wait_s: float
    ca: str = ""

    async def post(self, content: bytes, headers: dict[str, str]) -> bytes:
        """The body of a 2xx answer. Raises HostAway."""
        verify = ssl.create_default_context(cafile=self.ca or None)
        try:
            async with (
                httpx2.AsyncClient(timeout=self.wait_s, verify=verify, follow_redirects=False) as client,
                client.stream("POST", self.url, content=content, headers=headers) as answer,
            ):
                if not answer.is_success:
                    raise HostAway(f"it answered {answer.status_code}")
                body = b""
                async for part in answer.aiter_bytes():
                    body += part
                    if len(body) > LARGEST_ANSWER_BYTES:
                        raise HostAway("its answer is too long")
                return body
        except httpx2.HTTPError as error:
            raise HostAway(f"it cannot be reached: {type(error).__name__}: {error}") from None

    async def stamp(self, content: bytes, roots: Sequence[Certificate]) -> bytes:
        """An authority's answer over this content, that holds under these roots. Raises HostAway."""
        request = rfc3161_client.TimestampRequestBuilder().data(content).build()
        token = await self.post(request.as_bytes(), _QUERY)
        why = wrong_with(token, content, roots, nonce=request.nonce)
        if why:
            raise HostAway(f"its stamp is not good: {why}")
        return token


def certificates(file: str) -> Sequence[Certificate]:
    """Of a PEM file."""
    return load_pem_x509_certificates(Path(file).read_bytes())


def wrong_with(token: bytes, content: bytes, roots: Sequence[Certificate], nonce: int | None = None) -> str:
    """Why this answer of an authority under these roots is no stamp of the content; empty when it is one."""
    builder = rfc3161_client.VerifierBuilder()
    for root in roots:
        builder = builder.add_root_certificate(root)
    if nonce is not None:
        builder = builder.nonce(nonce)
    try:
        builder.build().verify_message(rfc3161_client.decode_timestamp_response(token), content)
    except (rfc3161_client.VerificationError, ValueError) as error:
        return str(error)[:300] or type(error).__name__
    return ""


def imprint_matches(token: bytes, content: bytes) -> bool:
    """Whether it is of this content, whoever made it."""
    try:
        imprint = rfc3161_client.decode_timestamp_response(token).tst_info.message_imprint
        kind = _HASHES.get(imprint.hash_algorithm.dotted_string)
    except ValueError:
        return False
    if kind is None:
        return False
    made = Hash(kind())
    made.update(content)
    return made.finalize() == imprint.message


def stamped_utc_us(token: bytes) -> int:
    """What time the authority says it was. ValueError."""
    return int(rfc3161_client.decode_timestamp_response(token).tst_info.gen_time.timestamp() * 1_000_000)
