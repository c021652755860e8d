"""Our DTLS-SRTP against aiortc's, in both roles: same keys, same media, same refusals."""

import asyncio
import struct
from collections import Counter

import pytest
from aiortc import RTCCertificate, RTCDtlsFingerprint, RTCDtlsParameters, RTCDtlsTransport

from dispatch_server.media.abilities import Fingerprint
from dispatch_server.media.link.dtls import Dtls
from dispatch_server.media.link.outbox import Address
from dispatch_server.media.link.states import Failure, LinkLimits
from tests.sim.pair import SERVER_CONTEXT, collecting_outbox
from tests.waiting import until_async

THERE: Address = ("192.0.2.2", 2)
RTP = struct.pack("!BBHII", 0x80, 96, 7, 1234, 0xCAFE) + b"picture"
REPORT = b"\x80\xc9\x00\x01\x00\x00\xca\xfe"
OURS = SERVER_CONTEXT.certificate.fingerprint
ROLES = pytest.mark.parametrize("we_are_client", [False, True])


class Wire:
    """Stands for aiortc's ICE transport: carries its datagrams to our DTLS and back, at once."""

    role, state = "controlling", "completed"

    def __init__(self, ours: Dtls) -> None:
        self._ours = ours
        self._inbound: asyncio.Queue[bytes | None] = asyncio.Queue()

    async def _send(self, datagram: bytes) -> None:
        self._ours.feed(datagram, 0.0)
        self.flush()

    async def _recv(self) -> bytes:
        datagram = await self._inbound.get()
        if datagram is None:
            raise ConnectionError
        return datagram

    def flush(self) -> None:
        for datagram in self._ours.output:
            self._inbound.put_nowait(datagram)
        self._ours.output.clear()

    def cut(self) -> None:
        self._inbound.put_nowait(None)


class Meeting:
    """Our end and aiortc's, which know each other's fingerprints unless told otherwise."""

    def __init__(self, we_are_client: bool, told_us: Fingerprint | None = None) -> None:
        certificate = RTCCertificate.generateCertificate()
        shown = next(one for one in certificate.getFingerprints() if one.algorithm == "sha-256")
        self.ours = Dtls(
            context=SERVER_CONTEXT,
            client=we_are_client,
            fingerprints=[told_us or Fingerprint(shown.algorithm, shown.value)],
            limits=LinkLimits(),
            drops=Counter(),
        )
        self.wire = Wire(self.ours)
        self.theirs = RTCDtlsTransport(self.wire, [certificate])  # type: ignore[arg-type]
        self.theirs._set_role("server" if we_are_client else "client")

    async def begin(self, told_them: Fingerprint = OURS) -> None:
        self.ours.start(0.0)
        self.wire.flush()
        parameters = RTCDtlsParameters([RTCDtlsFingerprint(told_them.algorithm, told_them.digest)])
        await asyncio.wait_for(self.theirs.start(parameters), 5.0)

    async def end(self) -> None:
        await self.theirs.stop()
        self.wire.cut()
        await until_async(lambda: self.theirs.state in ("closed", "failed"))


@ROLES
async def test_media_and_reports_go_both_ways(we_are_client: bool) -> None:
    meeting = Meeting(we_are_client)
    await meeting.begin()
    srtp = meeting.ours.srtp
    assert srtp is not None and meeting.theirs.state == "connected"
    assert srtp.unprotect(meeting.theirs._tx_srtp.protect(RTP)) == RTP
    assert srtp.unprotect_rtcp(meeting.theirs._tx_srtp.protect_rtcp(REPORT)) == REPORT
    outbox, letters = collecting_outbox()
    srtp.protect_packets([(RTP[:12], RTP[12:])], THERE, outbox)
    srtp.protect_rtcp(REPORT, THERE, outbox)
    outbox.spill()
    assert meeting.theirs._rx_srtp.unprotect(letters[0][0]) == RTP
    assert meeting.theirs._rx_srtp.unprotect_rtcp(letters[1][0]) == REPORT
    await meeting.end()


@ROLES
async def test_our_goodbye_is_heard(we_are_client: bool) -> None:
    meeting = Meeting(we_are_client)
    await meeting.begin()
    meeting.ours.close()
    meeting.wire.flush()
    await until_async(lambda: meeting.theirs.state == "closed")


@ROLES
async def test_their_goodbye_is_heard(we_are_client: bool) -> None:
    meeting = Meeting(we_are_client)
    await meeting.begin()
    await meeting.theirs.stop()
    assert meeting.ours.closed_by_remote
    await until_async(lambda: meeting.theirs.state == "closed")


@ROLES
async def test_their_certificate_must_be_the_one_described(we_are_client: bool) -> None:
    meeting = Meeting(we_are_client, told_us=OURS)
    await meeting.begin()
    assert meeting.ours.failure is Failure.FINGERPRINT and meeting.ours.srtp is None
    await meeting.end()


@ROLES
async def test_our_certificate_must_be_the_one_described(we_are_client: bool) -> None:
    meeting = Meeting(we_are_client)
    await meeting.begin(told_them=Fingerprint("sha-256", ":".join(["00"] * 32)))
    assert meeting.theirs.state == "failed"
