"""One remote end below its media: ICE finds the path, DTLS the keys, SRTP does the rest."""

from collections import Counter
from collections.abc import Callable, Container, Sequence

from dispatch_server.media.abilities import Candidate, Fingerprint, IceCredentials
from dispatch_server.media.link.demux import DatagramKind, kind_of
from dispatch_server.media.link.dtls import Dtls
from dispatch_server.media.link.dtls_context import DtlsContext
from dispatch_server.media.link.ice_client import IceClient
from dispatch_server.media.link.ice_lite import IceLite
from dispatch_server.media.link.outbox import Address, Outbox
from dispatch_server.media.link.srtp import Srtp
from dispatch_server.media.link.states import (
    LINK_LIFE,
    Failure,
    LinkClosed,
    LinkConnected,
    LinkEvent,
    LinkFailed,
    LinkLimits,
    LinkMoved,
    LinkResumed,
    LinkState,
    LinkSuspended,
    Step,
)

__all__ = ["Link", "LinkEvent", "LinkLimits", "LinkState"]


class Link:
    """
    Feed it STUN and DTLS datagrams, tick it when `deadline()` has come, then read `events`.

    Media is the owner's: what comes from an address in `valid` goes through `srtp`, and is sent to `destination`
    while there is one. Media and DTLS never move the path, only authentic checks do.
    """

    def __init__(
        self,
        *,
        local: IceCredentials,
        remote: IceCredentials,
        fingerprints: Sequence[Fingerprint],
        dtls_client: bool,
        context: DtlsContext,
        outbox: Outbox,
        random: Callable[[int], bytes],
        controlling: bool = False,
        remote_candidates: Sequence[Candidate] = (),
        limits: LinkLimits | None = None,
    ) -> None:
        """Raises UnusableFingerprints when none of the fingerprints can be checked."""
        self.limits = limits or LinkLimits()
        self.drops: Counter[str] = Counter()
        self.events: list[LinkEvent] = []
        self.state = LINK_LIFE.first
        self.destination: Address | None = None
        self.srtp: Srtp | None = None
        self.round_trip_s: float | None = None
        self._outbox = outbox
        self._ice: IceLite | IceClient = IceLite(
            local=local, remote=remote, outbox=outbox, limits=self.limits, drops=self.drops
        )
        if controlling:
            self._ice = IceClient(
                local=local,
                remote=remote,
                candidates=remote_candidates,
                outbox=outbox,
                limits=self.limits,
                random=random,
                drops=self.drops,
            )
        self.valid: Container[Address] = self._ice.valid
        self._dtls = Dtls(
            context=context, client=dtls_client, fingerprints=fingerprints, limits=self.limits, drops=self.drops
        )
        self._expires: float | None = None  # of the wait for a first check, or of a suspension

    @property
    def ended(self) -> bool:
        """Nothing will ever come from this link again."""
        return self.state in LINK_LIFE.final

    def local_ufrags(self) -> tuple[str, ...]:
        """By which names requests for this link may call it at present: the keys for an address book."""
        return self._ice.local_ufrags()

    def feed(self, datagram: bytes, source: Address, now: float) -> None:
        """Take one STUN or DTLS datagram. It never raises: what is wrong is counted in `drops`."""
        if self.ended:
            self.drops["after_end"] += 1
            return
        kind = kind_of(datagram)
        if kind is DatagramKind.STUN:
            self._ice.feed(datagram, source, now)
            self._follow_path(now)
        elif kind is DatagramKind.DTLS and source in self.valid:
            self._dtls.feed(datagram, now)
        else:
            self.drops["dtls_unchecked" if kind is DatagramKind.DTLS else "not_for_link"] += 1
            return
        self._follow_handshake()

    def tick(self, now: float) -> None:
        """Do what is due: checks, consent, resending, giving up."""
        if self.ended:
            return
        if self._expires is None and self.state is LinkState.NEW:
            self._expires = now + self.limits.first_check_s
        self._ice.tick(now)
        self._follow_path(now)
        self._dtls.tick(now)
        self._follow_handshake()
        if self._expires is not None and now >= self._expires and not self.ended:
            self._fail(Failure.NO_CHECK if self.state is LinkState.NEW else Failure.CONSENT)

    def deadline(self) -> float | None:
        """When to tick next; in the past for a link that was never ticked."""
        if self.ended:
            return None
        if self._expires is None and self.state is LinkState.NEW:
            return 0.0
        due = self._ice.deadline()
        for other in (self._dtls.deadline(), self._expires):
            if other is not None and (due is None or other < due):
                due = other
        return due

    def heard(self, now: float) -> None:
        """The owner accepted authentic media; a client then notices sooner when the path breaks."""
        if isinstance(self._ice, IceClient):
            self._ice.heard(now)

    def check_now(self, now: float) -> None:
        """This end's network has changed: check all addresses again (clients only)."""
        if isinstance(self._ice, IceClient):
            self._ice.check_all(now)
            self._ice.tick(now)

    def address_lost(self, address: Address, now: float) -> None:
        """The TCP connection behind this address has ended: go on elsewhere at once, or wait to be found again."""
        if not self.ended:
            self._ice.forget(address, now)
            self._follow_path(now)

    def restart_ice(
        self,
        local: IceCredentials,
        remote: IceCredentials,
        now: float,
        remote_candidates: Sequence[Candidate] = (),
    ) -> None:
        """New credentials beside the present ones, until a check with the new ones comes; DTLS and keys stay."""
        if self.ended:
            return
        if isinstance(self._ice, IceClient):
            self._ice.restart(local, remote, remote_candidates, now)
        else:
            self._ice.restart(local, remote)

    def close(self, now: float) -> None:
        """End it from this side: close_notify goes out while there is somebody to hear it."""
        if self.ended:
            return
        self._dtls.close()
        self._send_handshake()
        self._end(Step.CLOSE, LinkClosed(by_remote=False))

    def _follow_path(self, now: float) -> None:
        """Take over what ICE has selected."""
        if self._ice.selected == self.destination:
            return
        before, destination = self.destination, self._ice.selected
        self.destination = destination
        if destination is None:
            if self.state is LinkState.CONNECTED:
                self._expires = now + self.limits.suspended_s
                self._move(Step.LOSE_CONSENT, LinkSuspended())
        elif self.state is LinkState.NEW:
            self._expires = None
            self._move(Step.CHECK)
            self._dtls.start(now)
        elif self.state is LinkState.SUSPENDED:
            self._expires = None
            self._move(Step.REGAIN_CONSENT, LinkResumed(destination))
        elif self.state is LinkState.CONNECTED and before is not None:
            self._tell(LinkMoved(before, destination))

    def _follow_handshake(self) -> None:
        """Send what DTLS wrote and take over what it reached."""
        if isinstance(self._ice, IceClient) and self._ice.round_trip_s is not None:
            self.round_trip_s = self._ice.round_trip_s
        self._send_handshake()
        if self._dtls.failure is not None:
            self._fail(self._dtls.failure)
        elif self._dtls.closed_by_remote:
            self._end(Step.CLOSE, LinkClosed(by_remote=True))
        elif self.state is LinkState.CHECKED and self._dtls.srtp is not None and self.destination is not None:
            self.srtp = self._dtls.srtp
            self._move(Step.SECURE, LinkConnected(self.destination))

    def _send_handshake(self) -> None:
        output = self._dtls.output
        if output:
            if self.destination is not None:
                for datagram in output:
                    self._outbox.put(datagram, self.destination)
            output.clear()

    def _fail(self, reason: Failure) -> None:
        self._dtls.close()
        self._end(Step.FAIL, LinkFailed(reason))

    def _end(self, step: Step, event: LinkEvent) -> None:
        self._move(step, event)
        self.destination = None
        self.srtp = None
        self._ice.valid.clear()

    def _move(self, step: Step, event: LinkEvent | None = None) -> None:
        self.state = LINK_LIFE.after(self.state, step)
        if event is not None:
            self._tell(event)

    def _tell(self, event: LinkEvent) -> None:
        if len(self.events) >= self.limits.events:
            self.drops["events"] += 1
            del self.events[0]
        self.events.append(event)
