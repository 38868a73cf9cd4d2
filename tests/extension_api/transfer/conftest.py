"""A list to import into, and a look at what it holds."""

from collections.abc import Callable
from typing import TypeAlias
from uuid import UUID

import pytest
from sqlalchemy import select

from extension_api.audit.service import COMMAND_LINE
from extension_api.kernel import Kernel
from extension_api.transfer import formats, importing
from extension_api.transfer.importing import Fate
from extension_api.transfer.places import Target
from extension_api.vault import lists
from extension_api.vault.models import LinkRow, Record, SealedField

Held: TypeAlias = tuple[str, str, tuple[tuple[str, str], ...], tuple[tuple[str, str, bool], ...]]
"""Title, user name, sealed fields opened, links."""
Bring: TypeAlias = Callable[..., list[Fate]]


@pytest.fixture
def list_id(kernel: Kernel) -> UUID:
    with kernel.database.writing() as session:
        return lists.named(session, COMMAND_LINE, "Imported", now=kernel.clock.now()).id


@pytest.fixture
def bring(kernel: Kernel, list_id: UUID) -> Bring:
    """Import a file."""

    def run(given: bytes, *, dry: bool = False, into: UUID | None = None, flat: bool = False) -> list[Fate]:
        reading, target = formats.read(given), Target(COMMAND_LINE, into or list_id, flat=flat)
        if dry:
            return list(importing.dry_run(kernel.database, kernel.keyring, target, reading))
        return list(importing.run(kernel.database, kernel.keyring, target, reading, now=kernel.clock.now()))

    return run


def held(kernel: Kernel) -> list[Held]:
    """Return everything that the installation's records hold, in order."""
    found = []
    with kernel.database.reading() as session:
        for record in session.scalars(select(Record)):
            sealed = session.scalars(select(SealedField).where(SealedField.record_id == record.id))
            opened = {f.name: kernel.keyring.open(f.sealed, record_id=record.id, field=f.name) for f in sealed}
            links = session.scalars(select(LinkRow).where(LinkRow.record_id == record.id).order_by(LinkRow.position))
            linked = tuple((link.url, link.strategy, link.veto) for link in links)
            found.append((record.title, record.username, tuple(sorted(opened.items())), linked))
    return sorted(found)
