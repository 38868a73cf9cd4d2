"""Sessions: made by a right password, proved by a token, prolonged by rotation, ended by their person or by misuse.

A token is looked up by its digest, never compared as text. Whatever is wrong with one, the answer is the same
`NotAuthenticated`. The attempt is counted before the password is judged, in transactions that are over before the slow
hash begins, so that no sign-in holds the database's write lock.
"""

from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from flask import Request
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from extension_api import client_address
from extension_api.accounts import passwords
from extension_api.accounts import service as accounts
from extension_api.accounts.models import Account
from extension_api.api import bearer_token
from extension_api.audit import service as audit
from extension_api.audit.service import Action, Actor
from extension_api.crypto import digest, new_token
from extension_api.errors import InvalidRequest, NotAuthenticated, RefreshTokenReused, WrongCredentials
from extension_api.kernel import Kernel
from extension_api.permissions import Identity
from extension_api.sessions.models import DEVICE_LENGTH, Kind, SignedIn, SpentRefreshToken
from extension_api.settings import Settings
from extension_api.throttle import service as throttle
from extension_api.throttle.models import Kind as Tried

ACCESS_LIFETIME: Final = 15 * 60
"""Seconds that an access token is good for before it must be refreshed."""
SESSION_LIFETIME: Final = {Kind.EXTENSION: 7 * 24 * 3600, Kind.CONSOLE: 8 * 3600}
"""Seconds after which a person signs in again whatever they did."""
LAST_USE_STEP: Final = 60
"""Seconds within which a further use of a session is not written again."""
COOKIE: Final = "wayfill-console"
"""Name of the console's cookie, without the prefix that it bears under https."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """The two tokens of a session, in the only moment in which the service knows them."""

    signed_in: SignedIn
    access: str
    refresh: str | None

    def __repr__(self) -> str:
        return f"<tokens of session {self.signed_in.id}>"


def sign_in(
    kernel: Kernel, session: Session, *, name: str, password: str, kind: Kind, device: str, address: str
) -> Tokens:
    """Sign a person in.

    Args:
        kernel: The installation.
        session: The request's transaction, not begun yet.
        name: The name that was given.
        password: The password that was given.
        kind: Where the session will be used.
        device: What the device calls itself.
        address: The network address that the attempt comes from.

    Raises:
        WrongCredentials: Name or password is wrong; the same answer and the same work for both.
        TooManyAttempts: The permitted number of attempts is used up; the password was not looked at.
    """
    now = kernel.clock.now()
    try:
        canonical = accounts.canonical_name(name)
    except InvalidRequest:
        canonical = ""
    actor = Actor(name=canonical, address=address, device=_device(device))
    # Names that none can have are counted each for itself, as those that merely nobody has.
    counted = count_attempt(kernel, session, Tried.PASSWORD, actor, canonical or f"\0{name}", now=now)
    with kernel.database.reading() as reading:
        account = accounts.find(reading, canonical) if canonical else None
    usable = account is not None and account.disabled_at is None
    right = passwords.matches(account.password_hash if account and usable else None, password)
    if account is None or not right:
        audit.record(session, actor, Action.SESSION_SIGN_IN_REFUSE, now=now, detail="wrong credentials")
        raise WrongCredentials
    throttle.forgive(session, kernel.settings, counted, now=now)
    return begin(session, account, kind=kind, device=device, address=address, now=now)


def count_attempt(
    kernel: Kernel, session: Session, kind: Tried, actor: Actor, name: str, *, now: int
) -> throttle.Counted:
    """Count an attempt before it is judged; whoever judges it right hands the answer to `throttle.forgive`.

    Args:
        kernel: The installation.
        session: The request's transaction, not begun yet; a refusal is put on record in it.
        kind: What is tried.
        actor: Who tries it, and from where.
        name: The name that was given, as accounts compare it.
        now: The time, in seconds since the epoch.

    Raises:
        TooManyAttempts: The permitted number is used up; nothing of the attempt may be looked at.
    """
    try:
        return throttle.count(kernel, kind=kind, name=name, address=actor.address or "", now=now)
    except throttle.Blocked as blocked:
        detail = f"too many attempts {throttle.WORDS[blocked.scope]}; not judged"
        audit.record(session, actor, Action.SESSION_SIGN_IN_REFUSE, now=now, detail=detail)
        raise


def begin(session: Session, account: Account, *, kind: Kind, device: str, address: str, now: int) -> Tokens:
    """Begin a session for a person who has proved who they are."""
    access, refresh = new_token(), new_token() if kind is Kind.EXTENSION else None
    lifetime = SESSION_LIFETIME[kind]
    signed_in = SignedIn(
        id=uuid4(),
        account_id=account.id,
        kind=kind,
        device=_device(device),
        access_digest=digest(access),
        access_expires_at=now + (ACCESS_LIFETIME if refresh else lifetime),
        refresh_digest=digest(refresh) if refresh else None,
        expires_at=now + lifetime,
        created_at=now,
        last_used_at=now,
    )
    session.add(signed_in)
    session.flush()
    session.refresh(signed_in)
    audit.record(session, _identity(signed_in, address), Action.SESSION_SIGN_IN, now=now, detail=kind)
    return Tokens(signed_in, access, refresh)


def begin_by_setup_code(
    kernel: Kernel, session: Session, code: str, password: str, *, kind: Kind, device: str, address: str
) -> Tokens:
    """Set the password of the person whom a one-time code was made for, and begin a session for them.

    Every other session of that person ends: whoever lost a password may have lost more.

    Raises:
        NotFound: The code is unknown, used or too old.
        InvalidRequest: It cannot be a password.
    """
    now = kernel.clock.now()
    account = accounts.set_first_password(session, code, password, address=address, now=now)
    end_all_of(session, account.id, now=now)
    throttle.remember(session, throttle.person_digest(account.name), address, now=now)
    return begin(session, account, kind=kind, device=device, address=address, now=now)


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
    if not _living(signed_in, now):
        raise NotAuthenticated
    session.add(SpentRefreshToken(digest=given, session_id=signed_in.id))
    access, renewed = new_token(), new_token()
    signed_in.access_digest, signed_in.refresh_digest = digest(access), digest(renewed)
    signed_in.access_expires_at = min(now + ACCESS_LIFETIME, signed_in.expires_at)
    signed_in.last_used_at = now
    return Tokens(signed_in, access, renewed)


def end(session: Session, identity: Identity, *, now: int) -> None:
    """End the caller's session at once."""
    _end(session, identity.session_id, now)
    audit.record(session, identity, Action.SESSION_SIGN_OUT, now=now)


