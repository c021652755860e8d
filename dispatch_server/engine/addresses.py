"""At which addresses the media ports are announced: those of the settings, or this machine's own."""

import ipaddress
from collections.abc import Sequence

import ifaddr

from dispatch_server.media.abilities import Candidate

MOST_ADDRESSES = 6
# RFC 8445 5.1.2.1: host candidates; UDP before TCP.
_UDP_PRIORITY, _TCP_PRIORITY = 2130706431, 1684797951


def own_addresses() -> list[str]:
    """This machine's addresses, loopback last; link-local ones are left out, nobody can use them unscoped."""
    found: list[str] = []
    for adapter in ifaddr.get_adapters():
        for entry in adapter.ips:
            text = entry.ip if isinstance(entry.ip, str) else entry.ip[0]
            address = ipaddress.ip_address(text)
            if not address.is_link_local and address.version == 4 and text not in found:
                found.append(text)
    return sorted(found, key=lambda text: ipaddress.ip_address(text).is_loopback)


def announced(bound_to: str, configured: Sequence[str]) -> list[str]:
    """What to announce for a socket that is bound to `bound_to`."""
    if configured:
        return list(configured)[:MOST_ADDRESSES]
    if not ipaddress.ip_address(bound_to).is_unspecified:
        return [bound_to]
    return own_addresses()[:MOST_ADDRESSES]


def candidates(addresses: Sequence[str], udp_port: int, tcp_port: int | None) -> tuple[Candidate, ...]:
    """One UDP candidate for each address, and a passive TCP one (RFC 6544) where TCP is offered."""
    udp = [Candidate(host, udp_port, "udp", _UDP_PRIORITY - n) for n, host in enumerate(addresses)]
    tcp = [Candidate(host, tcp_port, "tcp", _TCP_PRIORITY - n) for n, host in enumerate(addresses) if tcp_port]
    return (*udp, *tcp)
