"""Folders: adding, renaming, moving and removing one, for administrators; who is none is told so of any.

What lies in a folder is shown by `lists.py`, to everybody whose lists it leads to.
"""

from uuid import UUID

from extension_api.console import places
from extension_api.console.pages import PREFIX, Go, Pages, Show, Visit
from extension_api.console.words import Message
from extension_api.errors import Conflict, InvalidRequest, Problem
from extension_api.permissions import Identity, require_administrator
from extension_api.vault import folders
from extension_api.vault.models import Folder

pages = Pages("folders")
FOLDERS = f"{PREFIX}/folders"


@pages.page("GET", "/folders/new", guard="console")
def show_new(visit: Visit, identity: Identity) -> Show:
    """Ask for the name of a new folder, in the folder that is named."""
    require_administrator(identity)
    return places.name_new(places.folder(visit, identity, visit.request.args.get("folder")), "folder")


@pages.page("POST", "/folders/new", guard="console", resume=places.new_again)
def add_folder(visit: Visit, identity: Identity) -> Show | Go:
    """Add a folder, or say why not and keep what was typed."""
    require_administrator(identity)
    name = places.typed_name(visit)
    parent = places.folder(visit, identity, visit.request.form.get("folder"))
    try:
        made = folders.add(visit.session, identity, name, parent, now=visit.now)
    except (InvalidRequest, Conflict) as problem:
        return places.name_new(parent, "folder", name, problem)
    return Go(f"{FOLDERS}/{made.id}", Message.FOLDER_ADDED)


@pages.page("GET", "/folders/<uuid:folder_id>/rename", guard="console")
def show_name(visit: Visit, identity: Identity, folder_id: UUID) -> Show:
    """Show a folder's name in its form."""
    folder = _folder(visit, identity, folder_id)
    return places.name_again("folder", folder, folder.name)


@pages.page("POST", "/folders/<uuid:folder_id>/rename", guard="console", resume=lambda request: request.path)
def rename_folder(visit: Visit, identity: Identity, folder_id: UUID) -> Show | Go:
    """Rename a folder, or say why not and keep what was typed."""
    folder, name = _folder(visit, identity, folder_id), places.typed_name(visit)
    try:
        folders.rename(visit.session, identity, folder, name, now=visit.now)
    except InvalidRequest as problem:
        return places.name_again("folder", folder, name, problem)
    return Go(f"{FOLDERS}/{folder_id}", Message.RENAMED)


@pages.page("GET", "/folders/<uuid:folder_id>/move", guard="console")
def show_places(visit: Visit, identity: Identity, folder_id: UUID) -> Show:
    """Show the folders into which a folder may be put, one level at a time."""
    folder = _folder(visit, identity, folder_id)
    return places.choose(visit, identity, "folder", folder, folder.parent_id)


@pages.page("POST", "/folders/<uuid:folder_id>/move", guard="console", resume=lambda request: request.path)
def move_folder(visit: Visit, identity: Identity, folder_id: UUID) -> Show | Go:
    """Put a folder with all that it holds into another, or to the top, or say why not."""
    folder = _folder(visit, identity, folder_id)
    parent = places.folder(visit, identity, visit.request.form.get("folder"))
    try:
        folders.move(visit.session, identity, folder, parent, now=visit.now)
    except Conflict as problem:
        return places.choose(visit, identity, "folder", folder, folder.parent_id, parent, problem)
    return Go(f"{FOLDERS}/{folder_id}", Message.MOVED)


@pages.page("GET", "/folders/<uuid:folder_id>/remove", guard="console")
def show_removal(visit: Visit, identity: Identity, folder_id: UUID) -> Show:
    """Ask whether a folder is to be removed, or say why it cannot be."""
    return _removal(visit, _folder(visit, identity, folder_id))


@pages.page("POST", "/folders/<uuid:folder_id>/remove", guard="console", resume=lambda request: request.path)
def remove_folder(visit: Visit, identity: Identity, folder_id: UUID) -> Show | Go:
    """Remove an empty folder."""
    folder = _folder(visit, identity, folder_id)
    back = f"{FOLDERS}/{folder.parent_id}" if folder.parent_id else f"{PREFIX}/lists"
    try:
        folders.remove(visit.session, identity, folder, now=visit.now)
    except Conflict as problem:
        return _removal(visit, folder, problem)
    return Go(back, Message.FOLDER_REMOVED)


def _folder(visit: Visit, identity: Identity, folder_id: UUID) -> Folder:
    require_administrator(identity)
    return folders.require_seen(visit.session, identity, folder_id)


def _removal(visit: Visit, folder: Folder, problem: Problem | None = None) -> Show:
    inner, held = folders.count_inside(visit.session, folder)
    parts = [
        *([f"{inner:,} folder{'s' * (inner > 1)}"] if inner else []),
        *([f"{held:,} list{'s' * (held > 1)}"] if held else []),
    ]
    obstacle = f"This folder holds {' and '.join(parts)}. Move or remove what it holds first." if parts else None
    return places.removal("folder", folder, {"permissions": 0, "obstacle": obstacle}, problem)
