"""Sessions: begun for whoever proved who they are, proved by a token, prolonged by rotation, ended by act or misuse.

A token is looked up by its digest, never compared as text. Whatever is wrong with one, the answer is the same
`NotAuthenticated`. Nothing here looks at a password or a code; that is in `signing_in.py` and `confirming.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from uuid import UUID, uuid4

from flask import Request
from sqlalchemy import LargeBinary, bindparam, delete, select, update
from sqlalchemy.orm import Session

from extension_api import client_address
from extension_api.accounts.models import Account
from extension_api.audit import service as audit
from extension_api.audit.service import Action
from extension_api.crypto import digest, new_token
from extension_api.engines import WRITES
from extension_api.errors import NotAuthenticated, RefreshTokenReused
from extension_api.front import bearer_token
from extension_api.kernel import Environment, Kernel
from extension_api.permissions import Identity
from extension_api.quick import Statement
from extension_api.sessions.models import DEVICE_LENGTH, Kind, SignedIn, SpentRefreshToken
from extension_api.sessions.uses import Uses
from extension_api.settings import Settings

ACCESS_LIFETIME: Final = 15 * 60
"""Seconds that an access token is good for before it must be refreshed."""
SESSION_LIFETIME: Final = {Kind.EXTENSION: 7 * 24 * 3600, Kind.CONSOLE: 8 * 3600}
"""Seconds after which a person signs in again whatever they did."""
MOST_SESSIONS: Final = 50
"""Of one person at a time: more than anybody has browsers, so few that they can look them through on one page."""
LAST_USE_STEP: Final = 60
"""Seconds within which a further use of a session is not written again."""
COOKIE: Final = "wayfill-console"
"""Name of the console's cookie, without the prefix that it bears under https."""


class _Known(NamedTuple):
    """What is looked at of a session at every request, in the order of `_KNOWN`."""

    id: UUID
    kind: str
    device: str
    access_expires_at: int
    expires_at: int
    last_used_at: int
    proved_at: int
    ended_at: int | None
    account_id: UUID
    name: str
    administrator: bool
    disabled_at: int | None

    def identity(self, address: str) -> Identity:
        """Return the person of the session."""
        return Identity(self.account_id, self.name, self.administrator, self.id, self.device, address, self.proved_at)


_KNOWN: Final = Statement(
    select(
        SignedIn.id,
        SignedIn.kind,
        SignedIn.device,
        SignedIn.access_expires_at,
        SignedIn.expires_at,
        SignedIn.last_used_at,
        SignedIn.proved_at,
        SignedIn.ended_at,
        Account.id.label("account_id"),
        Account.name,
        Account.administrator,
        Account.disabled_at,
    )
    .join(Account, Account.id == SignedIn.account_id)
    .where(SignedIn.access_digest == bindparam("given", type_=LargeBinary()))
)


@dataclass(frozen=True, slots=True)
class Tokens:
    """The two tokens of a session, in the only moment in which the service knows them."""

    signed_in: SignedIn
    access: str
    refresh: str | None

    def __repr__(self) -> str:
        return f"<tokens of session {self.signed_in.id}>"


def begin(
    session: Session, account: Account, *, kind: Kind, device: str, address: str, now: int, how: str | None = None
) -> Tokens:
    """Begin a session for a person who has proved who they are.

    Where they have `MOST_SESSIONS` already, the one that was used longest ago ends, which is on record.

    Args:
        session: A writing transaction.
        account: The person.
        kind: Where the session will be used.
        device: What the device calls itself.
        address: The network address that the person comes from.
        now: The time, in seconds since the epoch.
        how: What they proved themselves with beside a password, for the history.
    """
    access, refresh = new_token(), new_token() if kind is Kind.EXTENSION else None
    lifetime = SESSION_LIFETIME[kind]
    signed_in = SignedIn(
        id=uuid4(),
        account_id=account.id,
        kind=kind,
        device=device_name(device),
        access_digest=digest(access),
        access_expires_at=now + (ACCESS_LIFETIME if refresh else lifetime),
        refresh_digest=digest(refresh) if refresh else None,
        expires_at=now + lifetime,
        created_at=now,
        last_used_at=now,
        proved_at=now,
    )
    session.add(signed_in)
    session.flush()
    session.refresh(signed_in)
    detail = f"{kind}, {how}" if how else kind
    identity = identity_of(signed_in, address)
    audit.record(session, identity, Action.SESSION_SIGN_IN, now=now, detail=detail)
    _make_room(session, identity, now=now)
    return Tokens(signed_in, access, refresh)


def refresh(kernel: Kernel, session: Session, token: str, *, address: str) -> Tokens:
    """Rotate the tokens of a session.

    Raises:
        NotAuthenticated: The token is no living session's.
        RefreshTokenReused: The token was used before: the session is ended, since two parties hold its tokens.
    """
    now, given = kernel.clock.now(), digest(token)
    signed_in = session.scalar(select(SignedIn).where(SignedIn.refresh_digest == given))
    if signed_in is None:
        _end_if_spent(session, given, address=address, now=now)
        raise NotAuthenticated
    if not living(signed_in, now):
        raise NotAuthenticated
    session.add(SpentRefreshToken(digest=given, session_id=signed_in.id))
    access, renewed = new_token(), new_token()
    signed_in.access_digest, signed_in.refresh_digest = digest(access), digest(renewed)
    signed_in.access_expires_at = min(now + ACCESS_LIFETIME, signed_in.expires_at)
    signed_in.last_used_at = now
    return Tokens(signed_in, access, renewed)


def end(session: Session, identity: Identity, *, now: int) -> None:
    """End the caller's session at once."""
    end_one(session, identity.session_id, now=now)
    audit.record(session, identity, Action.SESSION_SIGN_OUT, now=now)


