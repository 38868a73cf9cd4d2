"""What the resolver proposes for each login shape of the practice network, from the first address alone."""

import ssl
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

import pytest

from extension_api.networks import Address
from extension_api.redirects.client import Client
from extension_api.redirects.steps import Chain
from extension_api.redirects.walk import walk
from extension_api.redirects.wall import Wall
from matcher import Link, MatchTable
from tests.practice import certificates
from tests.practice.serving import serving
from tests.practice.shapes import HOSTS, SHAPES, Shape, ShapeSites


def only_practice_names(name: str) -> list[Address]:
    if name not in HOSTS.values():
        raise OSError("no such name")
    return [ip_address("127.0.0.1")]


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ShapeSites, ssl.SSLContext]]:
    made = certificates.make(Path(tmp_path_factory.mktemp("shapes")), list(HOSTS.values()))
    application = ShapeSites()
    with serving(application, made.server_context()) as application.port:
        yield application, made.client_context()


def proposed(chain: Chain, start: str) -> list[str]:
    linked = MatchTable.compile([Link("record", start)])
    return [hop.origin for hop in chain.stops if not linked.find(hop.address)]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_a_shape_is_walked_to_where_a_person_has_something_to_do(
    sites: tuple[ShapeSites, ssl.SSLContext], shape: Shape
) -> None:
    application, trust = sites
    wall = Wall(names=frozenset(HOSTS.values()), ports=frozenset({application.port}))
    chain = walk(Client(wall, only_practice_names, trust), application.start(shape))
    assert (proposed(chain, application.start(shape)), str(chain.end)) == (
        [application.origin(letter) for letter in shape.resolved],
        shape.end,
    ), chain
    assert not any("secret" in hop.address or "?" in hop.address for hop in chain.hops)


def test_the_network_is_as_rich_as_it_says() -> None:
    assert len(SHAPES) >= 40
    assert len({shape.name for shape in SHAPES}) == len(SHAPES)
    reached = {letter for shape in SHAPES for letter in shape.login}
    assert len(reached) >= 3
