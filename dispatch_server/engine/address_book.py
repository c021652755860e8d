"""Which peer a datagram is for: by source address once that was checked, by the STUN user name before."""

from dispatch_server.media.link.demux import local_ufrag_of
from dispatch_server.media.link.outbox import Address
from dispatch_server.media.peer import Peer

ADDRESSES_AT_MOST = 20_000


class AddressBook:
    """Two dictionaries, no search: address → peer and user fragment → peer."""

    def __init__(self) -> None:
        self.by_address: dict[Address, Peer] = {}
        self._by_ufrag: dict[str, Peer] = {}
        self.unknown = 0

    def enter(self, ufrag: str, peer: Peer) -> None:
        self._by_ufrag[ufrag] = peer

    def withdraw(self, peer: Peer) -> list[Address]:
        """Forget a peer; the addresses that were its own."""
        for ufrag in [key for key, value in self._by_ufrag.items() if value is peer]:
            del self._by_ufrag[ufrag]
        addresses = [key for key, value in self.by_address.items() if value is peer]
        for address in addresses:
            del self.by_address[address]
        return addresses

    def of(self, datagram: bytes, source: Address) -> Peer | None:
        """Whose datagram this is; None (and counted) when it is nobody's: unknown senders get no answer."""
        peer = self.by_address.get(source)
        if datagram[0] < 4:  # a checked address may belong to a newer session by now: the user name decides
            peer = self._by_ufrag.get(local_ufrag_of(datagram) or "") or peer
        if peer is None:
            self.unknown += 1
        return peer

    def learn(self, source: Address, peer: Peer) -> None:
        """A datagram from here was taken by this peer: remember it once the address has passed a check."""
        if (
            self.by_address.get(source) is not peer
            and source in peer.link.valid
            and len(self.by_address) < ADDRESSES_AT_MOST
        ):
            self.by_address[source] = peer
