"""The client's side of ICE: it checks the server's addresses, nominates one and keeps asking for consent."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from math import inf

from aioice import stun

from dispatch_server.kit.errors import MalformedPacket
from dispatch_server.media.abilities import Candidate, IceCredentials
from dispatch_server.media.link import binding
from dispatch_server.media.link.outbox import Address, Outbox
from dispatch_server.media.link.responder import Responder
from dispatch_server.media.link.states import LinkLimits

_PACE_S = 0.02  # between the first checks of different candidates
_TCP_PATIENCE_S = 0.5  # UDP may win first
_CHECKS_PENDING = 64
_DOUBTFUL = 4  # checks without an answer until other addresses are tried again


@dataclass(slots=True)
class _Path:
    """One address of the other end."""

    next_check: float
    pause: float
    unanswered: int = 0


@dataclass(frozen=True, slots=True)
class _Asked:
    """A check on its way."""

    address: Address
    sent_at: float
    key: bytes  # the remote password that signs the answer


class IceClient:
    """
    Controlling agent, for the client role and for tests. Each repetition is a new transaction, so that a round-trip
    time belongs to exactly one of them.

    The first address that answers is selected at once and nominated by all checks that follow. Consent is asked
    for every 5 s ± 20 % (RFC 7675); unlike there, an unanswered request is repeated with back-off, because on a link
    with 30 % loss six single requests in 30 s fail too often. Answers from an address make it valid.
    """

    __slots__ = (
        "_began",
        "_drops",
        "_heard_at",
        "_limits",
        "_local",
        "_outbox",
        "_paths",
        "_pending",
        "_random",
        "_remote",
        "_responder",
        "_tie_breaker",
        "round_trip_s",
        "selected",
        "valid",
    )

    def __init__(
        self,
        *,
        local: IceCredentials,
        remote: IceCredentials,
        candidates: Sequence[Candidate],
        outbox: Outbox,
        limits: LinkLimits,
        random: Callable[[int], bytes],
        drops: Counter[str],
    ) -> None:
        self.valid: dict[Address, float] = {}
        self.selected: Address | None = None
        self.round_trip_s: float | None = None
        self._limits = limits
        self._outbox = outbox
        self._random = random
        self._drops = drops
        self._local = local
        self._remote = remote
        self._tie_breaker = random(8)
        self._responder = Responder("ICE-CONTROLLING", outbox, drops)
        self._responder.expect(local, remote)
        self._pending: dict[bytes, _Asked] = {}
        self._paths: dict[Address, _Path] = {}
        self._heard_at: float | None = None
        self._began = False
        self._learn(candidates, 0.0)

    def restart(
        self, local: IceCredentials, remote: IceCredentials, candidates: Sequence[Candidate], now: float
    ) -> None:
        """Check all addresses again with new credentials (RFC 8445 9); media stays where it is meanwhile."""
        self._begin(now)
        self._local, self._remote = local, remote
        self._responder.expect(local, remote)
        self._learn(candidates, now)
        self.check_all(now)

    def check_all(self, now: float) -> None:
        """Check every address at once: this end's network has changed, or the other end may have."""
        self._begin(now)
        for path in self._paths.values():
            path.next_check = now
            path.pause = self._limits.first_retry_s

    def forget(self, address: Address, now: float) -> None:
        """This address can no longer be reached (its TCP connection has ended): look for another, or ask again."""
        self.valid.pop(address, None)
        self._forget_silent(now)

    def heard(self, now: float) -> None:
        """Authentic media came: the path works as far as this end."""
        self._heard_at = now

    def local_ufrags(self) -> tuple[str, ...]:
        return self._responder.local_ufrags()

    def feed(self, datagram: bytes, source: Address, now: float) -> None:
        """Take one STUN datagram; whatever is wrong with it ends in a counter."""
        self._begin(now)
        try:
            message = binding.read_message(datagram)
        except MalformedPacket:
            self._drops["stun_malformed"] += 1
            return
        if message.message_class is stun.Class.REQUEST:
            if self._responder.take(message, source) is not None:
                self._check_back(source, now)
        elif message.message_class is stun.Class.RESPONSE:
            self._take_answer(message, source, now)
        else:
            self._drops["stun_unexpected"] += 1

    def tick(self, now: float) -> None:
        """Send the checks that are due and forget addresses that have been silent for too long."""
        self._begin(now)
        self._forget_silent(now)
        if self._heard_at is not None and now - self._heard_at >= self._limits.quiet_probe_s:
            # Media stopped coming: perhaps a NAT has given us another address and the server must learn it.
            self._heard_at = None
            if self.selected is not None:
                self._paths[self.selected].next_check = now
        for address, path in self._paths.items():
            if path.next_check <= now:
                self._ask(address, path, now)

    def deadline(self) -> float | None:
        """When `tick` has something to do."""
        due = min((path.next_check for path in self._paths.values()), default=inf)
        for heard in self.valid.values():
            due = min(due, heard + self._limits.consent_s)
            break
        if self._heard_at is not None:
            due = min(due, self._heard_at + self._limits.quiet_probe_s)
        return None if due == inf else due

    def _begin(self, now: float) -> None:
        """The constructor knows no time: until now, paths wait from zero."""
        if not self._began:
            self._began = True
            for path in self._paths.values():
                path.next_check += now

    def _learn(self, candidates: Sequence[Candidate], start: float) -> None:
        """Make a path of every candidate; UDP before TCP, in the order of their priority."""
        has_udp = any(candidate.transport == "udp" for candidate in candidates)
        for candidate in sorted(candidates, key=lambda one: (one.transport != "udp", -one.priority)):
            address = _address_of(candidate)
            if address is None or len(self._paths) >= self._limits.remote_candidates:
                self._drops["candidate_refused"] += 1
            elif address not in self._paths:
                wait = len(self._paths) * _PACE_S
                if has_udp and candidate.transport != "udp":
                    wait += _TCP_PATIENCE_S
                self._paths[address] = _Path(start + wait, self._limits.first_retry_s)

    def _ask(self, address: Address, path: _Path, now: float) -> None:
        transaction = self._random(binding.TRANSACTION_BYTES)
        key = self._remote.password.encode("ascii")
        username = f"{self._remote.ufrag}:{self._local.ufrag}"
        if len(self._pending) >= _CHECKS_PENDING:
            del self._pending[next(iter(self._pending))]
        self._pending[transaction] = _Asked(address, now, key)
        nominates = address == self.selected
        request = binding.make_request(transaction, username, key, self._tie_breaker, nominates)
        self._outbox.put(request, address)
        path.next_check = now + path.pause
        path.pause = min(path.pause * self._limits.retry_factor, self._limits.longest_retry_s)
        path.unanswered += 1
        if nominates and path.unanswered == _DOUBTFUL:
            self._check_others(now)

    def _check_others(self, now: float) -> None:
        for address, path in self._paths.items():
            if address != self.selected and path.next_check == inf:
                path.next_check = now
                path.pause = self._limits.first_retry_s

    def _check_back(self, source: Address, now: float) -> None:
        """The other end checks us too (it is a full agent): ask it the same way (RFC 8445 7.3.1.4)."""
        path = self._paths.get(source)
        if path is None:
            if len(self._paths) >= self._limits.remote_candidates:
                self._drops["candidate_refused"] += 1
                return
            self._paths[source] = _Path(now, self._limits.first_retry_s)
        elif source not in self.valid:
            path.next_check = min(path.next_check, now)

    def _take_answer(self, message: stun.Message, source: Address, now: float) -> None:
        asked = self._pending.get(message.transaction_id)
        if asked is None or asked.address != source:  # symmetric or nothing (RFC 8445 7.2.5.2.1)
            self._drops["stun_unexpected"] += 1
            return
        if not binding.is_authentic(message, asked.key):
            self._drops["stun_integrity"] += 1
            return
        del self._pending[message.transaction_id]
        self._measure(now - asked.sent_at)
        self._keep(source, now)
        path = self._paths[source]
        path.unanswered = 0
        path.pause = max(self._limits.first_retry_s, 2 * (self.round_trip_s or 0.0))
        if self._is_better(source):
            self.selected = source
            for other in self._paths.values():
                other.next_check = inf
            path.next_check = now  # nominate it
        elif source == self.selected:
            path.next_check = now + self._limits.consent_interval_s * (0.8 + 0.4 * self._random(1)[0] / 255)
        else:
            path.next_check = inf

    def _is_better(self, source: Address) -> bool:
        """The first that answers; later another one, when the selected address does not."""
        if self.selected is None:
            return True
        return source != self.selected and self._paths[self.selected].unanswered >= _DOUBTFUL

    def _measure(self, sample_s: float) -> None:
        smoothed = self.round_trip_s
        self.round_trip_s = sample_s if smoothed is None else smoothed + (sample_s - smoothed) / 8

    def _keep(self, source: Address, now: float) -> None:
        self.valid.pop(source, None)
        if len(self.valid) >= self._limits.validated_addresses:
            oldest = next(address for address in self.valid if address != self.selected)
            del self.valid[oldest]
            self._drops["address_evicted"] += 1
        self.valid[source] = now

    def _forget_silent(self, now: float) -> None:
        silent = [address for address, heard in self.valid.items() if now - heard >= self._limits.consent_s]
        for address in silent:
            del self.valid[address]
        if self.selected is not None and self.selected not in self.valid:
            self.selected = next(reversed(self.valid), None)
            self.check_all(now)


def _address_of(candidate: Candidate) -> Address | None:
    """Only numeric hosts: a name would make us ask a resolver on somebody else's behalf."""
    try:
        host = str(ip_address(candidate.host))
    except ValueError:
        return None
    if not 0 < candidate.port < 65536:
        return None
    return (host, candidate.port) if candidate.transport == "udp" else (host, candidate.port, "tcp")
