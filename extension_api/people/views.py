"""People over the API, for administrators."""

from typing import Annotated
from uuid import UUID

import msgspec

from extension_api import paging
from extension_api.accounts import service as accounts
from extension_api.accounts.models import NAME_LENGTH, Account
from extension_api.api import Api, Call
from extension_api.errors import ConfirmationRequired, Conflict, Forbidden, InvalidRequest, NotFound
from extension_api.people import service
from extension_api.permissions import Identity, require_administrator

api = Api("people")
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=NAME_LENGTH)]


class PeopleQuery(msgspec.Struct, forbid_unknown_fields=True):
    """Which people are wanted."""

    q: Annotated[str, msgspec.Meta(max_length=NAME_LENGTH)] = ""
    after: paging.After = ""
    limit: paging.Limit = paging.PAGE


class PersonRequest(msgspec.Struct, forbid_unknown_fields=True):
    """A new person."""

    name: Name
    administrator: bool = False


class PersonChange(msgspec.Struct, forbid_unknown_fields=True):
    """What is to become of a person; what is left out stays as it is."""

    active: bool | None = None
    administrator: bool | None = None


class PersonAnswer(msgspec.Struct):
    """A person; `ready` once they have set a password."""

    id: UUID
    name: str
    administrator: bool
    active: bool
    ready: bool
    created_at: int


class PeopleAnswer(msgspec.Struct):
    """People by name; `next` is the `after` of the next page, if there is one."""

    people: list[PersonAnswer]
    next: str | None


class PersonAddedAnswer(msgspec.Struct):
    """The new person, and the one-time link with which they set a password."""

    person: PersonAnswer
    setup_link: str

    def __repr__(self) -> str:
        return f"<{self.person.name} added>"


class SetupLinkAnswer(msgspec.Struct):
    """A one-time link with which a person sets a new password, and when it ends, in seconds since the epoch."""

    setup_link: str
    expires_at: int

    def __repr__(self) -> str:
        return "<one-time link>"


@api.endpoint(
    "GET", "/people", guard="bearer", summary="People, for administrators", query=PeopleQuery, answer=PeopleAnswer,
    problems=(Forbidden,),
)  # fmt: skip
def list_people(call: Call, identity: Identity, query: PeopleQuery) -> PeopleAnswer:
    """Answer a page of the people."""
    require_administrator(identity)
    found = service.page(call.session, text=query.q, after=paging.read(query.after), limit=query.limit)
    return PeopleAnswer([person_answer(account) for account in found.rows], paging.written(found.next))


@api.endpoint(
    "POST", "/people", guard="bearer", summary="Add a person, for administrators", body=PersonRequest,
    answer=PersonAddedAnswer, status=201, problems=(Forbidden, ConfirmationRequired, Conflict),
)  # fmt: skip
def add_person(call: Call, identity: Identity, body: PersonRequest) -> PersonAddedAnswer:
    """Add a person and answer their one-time link."""
    require_administrator(identity)
    account = accounts.add(call.session, identity, body.name, administrator=body.administrator, now=call.now)
    code = accounts.issue_setup_code(account, now=call.now)
    link = accounts.setup_link(call.kernel.settings, code)
    return PersonAddedAnswer(person_answer(account), link)


@api.endpoint(
    "POST", "/people/<uuid:account_id>/setup-link", guard="bearer",
    summary="Make a one-time link with which a person sets a new password; for administrators",
    answer=SetupLinkAnswer, status=201, problems=(Forbidden, ConfirmationRequired, NotFound, Conflict),
)  # fmt: skip
def make_setup_link(call: Call, identity: Identity, account_id: UUID) -> SetupLinkAnswer:
    """Make a one-time link and answer it; the password that the person has is good until they use it."""
    require_administrator(identity)
    account = service.require(call.session, account_id)
    code = accounts.reset(call.session, identity, account, now=call.now)
    return SetupLinkAnswer(accounts.setup_link(call.kernel.settings, code), account.setup_expires_at or call.now)


@api.endpoint(
    "GET", "/people/<uuid:account_id>", guard="bearer", summary="A person, for administrators", answer=PersonAnswer,
    problems=(Forbidden, NotFound),
)  # fmt: skip
def show_person(call: Call, identity: Identity, account_id: UUID) -> PersonAnswer:
    """Answer a person."""
    require_administrator(identity)
    return person_answer(service.require(call.session, account_id))


@api.endpoint(
    "PATCH", "/people/<uuid:account_id>", guard="bearer",
    summary="Disable or enable a person, or make them an administrator or no longer one; for administrators",
    body=PersonChange, answer=PersonAnswer,
    problems=(Forbidden, ConfirmationRequired, NotFound, Conflict, InvalidRequest),
)  # fmt: skip
def change_person(call: Call, identity: Identity, body: PersonChange, account_id: UUID) -> PersonAnswer:
    """Change a person and answer them."""
    require_administrator(identity)
    account = service.require(call.session, account_id)
    if body.administrator is not None:
        service.set_administrator(call.session, identity, account, administrator=body.administrator, now=call.now)
    if body.active is True:
        service.enable(call.session, identity, account, now=call.now)
    if body.active is False:
        service.disable(call.session, identity, account, now=call.now)
    return person_answer(account)


def person_answer(account: Account) -> PersonAnswer:
    """Return what is answered of a person."""
    return PersonAnswer(
        account.id,
        account.name,
        account.administrator,
        account.disabled_at is None,
        account.password_hash is not None,
        account.created_at,
    )