def end_all_of(session: Session, account_id: object, *, now: int) -> None:
    """End every session of a person, as after a change of password."""
    session.execute(
        update(SignedIn).where(SignedIn.account_id == account_id, SignedIn.ended_at.is_(None)).values(ended_at=now)
    )


def forget_old(session: Session, *, now: int) -> None:
    """Remove sessions that nothing can prolong any more; their events stay."""
    session.execute(delete(SignedIn).where(SignedIn.expires_at <= now))


def authenticate_bearer(kernel: Kernel, session: Session, request: Request) -> Identity:
    """Return the person whose access token the request bears.

    Raises:
        NotAuthenticated: No, or no living, session of an extension has that token.
    """
    return _authenticate(kernel, session, bearer_token(request), Kind.EXTENSION, client_address.of(kernel, request))


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


def _authenticate(kernel: Kernel, session: Session, token: str, kind: Kind, address: str) -> Identity:
    now = kernel.clock.now()
    found = session.scalar(select(SignedIn).where(SignedIn.access_digest == digest(token)))
    if found is None or found.kind != kind or not _living(found, now) or now >= found.access_expires_at:
        raise NotAuthenticated
    if now - found.last_used_at >= LAST_USE_STEP and session.connection().get_execution_options().get("wayfill_writes"):
        found.last_used_at = now
    return _identity(found, address)


def _living(signed_in: SignedIn, now: int) -> bool:
    return signed_in.ended_at is None and now < signed_in.expires_at and signed_in.account.disabled_at is None


def _identity(signed_in: SignedIn, address: str) -> Identity:
    account = signed_in.account
    return Identity(account.id, account.name, account.administrator, signed_in.id, signed_in.device, address)


def _end_if_spent(session: Session, given: bytes, *, address: str, now: int) -> None:
    spent = session.get(SpentRefreshToken, given)
    signed_in = session.get(SignedIn, spent.session_id) if spent else None
    if signed_in is None or signed_in.ended_at is not None:
        return
    _end(session, signed_in.id, now)
    identity = _identity(signed_in, address)
    audit.record(session, identity, Action.SESSION_REFRESH_REUSED, now=now, detail="the session was ended")
    raise RefreshTokenReused


def _end(session: Session, session_id: object, now: int) -> None:
    session.execute(update(SignedIn).where(SignedIn.id == session_id).values(ended_at=now))


def _device(name: str) -> str:
    return "".join(c for c in name if c.isprintable()).strip()[:DEVICE_LENGTH] or "unnamed device"
