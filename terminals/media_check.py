"""Tries the media port with a session of this terminal's own: strangers get no answer there, on purpose."""

import asyncio
import itertools
from collections.abc import AsyncIterator

import httpx2

from dispatch_server.kit.errors import DispatchError
from dispatch_server.kit.finding import Finding, Side, Verdict, mend, note, well
from dispatch_server.media.abilities import Candidate, IceCredentials, LocalTransport, SessionPlan
from dispatch_server.media.link.certificate import NodeCertificate
from dispatch_server.media.link.credentials import make_credentials
from dispatch_server.media.link.dtls_context import DtlsContext
from dispatch_server.media.negotiate import offer_publish, read_publish_answer
from terminals import world
from terminals.pump import Pump, reachable
from terminals.stream_wire import StreamWire
from terminals.whip import Refused, WhipClient
from terminals.wire import Wire

ANSWER_S = 5.0
_STEP_S = 0.05


async def examine_media(client: WhipClient, certificate: NodeCertificate, local_host: str) -> AsyncIterator[Finding]:
    """
    One short session over UDP and one over TCP; nothing is sent in them but connectivity checks (RFC 8445).

    `certificate`: the one to which the client's tokens are bound.
    """
    found = []
    for protocol in ("udp", "tcp"):
        try:
            found.append(await _tried(client, certificate, local_host, protocol))
        except Refused as refused:
            yield _refused(refused)
            return
        except (httpx2.HTTPError, OSError, DispatchError) as error:
            cure = "在服务器上：dispatch-server doctor", "on the server: dispatch-server doctor"
            yield mend(Side.SERVER, "无法建立媒体会话", f"no media session: {error or type(error).__name__}", *cure)
            return
        yield found[-1]
    if all(finding.verdict is not Verdict.WELL for finding in found):
        cure = "按上面两条放行其中之一", "let one of the two above through"
        yield mend(Side.NETWORK, "媒体无法到达服务器", "media does not reach the server at all", *cure)


async def _tried(client: WhipClient, certificate: NodeCertificate, local_host: str, protocol: str) -> Finding:
    credentials = make_credentials(world.chance)
    ssrcs = (int.from_bytes(world.chance(4), "big") | 1 for _ in itertools.count())
    local = LocalTransport(credentials, certificate.fingerprint, (), ice_lite=False)
    offer = offer_publish(local, with_sub=False, with_sound=True, ssrcs=ssrcs)
    resource = await client.offer(offer)
    try:
        plan = read_publish_answer(offer, resource.answer)
        where = reachable(plan, protocol)
        if not where:
            en = f"the server offers no media over {protocol}"
            return note(Side.SERVER, f"服务器不提供 {protocol.upper()} 媒体", en)
        names = ", ".join(f"{candidate.host}:{candidate.port}" for candidate in where)
        # A UDP socket asks all addresses; each TCP connection is to one.
        for candidate in where[:1] if protocol == "udp" else where:
            if await _gets_through(candidate, local_host, plan, credentials, DtlsContext(certificate)):
                zh, en = f"{protocol.upper()} 媒体畅通：{names}", f"media over {protocol} gets through: {names}"
                return well(Side.NETWORK, zh, en)
        return _silent(protocol, names)
    finally:
        await client.end(resource)


async def _gets_through(
    candidate: Candidate, local_host: str, plan: SessionPlan, credentials: IceCredentials, context: DtlsContext
) -> bool:
    try:
        wire: Pump = (
            Wire(local_host, _ignore)
            if candidate.transport == "udp"
            else await StreamWire.open(candidate, local_host, _ignore)
        )
    except OSError:
        return False
    try:
        wire.begin(plan, credentials, context)
        return await _answered(wire)
    finally:
        wire.close()


async def _answered(wire: Pump) -> bool:
    for _ in range(int(ANSWER_S / _STEP_S)):
        if not wire.untouched:
            return True
        await asyncio.sleep(_STEP_S)
    return False


def _silent(protocol: str, names: str) -> Finding:
    zh, en = f"{protocol.upper()} 媒体不通：{names}", f"no answer over {protocol} from {names}"
    cure = (
        f"放行 {protocol.upper()} 到 {names}；若地址不对，改服务器的 media.announced_addresses",
        f"let {protocol} through to {names}; if that address is wrong: media.announced_addresses on the server",
    )
    # Each of the two is enough; UDP is better.
    return note(Side.NETWORK, zh, en, *cure)


def _refused(refused: Refused) -> Finding:
    if refused.status == 409:
        return well(Side.SERVER, "此终端正在直播，媒体畅通", "this terminal is on air, so media gets through")
    cure = "检查终端编号和发布密钥", "check the terminal's number and publish key"
    return mend(Side.SERVER, "服务器拒绝此终端", f"the server refuses this terminal: {refused}", *cure)


def _ignore(_: object) -> None:
    """What happens on the link is looked at, not listened to."""
