"""Network addresses as text: read, held against networks, and brought into the form in which attempts are counted.

Pure functions over text; nothing here knows a request or a setting. What cannot be read never counts as trusted.
"""

import functools
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final, TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

LONGEST_ADDRESS: Final = 64
"""Characters of an address with brackets, zone and port; more is none."""
MOST_HOPS: Final = 16
"""Hops of a chain of proxies that are looked at, from the right; no honest chain is longer."""
WIDEST: Final = {4: 8, 6: 7}
"""Shortest prefix of a network that may be trusted: `10.0.0.0/8` and `fc00::/7` are the widest private ones."""
COUNTED_PREFIX: Final = 64
"""Bits of an IPv6 address that name one site; what follows, its holder chooses freely (RFC 4291 section 2.5.4)."""
UNKNOWN: Final = "unknown"
"""What an address that cannot be read counts as."""


def read_address(text: str) -> Address | None:
    """Return the address that `text` is, or `None`.

    A port, the brackets around IPv6 and a zone are taken off; IPv4 written inside IPv6 (RFC 4291 section 2.5.5.2) is
    the IPv4 address that it is.
    """
    text = text.strip()
    if len(text) > LONGEST_ADDRESS:
        return None
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found


def read_network(text: str) -> Network:
    """Return the network that `text` is; a single address is a network of one.

    Raises:
        ValueError: It is none, has bits set beyond its prefix, or is too wide to be trusted; the message says which.
    """
    try:
        found = ip_network(text)
    except ValueError:
        raise ValueError(f"{text[:LONGEST_ADDRESS]} is no network; write it like 10.0.0.0/8 or fd00::/8") from None
    if found.prefixlen < WIDEST[found.version]:
        raise ValueError(f"{found} is too wide to be trusted; the widest is /{WIDEST[found.version]}")
    if isinstance(found, IPv6Network) and found.network_address.ipv4_mapped is not None:
        raise ValueError(f"{found} holds IPv4 addresses; write them as such")
    return found


@functools.lru_cache(maxsize=16)
def read_networks(texts: tuple[str, ...]) -> tuple[Network, ...]:
    """Return the networks that `texts` are; the few lists of an installation are read once.

    Raises:
        ValueError: One of them is none.
    """
    return tuple(read_network(text) for text in texts)


def right_most_untrusted(peer: str, forwarded: str, trusted: Sequence[Network]) -> str:
    """Return the address that a request came from, believing no more hops than are trusted.

    Each hop tells who called it. So the walk begins at the peer itself, and goes on to what a hop says only while that
    hop is trusted; what stands further left was written by whoever wanted to, and is never looked at. A hop that names
    no address ends the walk at the proxy that passed it on.

    Args:
        peer: Address of the other end of the connection.
        forwarded: The `X-Forwarded-For` headers, joined by commas.
        trusted: Networks of the installation's own proxies.
    """
    here = read_address(peer)
    if here is None:
        return UNKNOWN
    for hop in reversed(forwarded.rsplit(",", MOST_HOPS)[-MOST_HOPS:]):
        if not any(here in network for network in trusted):
            break
        found = read_address(hop)
        if found is None:
            break
        here = found
    return str(here)


def counted_as(address: str) -> str:
    """Return what attempts from `address` are counted under: the IPv4 address, or the IPv6 network of 64 bits."""
    found = read_address(address)
    if found is None:
        return UNKNOWN
    if isinstance(found, IPv4Address):
        return str(found)
    return str(ip_network((int(found) >> COUNTED_PREFIX << COUNTED_PREFIX, COUNTED_PREFIX)))
