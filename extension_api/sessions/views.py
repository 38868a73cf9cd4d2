"""Signing in, refreshing and signing out over the API."""

from typing import Annotated
from uuid import UUID

import msgspec

from extension_api import revision
from extension_api.api import Api, Call
from extension_api.errors import NotAuthenticated, TooManyAttempts, WrongCredentials
from extension_api.permissions import Identity
from extension_api.policy import read
from extension_api.sessions import service
from extension_api.sessions.models import Kind

api = Api("sessions")
_Short = Annotated[str, msgspec.Meta(max_length=1024)]


class SignInRequest(msgspec.Struct, forbid_unknown_fields=True):
    """A name, a password, and what the device calls itself."""

    username: _Short
    password: _Short
    device: Annotated[str, msgspec.Meta(max_length=200)]

    def __repr__(self) -> str:
        return "<sign-in request>"


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
    """What the extension must keep to; all values in seconds."""

    refresh_interval: int
    continuation: int


class SessionAnswer(msgspec.Struct):
    """The tokens of a session; `access_expires_in` in seconds."""

    access_token: str
    access_expires_in: int
    refresh_token: str
    account: AccountAnswer
    policy: PolicyAnswer
    revision: int


@api.endpoint(
    "POST",
    "/session",
    guard="public",
    summary="Sign in",
    body=SignInRequest,
    answer=SessionAnswer,
    status=201,
    problems=(WrongCredentials, TooManyAttempts),
)
def sign_in(call: Call, body: SignInRequest) -> SessionAnswer:
    """Answer a new session."""
    tokens = service.sign_in(
        call.kernel,
        call.session,
        name=body.username,
        password=body.password,
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


def policy(call: Call) -> PolicyAnswer:
    """Return what the extension must keep to."""
    found = read(call.session, call.kernel.settings)
    return PolicyAnswer(found.refresh_interval, found.continuation)


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
