"""*Why?*: paste an address, and see which records it matches, by which link and why, and why others do not."""

from typing import Final
from uuid import UUID

from extension_api.console.pages import PREFIX, Pages, Show, Visit
from extension_api.errors import InvalidPage, NotFound
from extension_api.matching import service, why
from extension_api.permissions import Identity

pages = Pages("why")
ADDRESS: Final = f"{PREFIX}/why"
LONGEST_ADDRESS: Final = 20_000
"""Characters; which address is too long is the matcher's to say."""


@pages.page("GET", "/why", guard="console")
def show_why(visit: Visit, identity: Identity) -> Show:
    """Show why a page is filled by these records and not by those."""
    given = visit.request.args.get("url", "").strip()[:LONGEST_ADDRESS]
    address = given if "://" in given or not given else f"https://{given}"
    record_id = _id(visit.request.args.get("record", ""))
    values: dict[str, object] = {"url": given, "found": None, "refusal": None}
    if not address:
        return Show("why.html", values)
    try:
        personal = service.table_of(visit.kernel, visit.session, identity)
        values["found"] = why.explain(personal, address, record_id=record_id)
    except InvalidPage as invalid:
        values["refusal"] = str(invalid)
        return Show("why.html", values, invalid.status)
    return Show("why.html", values)


def _id(given: str) -> UUID | None:
    try:
        return UUID(given) if given else None
    except ValueError:
        raise NotFound from None
