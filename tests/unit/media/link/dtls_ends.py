"""A DTLS client and server side by side, without ICE."""

from collections import Counter
from collections.abc import Sequence

from dispatch_server.media.abilities import Fingerprint
from dispatch_server.media.link.dtls import Dtls
from dispatch_server.media.link.dtls_context import DtlsContext
from dispatch_server.media.link.states import LinkLimits
from tests.sim.pair import CLIENT_CONTEXT, SERVER_CONTEXT


class Ends:
    """A DTLS client and server; what each was told of the other may be wrong."""

    def __init__(
        self,
        of_server: Sequence[Fingerprint] = (SERVER_CONTEXT.certificate.fingerprint,),
        of_client: Sequence[Fingerprint] = (CLIENT_CONTEXT.certificate.fingerprint,),
        limits: LinkLimits | None = None,
    ) -> None:
        self.drops: Counter[str] = Counter()
        self.limits = limits or LinkLimits()
        self.client = self._make(CLIENT_CONTEXT, True, of_server)
        self.server = self._make(SERVER_CONTEXT, False, of_client)

    def _make(self, context: DtlsContext, client: bool, told: Sequence[Fingerprint]) -> Dtls:
        return Dtls(context=context, client=client, fingerprints=told, limits=self.limits, drops=self.drops)

    def start(self) -> None:
        self.server.start(0.0)
        self.client.start(0.0)

    def pass_on(self, now: float = 0.0) -> None:
        """Carry everything over until both are silent."""
        while self.client.output or self.server.output:
            for sender, receiver in ((self.client, self.server), (self.server, self.client)):
                for datagram in take(sender):
                    receiver.feed(datagram, now)

    def connect(self) -> None:
        self.start()
        self.pass_on()
        assert self.client.srtp is not None and self.server.srtp is not None


def take(end: Dtls) -> list[bytes]:
    datagrams = end.output[:]
    end.output.clear()
    return datagrams
