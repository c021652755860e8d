"""The server's ICE: checks make addresses valid, nominations choose, silence loses, and only eight are kept."""

from collections import Counter
from itertools import count

from dispatch_server.media.abilities import IceCredentials
from dispatch_server.media.link import binding
from dispatch_server.media.link.ice_lite import IceLite
from dispatch_server.media.link.outbox import Address
from dispatch_server.media.link.states import LinkLimits
from tests.sim.pair import collecting_outbox

LOCAL, REMOTE = IceCredentials("oursours", "p" * 24), IceCredentials("theirs", "q" * 24)
NEW_LOCAL = IceCredentials("newours1", "r" * 24)
HOME: Address = ("192.0.2.7", 40000)
REBOUND: Address = ("192.0.2.7", 50000)
AWAY: Address = ("203.0.113.9", 6666, "tcp")


class Server:
    def __init__(self) -> None:
        self.drops: Counter[str] = Counter()
        self.outbox, self.letters = collecting_outbox()
        self.ice = IceLite(local=LOCAL, remote=REMOTE, outbox=self.outbox, limits=LinkLimits(), drops=self.drops)
        self._numbers = count()

    def check(self, source: Address, now: float, nominates: bool = False, local: IceCredentials = LOCAL) -> None:
        transaction = next(self._numbers).to_bytes(12, "big")
        username = f"{local.ufrag}:{REMOTE.ufrag}"
        request = binding.make_request(transaction, username, local.password.encode(), bytes(8), nominates)
        self.ice.feed(request, source, now)
        self.outbox.spill()


def test_nothing_is_valid_before_a_check() -> None:
    server = Server()
    assert not server.ice.valid and server.ice.selected is None and server.ice.deadline() is None
    assert server.ice.local_ufrags() == ("oursours",)


def test_the_first_valid_address_serves_until_one_is_nominated() -> None:
    server = Server()
    server.check(HOME, 0.0)
    server.check(AWAY, 0.1)
    assert server.ice.selected == HOME and set(server.ice.valid) == {HOME, AWAY}
    server.check(AWAY, 0.2, nominates=True)
    assert server.ice.selected == AWAY
    server.check(HOME, 0.3)
    assert server.ice.selected == AWAY
    assert [destination for _, destination in server.letters] == [HOME, AWAY, AWAY, HOME]


def test_a_check_from_elsewhere_moves_a_link_whose_address_has_gone_silent() -> None:
    server = Server()
    server.check(HOME, 0.0, nominates=True)
    server.check(REBOUND, 2.9)
    assert server.ice.selected == HOME
    server.check(REBOUND, 3.1)
    assert server.ice.selected == REBOUND


def test_silence_of_thirty_seconds_loses_an_address() -> None:
    server = Server()
    server.check(HOME, 0.0, nominates=True)
    server.check(AWAY, 2.0)
    assert server.ice.deadline() == 30.0
    server.ice.tick(29.9)
    assert server.ice.selected == HOME
    server.ice.tick(30.0)
    assert server.ice.selected == AWAY and set(server.ice.valid) == {AWAY}
    assert server.ice.deadline() == 32.0
    server.ice.tick(32.0)
    assert server.ice.selected is None and not server.ice.valid and server.ice.deadline() is None


def test_each_check_renews_consent() -> None:
    server = Server()
    for moment in range(0, 600, 5):
        server.check(HOME, float(moment))
        server.ice.tick(float(moment))
    assert server.ice.selected == HOME and server.ice.deadline() == 595.0 + 30.0


def test_a_check_after_long_silence_selects_anew() -> None:
    server = Server()
    server.check(HOME, 0.0, nominates=True)
    server.check(AWAY, 100.0)
    assert server.ice.selected == AWAY and set(server.ice.valid) == {AWAY}


def test_eight_addresses_are_kept_and_the_selected_one_always() -> None:
    server = Server()
    server.check(HOME, 0.0, nominates=True)
    for number in range(20):
        server.check(("192.0.2.200", 1000 + number), 0.1 + number / 100)
    assert len(server.ice.valid) == 8 and HOME in server.ice.valid and server.ice.selected == HOME
    assert set(server.ice.valid) - {HOME} == {("192.0.2.200", 1000 + number) for number in range(13, 20)}
    assert server.drops == {"address_evicted": 13}


def test_an_address_heard_again_is_kept_before_others() -> None:
    server = Server()
    server.check(AWAY, 0.0)
    for number in range(7):
        server.check(("192.0.2.200", 1000 + number), 0.1)
    server.check(("192.0.2.200", 1000), 0.2)
    server.check(HOME, 0.3)
    assert AWAY in server.ice.valid  # it is selected
    assert ("192.0.2.200", 1000) in server.ice.valid
    assert ("192.0.2.200", 1001) not in server.ice.valid


def test_garbage_answers_and_forgeries_are_counted_and_change_nothing() -> None:
    server = Server()
    server.ice.feed(b"\x00\x01garbage", HOME, 0.0)
    server.ice.feed(binding.make_success(bytes(12), b"p" * 24, HOME), HOME, 0.0)
    username = f"{LOCAL.ufrag}:{REMOTE.ufrag}"
    server.ice.feed(binding.make_request(bytes(12), username, b"guess", bytes(8), True), HOME, 0.0)
    server.outbox.spill()
    assert not server.ice.valid and not server.letters
    assert server.drops == {"stun_malformed": 1, "stun_unexpected": 1, "stun_integrity": 1}


def test_after_a_restart_the_new_credentials_move_it_and_end_the_old() -> None:
    server = Server()
    server.check(HOME, 0.0, nominates=True)
    server.ice.restart(NEW_LOCAL, REMOTE)
    server.check(HOME, 1.0)
    assert server.ice.local_ufrags() == ("oursours", "newours1")
    server.check(AWAY, 1.1, nominates=True, local=NEW_LOCAL)
    assert server.ice.selected == AWAY and server.ice.local_ufrags() == ("newours1",)
    server.check(HOME, 1.2, nominates=True)
    assert server.ice.selected == AWAY and server.drops == {"stun_username": 1}
