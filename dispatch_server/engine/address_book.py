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

    def feed(self, datagram: bytes, source: Address, now: float) -> Peer | None:
        """Give the datagram to its peer; None (and counted) when it is nobody's: unknown senders get no answer."""
        peer = self.by_address.get(source)
        if peer is None or datagram[0] < 4:
            found = self._by_ufrag.get(local_ufrag_of(datagram) or "") if datagram[0] < 4 else None
            if found is None and peer is None:
                self.unknown += 1
                return None
            if found is not None:
                found.feed(datagram, source, now)
                if source in found.link.valid and len(self.by_address) < ADDRESSES_AT_MOST:
                    self.by_address[source] = found
                return found
        assert peer is not None
        peer.feed(datagram, source, now)
        return peer
