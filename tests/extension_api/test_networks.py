"""Which of the addresses that a request claims is believed: the right-most one that no trusted proxy is."""

import pytest

from extension_api.networks import (
    MOST_HOPS,
    counted_as,
    read_address,
    read_network,
    read_networks,
    right_most_untrusted,
)

TRUSTED = read_networks(("10.0.0.0/8", "fd00::/8", "127.0.0.1"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "found"),
    [
        ("192.0.2.1", "198.51.100.7", "192.0.2.1"),  # the peer is no proxy of ours: it may say what it likes
        ("10.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "203.0.113.9, 198.51.100.7", "198.51.100.7"),  # what stands left of it the caller wrote
        ("10.0.0.1", "10.0.0.5, 198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "203.0.113.9, 198.51.100.7, 10.1.2.3", "198.51.100.7"),
        ("10.0.0.1", "10.9.9.9", "10.9.9.9"),  # somebody inside
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", ",", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.7,", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.7, rubbish", "10.0.0.1"),
        ("10.0.0.1", "rubbish, 198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "198.51.100.7, unknown, 10.0.0.2", "10.0.0.2"),
        ("10.0.0.1", "198.51.100.7:4711", "198.51.100.7"),
        ("10.0.0.1", "[2001:db8::7]:4711", "2001:db8::7"),
        ("10.0.0.1", "[2001:db8::7]", "2001:db8::7"),
        ("10.0.0.1", "2001:DB8:0::7", "2001:db8::7"),
        ("::ffff:10.0.0.1", "::ffff:198.51.100.7", "198.51.100.7"),
        ("fd00::1", "2001:db8::7", "2001:db8::7"),
        ("fe80::1%eth0", "2001:db8::7", "fe80::1"),
        ("10.0.0.1", "0x7f.1", "10.0.0.1"),
        ("10.0.0.1", "010.0.0.1", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.7\x00", "10.0.0.1"),
        ("10.0.0.1", "1" * 60_000, "10.0.0.1"),
        ("10.0.0.1", "a," * 30_000 + "198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "198.51.100.7" + ",10.0.0.1" * (MOST_HOPS - 1), "198.51.100.7"),
        ("10.0.0.1", "198.51.100.7" + ",10.0.0.1" * MOST_HOPS, "10.0.0.1"),  # longer than any honest chain
        ("", "198.51.100.7", "unknown"),
        ("unix:", "198.51.100.7", "unknown"),
    ],
)
def test_the_right_most_untrusted_hop(peer: str, forwarded: str, found: str) -> None:
    assert right_most_untrusted(peer, forwarded, TRUSTED) == found


def test_without_trusted_networks_no_header_is_believed() -> None:
    assert right_most_untrusted("10.0.0.1", "198.51.100.7", ()) == "10.0.0.1"


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("::1", "::/64"),
        ("", "unknown"),
        ("rubbish", "unknown"),
    ],
)
def test_what_an_address_is_counted_as(address: str, counted: str) -> None:
    assert counted_as(address) == counted


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("0.0.0.0/0", "too wide"),
        ("::/0", "too wide"),
        ("10.0.0.0/7", "too wide"),
        ("11.0.0.0/7", "no network"),
        ("8.0.0.0/7", "too wide"),
        ("10.0.0.1/8", "no network"),
        ("proxy.example", "no network"),
        ("", "no network"),
        ("10.0.0.0/8 ", "no network"),
        ("::ffff:10.0.0.0/104", "IPv4"),
    ],
)
def test_what_is_no_network_to_trust(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        read_network(text)


def test_a_single_address_is_a_network() -> None:
    assert str(read_network("192.0.2.1")) == "192.0.2.1/32"
    assert read_address("192.0.2.1") in read_network("192.0.2.1")
