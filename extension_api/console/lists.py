"""Lists: browsing them by folder, the records of one, adding, renaming, moving and removing one.

Folders and lists load by the page and by the folder: nothing here walks the whole tree.
"""

from uuid import UUID

from extension_api.console import browsing, places
from extension_api.console.listing import after, more, search
from extension_api.console.pages import PREFIX, Go, Pages, Show, Visit
from extension_api.console.records import cursor
from extension_api.console.words import Message
from extension_api.errors import Conflict, InvalidRequest, Problem
from extension_api.paging import Cursor, Page
from extension_api.permissions import Identity, Permission
from extension_api.vault import access, folders, lists, records
from extension_api.vault.access import HeldList
from extension_api.vault.models import Folder, RecordList

pages = Pages("lists")
LISTS = f"{PREFIX}/lists"


@pages.page("GET", "/lists", guard="console")
def show_lists(visit: Visit, identity: Identity) -> Show:
    """Show what lies at the top, or the lists anywhere whose names hold what is looked for."""
    text = search(visit)
    if not text:
        return inside(visit, identity, None)
    found = lists.page(visit.session, identity, text=text, after=after(visit, "lists"), limit=browsing.SHOWN)
    return _browse(visit, identity, None, Page([], None), found, text=text)


@pages.page("GET", "/folders/<uuid:folder_id>", guard="console")
def show_folder(visit: Visit, identity: Identity, folder_id: UUID) -> Show:
    """Show what lies in a folder."""
    return inside(visit, identity, folders.require_seen(visit.session, identity, folder_id))


@pages.page("POST", "/lists/personal", guard="console", resume=lambda _request: LISTS)
def open_personal(visit: Visit, identity: Identity) -> Go:
    """Lead to the person's own list, which is made if they never needed it."""
    return Go(f"{LISTS}/{lists.personal(visit.session, identity, now=visit.now).id}")


@pages.page("GET", "/lists/<uuid:list_id>", guard="console")
def show_list(visit: Visit, identity: Identity, list_id: UUID) -> Show:
    """Show the records of a list, by title."""
    held = access.require_list_seen(visit.session, identity, list_id)
    text, begin = search(visit), cursor(visit.request.args.get("after"))
    rows = records.search(visit.session, identity, text, list_id=held.list.id, after=begin, limit=browsing.SHOWN + 1)
    following, rows = len(rows) > browsing.SHOWN, rows[: browsing.SHOWN]
    values = {
        "list": held.list,
        "level": held.level,
        "folders": browsing.trail(visit, held.list.folder_id),
        "may_edit": held.may(Permission.EDIT),
        "may_manage": held.may(Permission.MANAGE),
        "personal": held.list.personal_of == identity.account_id,
        "search": text,
        "continued": begin is not None,
        "more": f"{rows[-1].id}:{rows[-1].title}" if following else None,
    }
    return Show("list.html", {**values, **browsing.of_records(visit, identity, rows)})


@pages.page("GET", "/lists/new", guard="console")
def show_new(visit: Visit, identity: Identity) -> Show:
    """Ask for the name of a new list, in the folder that is named."""
    return places.name_new(places.folder(visit, identity, visit.request.args.get("folder")), "list")


@pages.page("POST", "/lists/new", guard="console", resume=places.new_again)
def add_list(visit: Visit, identity: Identity) -> Show | Go:
    """Add a list, which its author manages, or say why not and keep what was typed."""
    name = places.typed_name(visit)
    folder = places.folder(visit, identity, visit.request.form.get("folder"))
    try:
        made = lists.add(visit.session, identity, name, folder, now=visit.now)
    except (InvalidRequest, Conflict) as problem:
        return places.name_new(folder, "list", name, problem)
    return Go(f"{LISTS}/{made.id}", Message.LIST_ADDED)


@pages.page("GET", "/lists/<uuid:list_id>/rename", guard="console")
def show_name(visit: Visit, identity: Identity, list_id: UUID) -> Show:
    """Show a list's name in its form."""
    held = access.require_list(visit.session, identity, list_id, Permission.MANAGE)
    return places.name_again("list", held.list, held.list.name)


