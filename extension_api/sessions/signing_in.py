"""Signing in: by a password, with a code where the person has a second factor; by a passkey; by a one-time link.

An attempt is counted before it is judged, in a transaction of its own, and the slow hash runs while no transaction is
open, so that no sign-in holds the database's write lock. Until the password is right, nothing tells whether there is
such a person, whether they have a second factor or whether they are disabled: answer and work are the same.
"""

from dataclasses import replace
from uuid import UUID

from sqlalchemy.orm import Session

from extension_api import policy
from extension_api.accounts import passwords
from extension_api.accounts import service as accounts
from extension_api.accounts.models import Account
from extension_api.audit import service as audit
from extension_api.audit.service import Action, Actor
from extension_api.errors import InvalidRequest, SecondFactorRequired, WrongCredentials
from extension_api.factors import passkeys, proofs, second
from extension_api.factors.models import Purpose
from extension_api.factors.passkeys import PasskeyRefused
from extension_api.kernel import Kernel
from extension_api.permissions import Identity
from extension_api.sessions.models import Kind
from extension_api.sessions.service import Tokens, begin, device_name, end_all_of
from extension_api.throttle import service as throttle
from extension_api.throttle.models import Kind as Tried


class CodeWanted(SecondFactorRequired):
    """The password is right, and a code is to follow.

    Args:
        account_id: The person.
    """

    def __init__(self, account_id: UUID) -> None:
        super().__init__()
        self.account_id = account_id


def sign_in(
    kernel: Kernel,
    session: Session,
    *,
    name: str,
    password: str,
    code: str | None = None,
    kind: Kind,
    device: str,
    address: str,
) -> Tokens:
    """Sign a person in.

    Args:
        kernel: The installation.
        session: The request's transaction, not begun yet.
        name: The name that was given.
        password: The password that was given.
        code: A one-time or a recovery code, if one was given.
        kind: Where the session will be used.
        device: What the device calls itself.
        address: The network address that the attempt comes from.

    Raises:
        WrongCredentials: Name or password is wrong, the same answer and the same work for both; or, with a right
            password, the code is.
        CodeWanted: The password is right, and this person has to bring a code.
        TooManyAttempts: The permitted number of attempts is used up; nothing was looked at.
    """
    now = kernel.clock.now()
    try:
        canonical = accounts.canonical_name(name)
    except InvalidRequest:
        canonical = ""
    actor = Actor(name=canonical, address=address, device=device_name(device))
    # Names that none can have are counted each for itself, as those that merely nobody has.
    counted = [count_attempt(kernel, session, Tried.PASSWORD, actor, canonical or f"\0{name}", now=now)]
    account = _of_password(kernel, canonical, password)
    if account is None:
        refuse(session, actor, "wrong credentials", now=now)
        raise WrongCredentials
    with kernel.database.reading() as reading:
        wanted = second.is_on(reading, account.id)
    how = None
    if wanted:
        if not code:
            refuse(session, actor, "the password is right; a code is asked for", now=now)
            raise CodeWanted(account.id)
        counted.append(count_attempt(kernel, session, Tried.CODE, actor, account.name, now=now))
        how = _prove(kernel, session, actor, account.id, code, now=now)
    _require_unchanged(session, actor, account, now=now)
    for attempt in counted:
        throttle.forgive(session, kernel.settings, attempt, now=now)
    return begin(session, account, kind=kind, device=device, address=address, now=now, how=how)


def sign_in_by_code(
    kernel: Kernel, session: Session, *, token: bytes, holder: str, code: str, device: str, address: str
) -> Tokens:
    """Sign a person in to the console whose password was found right a moment ago.

    Args:
        kernel: The installation.
        session: The request's transaction, not begun yet.
        token: What `proofs.begin` gave when the password was right.
        holder: What it was begun with.
        code: A one-time or a recovery code.
        device: What the device calls itself.
        address: The network address that the attempt comes from.

    Raises:
        ProofOver: There was no right password a moment ago, in this browser.
        WrongCredentials: The code is wrong; another may be tried.
        TooManyAttempts: The permitted number of attempts is used up; the code was not looked at.
    """
    now = kernel.clock.now()
    with kernel.database.reading() as reading:
        account_id = proofs.whose(reading, Purpose.CODE, holder, token, now=now)
        account = reading.get(Account, account_id) if account_id else None
    if account is None:
        raise proofs.ProofOver
    actor = Actor(account_id=account.id, name=account.name, address=address, device=device_name(device))
    counted = count_attempt(kernel, session, Tried.CODE, actor, account.name, now=now)
    how = _prove(kernel, session, actor, account.id, code, now=now)
    proofs.finish(session, Purpose.CODE, holder, token, now=now)
    _require_unchanged(session, actor, account, now=now)
    throttle.forgive(session, kernel.settings, counted, now=now)
    # The password was counted too, when it was given.
    password = throttle.Counted(Tried.PASSWORD, counted.person, counted.address)
    throttle.forgive(session, kernel.settings, password, now=now)
    return begin(session, account, kind=Kind.CONSOLE, device=device, address=address, now=now, how=how)


