"""Our STUN and ICE against aioice's: the same bytes, and its agents accept what ours say."""

import asyncio
from collections import Counter
from random import Random
from typing import cast

import pytest
from aioice import Connection, stun
from aioice.ice import StunProtocol

from dispatch_server.media.abilities import Candidate, IceCredentials
from dispatch_server.media.link import binding
from dispatch_server.media.link.demux import local_ufrag_of
from dispatch_server.media.link.ice_client import IceClient
from dispatch_server.media.link.ice_lite import IceLite
from dispatch_server.media.link.outbox import Address, Outbox
from dispatch_server.media.link.states import LinkLimits
from tests.sim.pair import collecting_outbox

KEY = b"0123456789abcdef01234567"
LOCAL, REMOTE = IceCredentials("oursours", KEY.decode()), IceCredentials("theirs", "q" * 24)


def written_by_aioice(kind: stun.Class, transaction: bytes, attributes: dict[str, object]) -> bytes:
    message = stun.Message(stun.Method.BINDING, kind, transaction, attributes)
    message.add_message_integrity(KEY)
    return bytes(message)


@pytest.mark.parametrize("nominates", [False, True])
@pytest.mark.parametrize("username", ["a:b", "ab:cd", "oursours:theirs", "x" * 40 + ":y"])
def test_requests_are_byte_for_byte_the_same(username: str, nominates: bool) -> None:
    random = Random(1)
    for _ in range(50):
        transaction, tie_breaker = random.randbytes(12), random.randbytes(8)
        attributes: dict[str, object] = {
            "USERNAME": username,
            "PRIORITY": (110 << 24) | (65535 << 8) | 255,
            "ICE-CONTROLLING": int.from_bytes(tie_breaker, "big"),
        }
        if nominates:
            attributes["USE-CANDIDATE"] = None
        ours = binding.make_request(transaction, username, KEY, tie_breaker, nominates)
        assert ours == written_by_aioice(stun.Class.REQUEST, transaction, attributes)
        assert local_ufrag_of(ours) == username.partition(":")[0]


@pytest.mark.parametrize("host", ["192.0.2.7", "2001:db8::7", "::ffff:192.0.2.7", "255.255.255.255"])
def test_answers_are_byte_for_byte_the_same(host: str) -> None:
    random = Random(2)
    for _ in range(50):
        transaction, port = random.randbytes(12), random.randrange(65536)
        ours = binding.make_success(transaction, KEY, (host, port))
        assert ours == written_by_aioice(stun.Class.RESPONSE, transaction, {"XOR-MAPPED-ADDRESS": (host, port)})
    conflict = {"ERROR-CODE": (487, "Role Conflict")}
    assert binding.make_role_conflict(transaction, KEY) == written_by_aioice(stun.Class.ERROR, transaction, conflict)


class LiteOnUdp(asyncio.DatagramProtocol):
    """Our ICE-lite on a real socket."""

    def __init__(self) -> None:
        self.drops: Counter[str] = Counter()
        self.outbox = Outbox(self._spill)
        self.ice = IceLite(local=LOCAL, remote=REMOTE, outbox=self.outbox, limits=LinkLimits(), drops=self.drops)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, source: tuple[str, int]) -> None:
        self.ice.feed(data, source, asyncio.get_running_loop().time())
        self.outbox.spill()

    def _spill(self, outbox: Outbox) -> None:
        for destination, offset, sizes in outbox.runs:
            self.transport.sendto(bytes(outbox.buffer[offset : offset + sizes[0]]), destination[:2])


async def test_aioice_asks_our_lite_server_over_a_real_socket() -> None:
    loop = asyncio.get_running_loop()
    transport, server = await loop.create_datagram_endpoint(LiteOnUdp, local_addr=("127.0.0.1", 0))
    agent = Connection(ice_controlling=True)
    agent.remote_username, agent.remote_password = LOCAL.ufrag, LOCAL.password
    asking, protocol = await loop.create_datagram_endpoint(lambda: StunProtocol(agent), local_addr=("127.0.0.1", 0))
    own_address = asking.get_extra_info("sockname")
    server_address = transport.get_extra_info("sockname")
    request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    request.attributes.update({"USERNAME": "oursours:theirs", "ICE-CONTROLLING": 5, "USE-CANDIDATE": None})
    answer, source = await protocol.request(request, server_address, integrity_key=KEY)
    assert answer.attributes["XOR-MAPPED-ADDRESS"] == own_address and source == server_address
    assert server.ice.selected == own_address

    claiming = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    claiming.attributes.update({"USERNAME": "oursours:theirs", "ICE-CONTROLLED": 5})
    with pytest.raises(stun.TransactionFailed, match="487"):
        await protocol.request(claiming, server_address, integrity_key=KEY)

    guessing = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    guessing.attributes["USERNAME"] = "oursours:theirs"
    with pytest.raises(stun.TransactionTimeout):
        await protocol.request(guessing, server_address, integrity_key=b"guess", retransmissions=0)
    assert server.drops == {"stun_role_conflict": 1, "stun_integrity": 1}
    await protocol.close()
    transport.close()


class Captured:
    """What an aioice agent sends."""

    def __init__(self) -> None:
        self.sent: list[tuple[stun.Message, tuple[str, int]]] = []

    def send_stun(self, message: stun.Message, address: tuple[str, int]) -> None:
        self.sent.append((message, address))


async def test_an_aioice_agent_answers_our_client_and_is_nominated() -> None:
    server: Address = ("192.0.2.1", 8000)
    agent = Connection(ice_controlling=False, local_username=REMOTE.ufrag, local_password=REMOTE.password)
    agent.remote_username, agent.remote_password = LOCAL.ufrag, LOCAL.password
    outbox, letters = collecting_outbox()
    drops: Counter[str] = Counter()
    client = IceClient(
        local=LOCAL,
        remote=REMOTE,
        candidates=[Candidate("192.0.2.1", 8000)],
        outbox=outbox,
        limits=LinkLimits(),
        random=Random(1).randbytes,
        drops=drops,
    )
    nominated = []
    for round_number in range(2):
        client.tick(10.0 + round_number)
        outbox.spill()
        (datagram, address) = letters.pop()
        assert address == server
        captured = Captured()
        request = stun.parse_message(datagram)
        nominated.append("USE-CANDIDATE" in request.attributes)
        agent.request_received(request, ("198.51.100.7", 40000), captured)  # type: ignore[arg-type]
        ((answer, _),) = captured.sent
        client.feed(bytes(answer), server, 10.0 + round_number + 0.1)
    assert nominated == [False, True]
    assert client.selected == server and not drops