@pages.page("POST", "/lists/<uuid:list_id>/rename", guard="console", resume=lambda request: request.path)
def rename_list(visit: Visit, identity: Identity, list_id: UUID) -> Show | Go:
    """Rename a list, or say why not and keep what was typed."""
    held, name = access.require_list(visit.session, identity, list_id, Permission.MANAGE), places.typed_name(visit)
    try:
        lists.rename(visit.session, identity, held.list, name, now=visit.now)
    except InvalidRequest as problem:
        return places.name_again("list", held.list, name, problem)
    return Go(f"{LISTS}/{list_id}", Message.RENAMED)


@pages.page("GET", "/lists/<uuid:list_id>/move", guard="console")
def show_places(visit: Visit, identity: Identity, list_id: UUID) -> Show:
    """Show the folders into which a list may be put, one level at a time."""
    held = access.require_list(visit.session, identity, list_id, Permission.MANAGE)
    return places.choose(visit, identity, "list", held.list, held.list.folder_id)


@pages.page("POST", "/lists/<uuid:list_id>/move", guard="console", resume=lambda request: request.path)
def move_list(visit: Visit, identity: Identity, list_id: UUID) -> Go:
    """Put a list into a folder that its mover may know of, or to the top."""
    held = access.require_list(visit.session, identity, list_id, Permission.MANAGE)
    folder = places.folder(visit, identity, visit.request.form.get("folder"))
    lists.move(visit.session, identity, held.list, folder, now=visit.now)
    return Go(f"{LISTS}/{list_id}", Message.MOVED)


@pages.page("GET", "/lists/<uuid:list_id>/remove", guard="console")
def show_removal(visit: Visit, identity: Identity, list_id: UUID) -> Show:
    """Say what goes with a list, or why it cannot be removed, and ask."""
    return _removal(visit, access.require_list(visit.session, identity, list_id, Permission.MANAGE))


@pages.page("POST", "/lists/<uuid:list_id>/remove", guard="console", resume=lambda request: request.path)
def remove_list(visit: Visit, identity: Identity, list_id: UUID) -> Show | Go:
    """Remove an empty list."""
    held = access.require_list(visit.session, identity, list_id, Permission.MANAGE)
    back = f"{PREFIX}/folders/{held.list.folder_id}" if held.list.folder_id else LISTS
    try:
        lists.remove(visit.session, identity, held.list, now=visit.now)
    except Conflict as problem:
        return _removal(visit, held, problem)
    if held.list.folder_id and not identity.administrator:
        # Without this list the folder may be none that they know of.
        back = LISTS
    return Go(back, Message.LIST_REMOVED)


def inside(visit: Visit, identity: Identity, folder: Folder | None) -> Show:
    """Show a page of the folders and of the lists right in a folder, or at the top."""
    below: Cursor | None = after(visit, "folders")
    found = folders.inside(visit.session, identity, folder.id if folder else None, after=below, limit=browsing.SHOWN)
    place = folder.id if folder else lists.Place.TOP
    held = lists.page(visit.session, identity, place=place, after=after(visit, "lists"), limit=browsing.SHOWN)
    return _browse(visit, identity, folder, found, held)


def _browse(
    visit: Visit,
    identity: Identity,
    folder: Folder | None,
    found: Page[Folder],
    held: Page[RecordList],
    *,
    text: str = "",
) -> Show:
    args = visit.request.args
    values = {
        "folder": folder,
        "above": folders.trail(visit.session, folder)[:-1] if folder else [],
        "folders": found.rows,
        "more_folders": more(found, "folders", lists=args.get("lists", "")),
        "more_lists": more(held, "lists", q=text, folders=args.get("folders", "")),
        "continued": "folders" in args or "lists" in args,
        "search": text,
        "personal": None if folder or text else lists.of_person(visit.session, identity),
        "address": visit.request.path,
    }
    return Show("lists.html", {**values, **browsing.of_lists(visit, identity, held.rows)}, connects=True)


def _removal(visit: Visit, held: HeldList, problem: Problem | None = None) -> Show:
    count = lists.count_by_list(visit.session, [held.list.id]).get(held.list.id, 0)
    what, them = ("one record", "it") if count == 1 else (f"{count:,} records", "them")
    obstacle = (
        f"This list holds {what}. Move or remove {them} first, so that nothing is lost unseen." if count else None
    )
    values = {"permissions": lists.count_grants(visit.session, held.list), "obstacle": obstacle}
    return places.removal("list", held.list, values, problem)
