"""The server's side of ICE: it only listens, and the client's checks decide where media goes (RFC 8445 lite)."""

from collections import Counter

from aioice import stun

from dispatch_server.kit.errors import MalformedPacket
from dispatch_server.media.abilities import IceCredentials
from dispatch_server.media.link import binding
from dispatch_server.media.link.outbox import Address, Outbox
from dispatch_server.media.link.responder import Responder
from dispatch_server.media.link.states import LinkLimits


class IceLite:
    """
    `valid` holds the addresses that passed a check, with the time of their last one; `selected` is where to send.

    `selected` is always one of `valid`, or None when nobody has been heard for `consent_s`.
    """

    __slots__ = ("_drops", "_limits", "_responder", "selected", "valid")

    def __init__(
        self,
        *,
        local: IceCredentials,
        remote: IceCredentials,
        outbox: Outbox,
        limits: LinkLimits,
        drops: Counter[str],
    ) -> None:
        self.valid: dict[Address, float] = {}  # the longest silent first
        self.selected: Address | None = None
        self._limits = limits
        self._drops = drops
        self._responder = Responder("ICE-CONTROLLED", outbox, drops)
        self._responder.expect(local, remote)

    def restart(self, local: IceCredentials, remote: IceCredentials) -> None:
        """Accept new credentials (RFC 8445 9); the old work until the first check with the new."""
        self._responder.expect(local, remote)

    def local_ufrags(self) -> tuple[str, ...]:
        return self._responder.local_ufrags()

    def feed(self, datagram: bytes, source: Address, now: float) -> None:
        """Take one STUN datagram; whatever is wrong with it ends in a counter."""
        try:
            message = binding.read_message(datagram)
        except MalformedPacket:
            self._drops["stun_malformed"] += 1
            return
        if message.message_class is not stun.Class.REQUEST:
            self._drops["stun_unexpected"] += 1  # we never ask, so nobody answers us
            return
        check = self._responder.take(message, source)
        if check is not None:
            self._forget_silent(now)
            self._choose(source, check.nominates, now)
            self._keep(source, now)

    def forget(self, address: Address, now: float) -> None:
        """This address can no longer be reached (its TCP connection has ended)."""
        self.valid.pop(address, None)
        self._forget_silent(now)

    def tick(self, now: float) -> None:
        """Forget who has been silent for too long."""
        self._forget_silent(now)

    def deadline(self) -> float | None:
        """When the next address will have been silent for too long."""
        for heard in self.valid.values():
            return heard + self._limits.consent_s
        return None

    def _choose(self, source: Address, nominates: bool, now: float) -> None:
        """
        The first address serves DTLS, a nominated one wins; and a check from a new address, when the selected one
        has gone silent, is a NAT that has rebound: the client does not know and does not nominate again.
        """
        selected = self.selected
        if selected is None or nominates or now - self.valid[selected] >= self._limits.quiet_move_s:
            self.selected = source

    def _keep(self, source: Address, now: float) -> None:
        self.valid.pop(source, None)
        if len(self.valid) >= self._limits.validated_addresses:
            oldest = next(address for address in self.valid if address != self.selected)
            del self.valid[oldest]
            self._drops["address_evicted"] += 1
        self.valid[source] = now

    def _forget_silent(self, now: float) -> None:
        if self.selected in self.valid and now - next(iter(self.valid.values())) < self._limits.consent_s:
            return  # the longest silent stands first
        silent = [address for address, heard in self.valid.items() if now - heard >= self._limits.consent_s]
        for address in silent:
            del self.valid[address]
        if self.selected not in self.valid:
            self.selected = next(reversed(self.valid), None)  # the one heard last
