"""What lists of records and of lists show of each row, asked for once a page and never once a row."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from extension_api.console.pages import Visit
from extension_api.permissions import Identity
from extension_api.vault import access, folders, links, lists
from extension_api.vault.models import Folder, Record, RecordList

SHOWN: Final = 50
"""Rows of a page."""


def of_records(visit: Visit, identity: Identity, found: Sequence[Record]) -> Mapping[str, object]:
    """Return what a page of records shows."""
    ids = [record.id for record in found]
    return {
        "records": found,
        "held": access.levels(visit.session, identity, found),
        "urls": links.primary_urls(visit.session, ids),
        "counts": links.count_by_record(visit.session, ids),
    }


def of_lists(visit: Visit, identity: Identity, found: Sequence[RecordList]) -> Mapping[str, object]:
    """Return what a page of lists shows."""
    return {
        "lists": found,
        "list_levels": access.levels_on_lists(visit.session, identity, found),
        "list_counts": lists.count_by_list(visit.session, [each.id for each in found]),
        "list_folders": folders.names(visit.session, (each.folder_id for each in found if each.folder_id)),
    }


def trail(visit: Visit, folder_id: UUID | None) -> list[Folder]:
    """Return the folders from the top down to the one of that id; of whoever may know what lies in it."""
    folder = visit.session.get(Folder, folder_id) if folder_id else None
    return folders.trail(visit.session, folder) if folder else []