def sign_in_by_passkey(
    kernel: Kernel, session: Session, *, holder: str, answer: str, device: str, address: str
) -> Tokens:
    """Sign a person in to the console by a passkey, which is two factors in one: the device, and what unlocks it.

    There is nothing to guess, so nothing is counted: an answer is worth something only for a challenge that was begun
    here, and only with the signature of a key that is known.

    Args:
        kernel: The installation.
        session: A writing transaction.
        holder: What `passkeys.begin_prove` was given.
        answer: What the browser answered, as JSON.
        device: What the device calls itself.
        address: The network address that the attempt comes from.

    Raises:
        ProofOver: Nothing was begun here that this answers.
        PasskeyRefused: The answer proves nothing.
    """
    now = kernel.clock.now()
    us = passkeys.require_party(kernel.settings)
    try:
        passkey = passkeys.prove(session, us, Purpose.SIGN_IN, holder, answer, now=now)
        account = passkey.account
        if account.disabled_at is not None:
            raise PasskeyRefused("a disabled person", account)
    except PasskeyRefused as problem:
        name = problem.account.name if problem.account else None
        actor = Actor(name=name, address=address, device=device_name(device))
        refuse(session, actor, f"passkey: {problem.why}", now=now)
        raise
    throttle.remember(session, throttle.person_digest(account.name), address, now=now)
    how = f"passkey {passkey.name}"
    return begin(session, account, kind=Kind.CONSOLE, device=device, address=address, now=now, how=how)


def begin_by_setup_code(
    kernel: Kernel, session: Session, code: str, password: str, *, kind: Kind, device: str, address: str
) -> Tokens | None:
    """Set the password of the person whom a one-time link was made for, and begin a session for them.

    Every other session of that person ends: whoever lost a password may have lost more. A link stands in for a
    password, not for a second factor: who has one signs in with it, and no session is begun here.

    Args:
        kernel: The installation.
        session: The request's transaction, not begun yet: the slow hash must not hold the write lock.
        code: The code of the link.
        password: The new password.
        kind: Where the session will be used.
        device: What the device calls itself.
        address: The network address that the person comes from.

    Raises:
        NotFound: The code is unknown, used or too old.
        InvalidRequest: It cannot be a password.
    """
    now = kernel.clock.now()
    with kernel.database.reading() as reading:
        accounts.of_setup_code(reading, code, now=now)
        minimum = policy.minimum_password_length(reading)
    hashed = passwords.hash_password(password, minimum=minimum)
    account = accounts.set_first_password(session, code, hashed, address=address, now=now)
    end_all_of(session, account.id, now=now)
    proofs.drop_all_of(session, account.id)
    if second.is_on(session, account.id):
        return None
    throttle.remember(session, throttle.person_digest(account.name), address, now=now)
    return begin(session, account, kind=kind, device=device, address=address, now=now)


def count_attempt(
    kernel: Kernel,
    session: Session,
    kind: Tried,
    actor: Actor | Identity,
    name: str,
    *,
    now: int,
    refusal: Action = Action.SESSION_SIGN_IN_REFUSE,
) -> throttle.Counted:
    """Count an attempt before it is judged; whoever judges it right hands the answer to `throttle.forgive`.

    Args:
        kernel: The installation.
        session: The request's transaction, not begun yet; a refusal is put on record in it.
        kind: What is tried.
        actor: Who tries it, and from where.
        name: The name that was given, as accounts compare it.
        now: The time, in seconds since the epoch.
        refusal: As what a refusal is put on record.

    Raises:
        TooManyAttempts: The permitted number is used up; nothing of the attempt may be looked at.
    """
    try:
        return throttle.count(kernel, kind=kind, name=name, address=actor.address or "")
    except throttle.Blocked as blocked:
        refuse(session, actor, f"too many attempts {throttle.WORDS[blocked.scope]}; not judged", now=now, as_=refusal)
        raise


def refuse(
    session: Session,
    actor: Actor | Identity,
    why: str,
    *,
    now: int,
    as_: Action = Action.SESSION_SIGN_IN_REFUSE,
) -> None:
    """Put a refusal on record; it stays although the request fails (`Problem.keeps_transaction`)."""
    if isinstance(actor, Actor) and actor.account_id is None:
        # A password typed into the field for the name must not be kept for good: only names that somebody has are.
        known = accounts.find(session, actor.name) if actor.name else None
        actor = replace(actor, name=known.name if known else None)
    audit.record(session, actor, as_, now=now, detail=why)


def _of_password(kernel: Kernel, canonical: str, password: str) -> Account | None:
    with kernel.database.reading() as reading:
        account = accounts.find(reading, canonical) if canonical else None
    usable = account is not None and account.disabled_at is None
    right = passwords.matches(account.password_hash if account and usable else None, password)
    if account is None or not right:
        return None
    accounts.raise_profile(kernel.database, account, password)
    return account


def _prove(kernel: Kernel, session: Session, actor: Actor, account_id: UUID, code: str, *, now: int) -> str:
    try:
        return second.prove(session, kernel.keyring, account_id, code, now=now)
    except WrongCredentials:
        refuse(session, actor, "the password is right; the code is wrong or was used before", now=now)
        raise


def _require_unchanged(session: Session, actor: Actor, account: Account, *, now: int) -> None:
    # The slow hash ran outside the transaction: who was disabled or got another password meanwhile stays out.
    present = session.get(Account, account.id)
    if present is None or present.disabled_at is not None or present.password_hash != account.password_hash:
        refuse(session, actor, "the person was changed meanwhile", now=now)
        raise WrongCredentials
