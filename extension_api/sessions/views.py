"""Signing in, confirming, refreshing and signing out over the API; the caller's sessions, one a device."""

from typing import Annotated
from uuid import UUID

import msgspec

from extension_api import revision
from extension_api.api import Api, Call
from extension_api.errors import (
    ConfirmationRequired,
    Forbidden,
    NotAuthenticated,
    NotFound,
    SecondFactorRequired,
    TooManyAttempts,
    WrongCredentials,
)
from extension_api.permissions import Identity, require_administrator
from extension_api.policy import Policy, read
from extension_api.sessions import confirming, devices, service, signing_in
from extension_api.sessions.models import Kind, SignedIn

api = Api("sessions")
_Short = Annotated[str, msgspec.Meta(max_length=1024)]
_Code = Annotated[str, msgspec.Meta(max_length=100)]


class SignInRequest(msgspec.Struct, forbid_unknown_fields=True):
    """A name, a password, what the device calls itself, and a one-time or a recovery code for those who have them."""

    username: _Short
    password: _Short
    device: Annotated[str, msgspec.Meta(max_length=200)]
    code: _Code | None = None

    def __repr__(self) -> str:
        return "<sign-in request>"


class ConfirmRequest(msgspec.Struct, forbid_unknown_fields=True):
    """The caller's password, and a one-time or a recovery code for those who have them."""

    password: _Short
    code: _Code | None = None

    def __repr__(self) -> str:
        return "<confirm request>"


class RefreshRequest(msgspec.Struct, forbid_unknown_fields=True):
    """The refresh token of the last answer."""

    refresh_token: _Short

    def __repr__(self) -> str:
        return "<refresh request>"


class AccountAnswer(msgspec.Struct):
    """The person who signed in."""

    id: UUID
    name: str
    administrator: bool


class PolicyAnswer(msgspec.Struct):
    """What the extension must keep to: times in seconds, and whether it may tell which hosts a login passed through."""

    refresh_interval: int
    continuation: int
    observe_chains: bool


class SessionAnswer(msgspec.Struct):
    """The tokens of a session; `access_expires_in` in seconds."""

    access_token: str
    access_expires_in: int
    refresh_token: str
    account: AccountAnswer
    policy: PolicyAnswer
    revision: int


class DeviceAnswer(msgspec.Struct):
    """A session: where it is used, and since and until when, in seconds since the epoch."""

    id: UUID
    kind: str
    device: str
    created_at: int
    last_used_at: int
    expires_at: int
    current: bool


class DevicesAnswer(msgspec.Struct):
    """Sessions, the last used first."""

    sessions: list[DeviceAnswer]


class DevicesQuery(msgspec.Struct, forbid_unknown_fields=True):
    """Whose sessions; the caller's own unless an administrator asks for another person's."""

    account: UUID | None = None


@api.endpoint(
    "POST",
    "/session",
    guard="public",
    summary="Sign in",
    body=SignInRequest,
    answer=SessionAnswer,
    status=201,
    problems=(WrongCredentials, SecondFactorRequired, TooManyAttempts),
)
def sign_in(call: Call, body: SignInRequest) -> SessionAnswer:
    """Answer a new session."""
    tokens = signing_in.sign_in(
        call.kernel,
        call.session,
        name=body.username,
        password=body.password,
        code=body.code,
        kind=Kind.EXTENSION,
        device=body.device,
        address=call.address,
    )
    return _answer(call, tokens)


@api.endpoint(
    "POST",
    "/session/refresh",
    guard="public",
    summary="Rotate the tokens; a refresh token that comes twice ends its session",
    body=RefreshRequest,
    answer=SessionAnswer,
    problems=(NotAuthenticated,),
)
def refresh(call: Call, body: RefreshRequest) -> SessionAnswer:
    """Answer new tokens for the same session."""
    return _answer(call, service.refresh(call.kernel, call.session, body.refresh_token, address=call.address))


@api.endpoint("DELETE", "/session", guard="bearer", summary="Sign out")
def sign_out(call: Call, identity: Identity) -> None:
    """End the caller's session."""
    service.end(call.session, identity, now=call.now)


@api.endpoint(
    "POST",
    "/session/confirm",
    guard="bearer",
    summary="Confirm who you are, as dangerous acts ask for",
    body=ConfirmRequest,
    problems=(WrongCredentials, SecondFactorRequired, TooManyAttempts),
    slow=True,
)
def confirm(call: Call, identity: Identity, body: ConfirmRequest) -> None:
    """Let the caller's session count as proved for the next minutes."""
    confirming.by_password(call.kernel, call.session, identity, body.password, body.code, now=call.now)


@api.endpoint(
    "GET",
    "/sessions",
    guard="bearer",
    summary="Your sessions, one a device",
    query=DevicesQuery,
    answer=DevicesAnswer,
    problems=(Forbidden,),
)
def list_sessions(call: Call, identity: Identity, query: DevicesQuery) -> DevicesAnswer:
    """Answer the sessions of the caller, or of anybody for an administrator."""
    account_id = query.account or identity.account_id
    if account_id != identity.account_id:
        require_administrator(identity)
    rows = devices.of_person(call.session, account_id, now=call.now)
    return DevicesAnswer([_device(row, identity) for row in rows])


@api.endpoint(
    "DELETE",
    "/sessions/<uuid:session_id>",
    guard="bearer",
    summary="End a session of yours, or, for administrators, of anybody",
    problems=(NotFound, ConfirmationRequired),
)
def revoke_session(call: Call, identity: Identity, session_id: UUID) -> None:
    """End a session."""
    devices.revoke(call.session, identity, session_id, now=call.now)


def policy(call: Call) -> PolicyAnswer:
    """Return what the extension must keep to."""
    return policy_answer(read(call.session, call.kernel.settings))


def policy_answer(found: Policy) -> PolicyAnswer:
    """Return what the extension must keep to of a policy."""
    return PolicyAnswer(found.refresh_interval, found.continuation, found.observe_chains == 1)


def _device(row: SignedIn, identity: Identity) -> DeviceAnswer:
    return DeviceAnswer(
        row.id,
        row.kind,
        row.device,
        row.created_at,
        row.last_used_at,
        row.expires_at,
        row.id == identity.session_id,
    )


def _answer(call: Call, tokens: service.Tokens) -> SessionAnswer:
    if tokens.refresh is None:
        raise NotAuthenticated
    account = tokens.signed_in.account
    return SessionAnswer(
        access_token=tokens.access,
        access_expires_in=tokens.signed_in.access_expires_at - call.now,
        refresh_token=tokens.refresh,
        account=AccountAnswer(account.id, account.name, account.administrator),
        policy=policy(call),
        revision=revision.current(call.session),
    )
