"""What one sender on the network can be told by, and whether an address is one of those that were named."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

LONGEST_NAME = 64


def network_of(address: str) -> str:
    """What one sender can be told by: an IPv4 address, or the /64 of an IPv6 one, whose rest a sender may choose."""
    found = read_address(address)
    if found is None:
        return address[:LONGEST_NAME]
    return str(found if isinstance(found, IPv4Address) else IPv6Address(int(found) >> 64 << 64))


def read_address(text: str) -> IPv4Address | IPv6Address | None:
    """Without its zone; an IPv4 address that came in IPv6's clothes (RFC 4291 2.5.5.2) is the IPv4 address."""
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return found.ipv4_mapped or found if isinstance(found, IPv6Address) else found


class Named:
    """Addresses and networks that the settings name: `address in named`. Raises ValueError for what is neither."""

    def __init__(self, words: Iterable[str]) -> None:
        self._networks: list[IPv4Network | IPv6Network] = [ip_network(word, strict=False) for word in words]

    def __contains__(self, address: str) -> bool:
        found = read_address(address)
        return found is not None and any(found in network for network in self._networks)

    def __bool__(self) -> bool:
        return bool(self._networks)


def is_loopback(address: str) -> bool:
    found = read_address(address)
    return found is not None and found.is_loopback
