"""Who is let through to a record, list or folder on the console: whoever is not gets one and the same answer.

The API tells those who see an object that they may not do this to it. A page is never offered to them, so here a
missing right, like a hidden object, is answered as if nothing were there.
"""

from uuid import UUID

from extension_api.console.pages import Visit
from extension_api.errors import Forbidden, NotFound
from extension_api.permissions import Identity, Permission
from extension_api.vault import access, folders
from extension_api.vault.access import Held, HeldList
from extension_api.vault.models import Folder


def record(visit: Visit, identity: Identity, record_id: UUID, wanted: Permission) -> Held:
    """Return the record if the caller has `wanted` on it.

    Raises:
        NotFound: There is none, or it is not theirs to see, or not theirs to do this to.
    """
    try:
        return access.require(visit.session, identity, record_id, wanted)
    except Forbidden:
        raise NotFound from None


def old_values(visit: Visit, identity: Identity, record_id: UUID) -> Held:
    """Return the record if the caller may see when its values were replaced.

    Raises:
        NotFound: As for `record`.
    """
    held = access.require_seen(visit.session, identity, record_id)
    if not (held.may(Permission.VIEW) or held.may(Permission.EDIT)):
        raise NotFound
    return held


def movable(visit: Visit, identity: Identity, record_id: UUID) -> Held:
    """Return the record if the caller may put it into another list, which takes it from those who hold this one.

    Raises:
        NotFound: As for `record`.
    """
    held = access.require_seen(visit.session, identity, record_id)
    if not held.may_on_list(Permission.MANAGE):
        raise NotFound
    return held


def list_(visit: Visit, identity: Identity, list_id: UUID, wanted: Permission) -> HeldList:
    """Return the list if the caller has `wanted` on it.

    Raises:
        NotFound: As for `record`.
    """
    try:
        return access.require_list(visit.session, identity, list_id, wanted)
    except Forbidden:
        raise NotFound from None


def folder(visit: Visit, identity: Identity, folder_id: UUID) -> Folder:
    """Return the folder if the caller may change it: administrators alone may.

    Raises:
        NotFound: As for `record`.
    """
    administering(identity)
    return folders.require_seen(visit.session, identity, folder_id)


def administering(identity: Identity) -> None:
    """Let administrators through.

    Raises:
        NotFound: The caller is none.
    """
    if not identity.administrator:
        raise NotFound
