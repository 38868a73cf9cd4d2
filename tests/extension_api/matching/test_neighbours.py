"""Which records are near a page: on its site, or on a name that it can be taken for; the index misses none of them."""

from itertools import product
from uuid import UUID

from extension_api.matching.neighbours import Neighbours
from extension_api.redirects import lookalike
from matcher import suffixes

HOSTS = (
    *("example.com", "login.example.com", "examp1e.com", "sub.examp1e.com", "login.example.com.evil.test", "evil.test"),
    *("a.co.uk", "b.a.co.uk", "c.co.uk", "alpha.github.io", "beta.github.io", "github.io", "a.wiki.lan", "wiki.lan"),
    *("localhost", "l0calhost", "intranet", "10.0.0.1", "10.0.0.2", "xn--exmple-cua.com", "paypal.com", "paypa1.com"),
)


def test_the_index_finds_what_a_look_at_every_host_finds() -> None:
    ids = {host: UUID(int=number) for number, host in enumerate(HOSTS)}
    near = Neighbours({(str(ids[host]), f"https://{host}/", "host", None): 0 for host in HOSTS})
    for page, host in product(HOSTS, HOSTS):
        site = suffixes.registrable_domain(page) or page
        expected = (suffixes.registrable_domain(host) or host) == site or lookalike.resembled(page, {host}) is not None
        assert (ids[host] in near.of(page)) is expected, (page, host)
    assert near.of("login.example.com") == list(ids.values())[:4]


def test_a_record_comes_once_and_in_the_tables_order() -> None:
    first, second = str(UUID(int=9)), str(UUID(int=1))
    links = [(first, "https://b.example.com/"), (second, "https://a.example.com/"), (first, "https://a.example.com/")]
    assert Neighbours(links).of("www.example.com") == [UUID(first), UUID(second)]
    assert Neighbours([]).of("www.example.com") == []
