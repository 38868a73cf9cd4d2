"""The wall around the walk: which names, addresses and ports this service may speak to on its own account.

Pure: nothing here looks a name up or opens a connection. It is asked before a name is looked up and again with the very
address that the connection will go to. An address is public or it is refused; there is no list of bad names to be
incomplete. The ranges are the IANA special-purpose registries (RFC 6890 and its updates), written out because the
`ipaddress` module's own opinion of them changes between Python versions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

from extension_api.networks import Address, Network, read_networks
from extension_api.policy import Policy
from extension_api.redirects.ends import End, Refused
from matcher import Url
from matcher.suffixes import is_ip

PORTS: Final = frozenset({80, 443})
"""Ports that are walked to without being listed."""
SPECIAL_V4: Final = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
    )
)  # fmt: skip
GLOBAL_V6: Final = ip_network("2000::/3")
"""The only IPv6 addresses that are public; mapped, NAT64, unique local, link-local and multicast lie outside."""
SPECIAL_V6: Final = tuple(
    ip_network(text) for text in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")
)
"""Inside it: Teredo and other protocols, documentation, 6to4, AS112."""
NEVER: Final = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8", "169.254.169.254/32", "169.254.170.2/32", "100.100.100.200/32", "168.63.129.16/32",
        "192.0.0.192/32", "224.0.0.0/4", "255.255.255.255/32", "::/128", "fd00:ec2::254/128", "fd20:ce::254/128",
        "ff00::/8", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32",
    )
)  # fmt: skip
"""What not even a listed network or name opens: cloud metadata, no destination at all, an IPv4 address in disguise."""


@dataclass(frozen=True, slots=True)
class Wall:
    """What may be walked to.

    Args:
        networks: Networks that an administrator listed.
        names: Names that an administrator listed, lower case; `*.corp.example` stands for every name below.
        ports: Ports beside 80 and 443 that an administrator listed.
    """

    networks: tuple[Network, ...] = ()
    names: frozenset[str] = frozenset()
    ports: frozenset[int] = frozenset()

    @classmethod
    def of(cls, policy: Policy) -> "Wall":
        """Return the wall as the policy has it."""
        ports = frozenset(int(port) for port in policy.walk_ports)
        return cls(read_networks(policy.walk_networks), frozenset(policy.walk_names), ports)

    def require_url(self, url: Url) -> None:
        """Check what an address says by itself, before anything is looked up.

        Raises:
            Refused: Its port is not walked to, or its host is a refused address. Decimal, octal and hexadecimal forms
                are such addresses: the parser has made them the four numbers that they are.
        """
        if url.port not in PORTS | self.ports:
            raise Refused(End.PORT)
        if is_ip(url.host):
            self.require_addresses(url, [ip_address(url.host.strip("[]"))])

    def require_addresses(self, url: Url, found: Sequence[Address]) -> None:
        """Check every address that a host leads to; one that is refused spoils them all.

        Raises:
            Refused: There is none, or not every one may be connected to.
        """
        listed = self.lists(url.host)
        if not found or not all(self._open(address, listed=listed) for address in found):
            raise Refused(End.ADDRESS if is_ip(url.host) else End.NAME)

    def lists(self, host: str) -> bool:
        """Tell whether an administrator listed this name, or one that it lies below as `*.name`."""
        above = host.partition(".")[2]
        while above:
            if f"*.{above}" in self.names:
                return True
            above = above.partition(".")[2]
        return host in self.names

    def _open(self, address: Address, *, listed: bool) -> bool:
        here = _unmapped(address)
        if here is None or _in(here, NEVER):
            return False
        return listed or is_public(here) or _in(here, self.networks)


def is_public(address: Address) -> bool:
    """Tell whether an address is one of the open internet."""
    if isinstance(address, IPv4Address):
        return not _in(address, SPECIAL_V4) and not _in(address, NEVER)
    return address in GLOBAL_V6 and not _in(address, SPECIAL_V6)


def _unmapped(address: Address) -> Address | None:
    # A socket that is given a mapped address speaks IPv4 to what is in it; nobody needs one written so.
    if isinstance(address, IPv6Address) and (address.ipv4_mapped is not None or address.scope_id is not None):
        return None
    return address


def _in(address: Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)