def end_one(session: Session, session_id: UUID, *, now: int) -> None:
    """End a session; its next request is refused."""
    session.execute(update(SignedIn).where(SignedIn.id == session_id).values(ended_at=now))


def end_all_of(session: Session, account_id: UUID, *, now: int, but: UUID | None = None) -> None:
    """End every session of a person, as after a change of password.

    Args:
        session: A writing transaction.
        account_id: The person.
        now: The time, in seconds since the epoch.
        but: The session that goes on.
    """
    ending = [SignedIn.account_id == account_id, SignedIn.ended_at.is_(None)]
    if but is not None:
        ending.append(SignedIn.id != but)
    session.execute(update(SignedIn).where(*ending).values(ended_at=now))


def forget_old(session: Session, *, now: int) -> None:
    """Remove sessions that nothing can prolong any more; their events stay."""
    session.execute(delete(SignedIn).where(SignedIn.expires_at <= now))


def authenticate_bearer(kernel: Kernel, session: Session, request: Request) -> Identity:
    """Return the person whose access token the request bears.

    Raises:
        NotAuthenticated: No, or no living, session of an extension has that token.
    """
    return _authenticate(
        kernel,
        session,
        bearer_token(request.headers.get("Authorization", "")),
        Kind.EXTENSION,
        client_address.of(kernel, request),
    )


def authenticate_bearer_quickly(kernel: Kernel, environment: Environment) -> Identity:
    """Return the person whose access token the request bears, by a single statement.

    Raises:
        NotAuthenticated: No, or no living, session of an extension has that token.
    """
    found = kernel.database.lines.ask(
        _KNOWN, {"given": digest(bearer_token(environment.get("HTTP_AUTHORIZATION", "")))}
    )
    known, now = _living(found[0] if found else None, Kind.EXTENSION, kernel.clock.now())
    if now - known.last_used_at >= LAST_USE_STEP:
        kernel.shared(Uses).note(kernel.database, known.id, now)
    return known.identity(client_address.in_environment(kernel, environment))


def authenticate_cookie(kernel: Kernel, session: Session, request: Request) -> Identity:
    """Return the person whose console session the request's cookie names.

    Raises:
        NotAuthenticated: No living console session has that token.
    """
    token = request.cookies.get(cookie_name(kernel.settings))
    if not token:
        raise NotAuthenticated
    return _authenticate(kernel, session, token, Kind.CONSOLE, client_address.of(kernel, request))


def cookie_name(settings: Settings) -> str:
    """Return the name of the console's cookie.

    Under https it has the prefix that keeps other hosts and plain http from setting it (RFC 6265bis section 4.1.3.2).
    """
    return f"__Host-{COOKIE}" if settings.secure else COOKIE


def living(signed_in: SignedIn, now: int) -> bool:
    """Tell whether a session is good for anything: not ended, not too old, its person not disabled."""
    return signed_in.ended_at is None and now < signed_in.expires_at and signed_in.account.disabled_at is None


def identity_of(signed_in: SignedIn, address: str) -> Identity:
    """Return the person of a session."""
    account = signed_in.account
    return Identity(
        account.id,
        account.name,
        account.administrator,
        signed_in.id,
        signed_in.device,
        address,
        signed_in.proved_at,
    )


def device_name(name: str) -> str:
    """Return what a device calls itself as it is kept and shown."""
    return "".join(c for c in name if c.isprintable()).strip()[:DEVICE_LENGTH] or "unnamed device"


def _make_room(session: Session, identity: Identity, *, now: int) -> None:
    others = (
        SignedIn.account_id == identity.account_id,
        SignedIn.id != identity.session_id,
        SignedIn.ended_at.is_(None),
        SignedIn.expires_at > now,
    )
    newest_first = (SignedIn.last_used_at.desc(), SignedIn.created_at.desc(), SignedIn.id)
    too_many = select(SignedIn).where(*others).order_by(*newest_first).offset(MOST_SESSIONS - 1)
    for found in session.scalars(too_many).all():
        end_one(session, found.id, now=now)
        detail = f"{found.device} of {identity.name}, unused for the longest time of more than {MOST_SESSIONS}"
        audit.record(session, identity, Action.SESSION_REVOKE, now=now, detail=detail)


def _authenticate(kernel: Kernel, session: Session, token: str, kind: Kind, address: str) -> Identity:
    row = session.execute(_KNOWN.written, {"given": digest(token)}).one_or_none()
    known, now = _living(row, kind, kernel.clock.now())
    if now - known.last_used_at >= LAST_USE_STEP:
        if session.connection().get_execution_options().get(WRITES):
            session.execute(update(SignedIn).where(SignedIn.id == known.id).values(last_used_at=now))
        else:
            kernel.shared(Uses).note(kernel.database, known.id, now)
    return known.identity(address)


def _living(row: Sequence[Any] | None, kind: Kind, now: int) -> "tuple[_Known, int]":
    if row is None:
        raise NotAuthenticated
    known = _Known(*row)
    if known.kind != kind or known.ended_at is not None or known.disabled_at is not None:
        raise NotAuthenticated
    if now >= known.expires_at or now >= known.access_expires_at:
        raise NotAuthenticated
    return known, now


def _end_if_spent(session: Session, given: bytes, *, address: str, now: int) -> None:
    spent = session.get(SpentRefreshToken, given)
    signed_in = session.get(SignedIn, spent.session_id) if spent else None
    if signed_in is None or signed_in.ended_at is not None:
        return
    end_one(session, signed_in.id, now=now)
    identity = identity_of(signed_in, address)
    audit.record(session, identity, Action.SESSION_REFRESH_REUSED, now=now, detail="the session was ended")
    raise RefreshTokenReused
