"""The pages for people: signing in, records, their linked websites, what happened to them, and administration."""

from flask import Flask

from extension_api.api import Api
from extension_api.console import (
    account,
    affiliations,
    audit,
    blocked,
    chains,
    confirm,
    devices,
    editing,
    entry,
    export,
    folders,
    groups,
    history,
    links,
    lists,
    moving,
    people,
    permissions,
    proposals,
    records,
    rendering,
    settings,
    why,
)
from extension_api.console.pages import PREFIX, home, problem_page
from extension_api.guards import declare
from extension_api.kernel import Kernel

__all__ = ["problem_page", "register"]


def register(app: Flask, _kernel: Kernel) -> list[Api]:
    """Register the feature; it adds nothing to the API."""
    vault = (records, editing, links, history, moving, lists, folders, permissions)
    everyday = (entry, audit, account, confirm, devices, export)
    logins = (chains, proposals, why, affiliations)
    for part in (*everyday, *vault, *logins, people, groups, blocked, settings):
        app.register_blueprint(part.pages.blueprint)
    # Named without its slash, so that the answer is an address on the same scheme, whatever proxy stands in front.
    for path in ("/", PREFIX):
        app.add_url_rule(path, f"console home {path}", declare(home, "public"))
    app.add_url_rule(f"{rendering.STATIC}/<name>", "console static", declare(rendering.static, "public"))
    return []
