"""Which records one would expect on a page: those linked on its site, or on a name that the page's can be taken for.

A person may fill 100,000 records, so no link is looked at for a question. Their hosts are kept by the last two labels
of what they look like (`redirects/lookalike.py`), which two hosts of one site share, and two alike as well; made when
first asked for, once for a table. What lies there together is then held against the page by the exact rules.
"""

from collections.abc import Iterable
from uuid import UUID

from extension_api.redirects import lookalike
from extension_api.redirects.evidence import host_of
from matcher import suffixes


class Neighbours:
    """The hosts of a person's links.

    Args:
        links: The links in the order of the table, each with record and address in front.
    """

    def __init__(self, links: Iterable[tuple[str, str, *tuple[object, ...]]]) -> None:
        self._links = links
        self._known: dict[str, list[tuple[int, str, str]]] | None = None

    def of(self, host: str) -> list[UUID]:
        """Return the records with a link on the site of `host`, or on one that looks like it, in the table's order."""
        site = suffixes.registrable_domain(host) or host
        labels = lookalike.skeleton(host).split(".")
        # A known name may stand anywhere in front (`login.example.com.evil.test`).
        keys = {".".join(labels[end - 2 : end]) for end in range(2, len(labels) + 1)} | {_key(site), _key(host)}
        known = self._by_key()
        together = sorted(each for key in keys for each in known.get(key, ()))
        near = {name for name in {name for _, name, _ in together} if _is_near(name, host, site)}
        return [UUID(record) for record in dict.fromkeys(record for _, name, record in together if name in near)]

    def _by_key(self) -> dict[str, list[tuple[int, str, str]]]:
        if self._known is None:
            made: dict[str, list[tuple[int, str, str]]] = {}
            for position, (record, url, *_) in enumerate(self._links):
                name = host_of(url)
                made.setdefault(_key(name), []).append((position, name, record))
            self._known = made
        return self._known


def _is_near(name: str, host: str, site: str) -> bool:
    return (suffixes.registrable_domain(name) or name) == site or lookalike.resembled(host, {name}) is not None


def _key(host: str) -> str:
    return ".".join(lookalike.skeleton(host).split(".")[-2:])
