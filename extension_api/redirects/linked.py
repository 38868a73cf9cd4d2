"""What the links of one record hold and keep away, compiled for a question or two about addresses of its login."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy.orm import Session

from extension_api.redirects import evidence
from extension_api.vault import links
from extension_api.vault.models import LinkRow
from matcher import InvalidLink, InvalidUrl, Link, MatchTable, Strategy


class Linked:
    """What the links of one record hold and keep away."""

    def __init__(self, rows: Iterable[LinkRow]) -> None:
        made: list[Link] = []
        vetoes: list[Link] = []
        self.hosts: set[str] = set()
        for row in rows:
            try:
                link = Link("record", row.url, Strategy(row.strategy), expression=row.expression)
            except InvalidLink:
                continue
            (vetoes if row.veto else made).append(link)
            if not row.veto and "*" not in row.url:
                self.hosts.add(evidence.host_of(row.url))
        self._links, self._vetoes = MatchTable.compile(made), MatchTable.compile(vetoes)

    def matches(self, address: str) -> bool:
        """Tell whether the record matches an address."""
        try:
            return bool(self._links.find(address)) and not self._vetoes.find(address)
        except InvalidUrl:
            return False

    def holds(self, address: str) -> bool:
        """Tell whether there is nothing to propose of an address: a link holds it, or a veto keeps the record away."""
        try:
            return bool(self._links.find(address)) or bool(self._vetoes.find(address))
        except InvalidUrl:
            return True


def of_record(session: Session, record_id: UUID) -> Linked:
    """Return what a record's links hold."""
    return Linked(links.of_record(session, record_id))
