"""Exporting what one may view, in clear: only for who proved themselves within the last minutes, and on record."""

from datetime import UTC, datetime
from typing import Final, get_args

from flask import Request

from extension_api.console.pages import PREFIX, Pages, Send, Show, Visit
from extension_api.errors import NotFound
from extension_api.permissions import Identity, require_fresh
from extension_api.transfer import exporting

pages = Pages("export")
ADDRESS: Final = f"{PREFIX}/export"


def _export(_request: Request) -> str:
    return ADDRESS


@pages.page("GET", "/export", guard="console")
def show_export(visit: Visit, identity: Identity) -> Show:
    """Say what an export is and offer its formats."""
    require_fresh(identity, now=visit.now)
    return Show("export.html", {"warning": exporting.WARNING})


@pages.page("POST", "/export", guard="console", resume=_export)
def export(visit: Visit, identity: Identity) -> Send:
    """Send the records that the person may view; that this is done is on record first."""
    form = next((each for each in get_args(exporting.Format) if each == visit.request.form.get("format")), None)
    if form is None:
        raise NotFound
    exporting.begin(visit.session, identity, form, now=visit.now)
    name = f"wayfill-{datetime.fromtimestamp(visit.now, UTC):%Y-%m-%d}.{exporting.ENDINGS[form]}"
    content = exporting.pieces(visit.kernel.database, visit.kernel.keyring, identity, form)
    return Send(name, exporting.CONTENT_TYPES[form], content)
