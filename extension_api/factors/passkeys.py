"""Passkeys (WebAuthn level 3): key pairs that a person's device holds, for signing in and confirming in the console.

The ceremonies are checked by the `fido2` library; what is this installation's own is here: which names and origins it
answers to, that the person was verified by their device, that each challenge was begun by this browser and is used
once, and that a counter never goes back. Attestation is not asked for: any authenticator will do.
"""

import ipaddress
import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from cryptography.exceptions import InvalidSignature
from fido2.server import Fido2Server
from fido2.utils import websafe_encode
from fido2.webauthn import (
    AttestationConveyancePreference,
    AttestedCredentialData,
    AuthenticationResponse,
    AuthenticatorData,
    CollectedClientData,
    PublicKeyCredentialDescriptor,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialType,
    PublicKeyCredentialUserEntity,
    RegistrationResponse,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from sqlalchemy import select
from sqlalchemy.orm import Session

from extension_api.accounts.models import Account
from extension_api.audit import service as audit
from extension_api.audit.service import Action, Actor
from extension_api.errors import Conflict, InvalidRequest, NotFound, WrongCredentials
from extension_api.factors import proofs
from extension_api.factors.models import NAME_LENGTH, Passkey, Purpose
from extension_api.permissions import Identity
from extension_api.settings import Settings

MOST: Final = 20
"""Passkeys of one person; more than anybody has devices."""
DEFAULT_PORTS: Final = {"http": 80, "https": 443}
REQUIRED: Final = UserVerificationRequirement.REQUIRED
UNREADABLE: Final = (ValueError, KeyError, TypeError, AttributeError, RecursionError, struct.error)
"""What reading an answer raises that no authenticator made."""
REFUSED: Final = "The passkey was not accepted"


class PasskeyRefused(WrongCredentials):
    """An answer of an authenticator that proves nothing; `why` is for the history, never for the caller."""

    def __init__(self, why: str, account: Account | None = None) -> None:
        super().__init__(REFUSED)
        self.why = why
        self.account = account


@dataclass(frozen=True, slots=True)
class Party:
    """The service as authenticators know it.

    Args:
        host: The host that passkeys are bound to (the "RP ID").
        origin: The only origin whose pages may use them, as a browser writes it.
    """

    host: str
    origin: str

    @property
    def server(self) -> Fido2Server:
        """The library's checks, for this party."""
        entity = PublicKeyCredentialRpEntity(id=self.host, name="Wayfill")
        none = AttestationConveyancePreference.NONE
        return Fido2Server(entity, attestation=none, verify_origin=lambda origin: origin == self.origin)


def party(settings: Settings) -> Party | None:
    """Return the party of this installation, or `None` where browsers offer no passkeys.

    They want a name, not an address, and https, but for this very machine (WebAuthn section 5.1.3 steps 7 and 8; Secure
    Contexts section 3.1).
    """
    parts = urlsplit(settings.public_url)
    host = (parts.hostname or "").lower()
    try:
        ipaddress.ip_address(host)
    except ValueError:
        pass
    else:
        return None
    if not settings.secure and host != "localhost" and not host.endswith(".localhost"):
        return None
    port = "" if parts.port in (None, DEFAULT_PORTS[parts.scheme]) else f":{parts.port}"
    return Party(host, f"{parts.scheme}://{host}{port}")


def require_party(settings: Settings) -> Party:
    """Return the party of this installation.

    Raises:
        NotFound: Browsers offer no passkeys here.
    """
    found = party(settings)
    if found is None:
        raise NotFound("Passkeys need a public address with a host name and https.")
    return found


def of_person(session: Session, account_id: UUID) -> Sequence[Passkey]:
    """Return a person's passkeys, the oldest first."""
    wanted = select(Passkey).where(Passkey.account_id == account_id)
    return session.scalars(wanted.order_by(Passkey.created_at, Passkey.id)).all()


def begin_register(session: Session, us: Party, identity: Identity, *, now: int) -> Mapping[str, Any]:
    """Return what a browser makes a passkey of the caller from, as JSON's values."""
    challenge = proofs.begin(session, Purpose.REGISTER, str(identity.session_id), identity.account_id, now=now)
    # The handle is stored on the device and must tell nothing of the person (section 14.6.1): the id is random.
    user = PublicKeyCredentialUserEntity(id=identity.account_id.bytes, name=identity.name, display_name=identity.name)
    options, _ = us.server.register_begin(
        user,
        [_described(passkey) for passkey in of_person(session, identity.account_id)],
        resident_key_requirement=ResidentKeyRequirement.REQUIRED,
        user_verification=REQUIRED,
        challenge=challenge,
    )
    return dict(options)


def register(session: Session, us: Party, identity: Identity, answer: str, name: str, *, now: int) -> Passkey:
    """Add a passkey of the caller.

    Args:
        session: A writing transaction.
        us: The service as authenticators know it.
        identity: The caller, who has proved themselves lately.
        answer: What the browser answered, as JSON.
        name: What the person calls the device.
        now: The time, in seconds since the epoch.

    Raises:
        ProofOver: Nothing was begun here that this answers.
        PasskeyRefused: The answer proves nothing.
        Conflict: The passkey is known already, or there are too many.
    """
    try:
        given = RegistrationResponse.from_dict(_values(answer))
        client = given.response.client_data
    except UNREADABLE as error:
        raise PasskeyRefused(f"unreadable: {type(error).__name__}") from None
    proofs.finish(session, Purpose.REGISTER, str(identity.session_id), client.challenge, now=now)
    _require_top(client)
    try:
        made = us.server.register_complete(_state(client), given)
    except (ValueError, AssertionError) as error:
        raise PasskeyRefused(str(error)) from None
    credential = made.credential_data
    if credential is None or not _checks(credential):
        raise PasskeyRefused("no key in it that could be checked")
    if session.scalar(select(Passkey.id).where(Passkey.credential_id == credential.credential_id)) is not None:
        raise Conflict("This passkey is known already.")
    if len(of_person(session, identity.account_id)) >= MOST:
        raise Conflict(f"A person has {MOST} passkeys at the most; remove one first.")
    passkey = Passkey(
        id=uuid4(),
        account_id=identity.account_id,
        credential_id=credential.credential_id,
        credential=bytes(credential),
        sign_count=made.counter,
        name=_name(name),
        synced=bool(made.flags & AuthenticatorData.FLAG.BE),
        created_at=now,
    )
    session.add(passkey)
    session.flush()
    audit.record(session, identity, Action.PASSKEY_ADD, now=now, detail=passkey.name)
    return passkey


def begin_prove(
    session: Session, us: Party, purpose: Purpose, holder: str, account_id: UUID | None, *, now: int
) -> Mapping[str, Any]:
    """Return what a browser asks a passkey with, as JSON's values.

    Args:
        session: A writing transaction.
        us: The service as authenticators know it.
        purpose: What the proof is for.
        holder: As `proofs.begin` wants it.
        account_id: Whose passkey; `None` for whoever's the device has.
        now: The time, in seconds since the epoch.
    """
    challenge = proofs.begin(session, purpose, holder, account_id, now=now)
    # For signing in no passkey is named: which there are would tell who has an account.
    known = [_described(p) for p in of_person(session, account_id)] if account_id else None
    options, _ = us.server.authenticate_begin(known, user_verification=REQUIRED, challenge=challenge)
    return dict(options)


def prove(session: Session, us: Party, purpose: Purpose, holder: str, answer: str, *, now: int) -> Passkey:
    """Return the passkey that answered.

    Args:
        session: The writing transaction that also writes what this is the proof for.
        us: The service as authenticators know it.
        purpose: What the proof is for.
        holder: What it was begun with.
        answer: What the browser answered, as JSON.
        now: The time, in seconds since the epoch.

    Raises:
        ProofOver: Nothing was begun here that this answers.
        PasskeyRefused: The answer proves nothing.
    """
    try:
        given = AuthenticationResponse.from_dict(_values(answer))
        client, device = given.response.client_data, given.response.authenticator_data
    except UNREADABLE as error:
        raise PasskeyRefused(f"unreadable: {type(error).__name__}") from None
    whose = proofs.finish(session, purpose, holder, client.challenge, now=now)
    passkey = session.scalar(select(Passkey).where(Passkey.credential_id == given.raw_id).with_for_update())
    if passkey is None or whose not in (None, passkey.account_id):
        raise PasskeyRefused("an unknown passkey, or another person's")
    _require_top(client, passkey.account)
    handle = given.response.user_handle
    if handle is not None and handle != passkey.account_id.bytes:
        raise PasskeyRefused("another person's handle", passkey.account)
    try:
        us.server.authenticate_complete(_state(client), [AttestedCredentialData(passkey.credential)], given)
    except ValueError as error:
        raise PasskeyRefused(str(error), passkey.account) from None
    # WebAuthn section 7.2 step 22: a counter that does not grow means that two devices hold the key.
    if (device.counter or passkey.sign_count) and device.counter <= passkey.sign_count:
        raise PasskeyRefused(f"the counter of {passkey.name} went back: there is a copy of it", passkey.account)
    passkey.sign_count, passkey.last_used_at = device.counter, now
    session.flush()
    return passkey


def remove(session: Session, who: Identity | Actor, account_id: UUID, passkey_id: UUID, *, now: int) -> None:
    """Take a passkey of a person away.

    Raises:
        NotFound: They have none such.
    """
    passkey = session.get(Passkey, passkey_id)
    if passkey is None or passkey.account_id != account_id:
        raise NotFound
    session.delete(passkey)
    session.flush()
    audit.record(session, who, Action.PASSKEY_REMOVE, now=now, detail=passkey.name)


def _checks(credential: AttestedCredentialData) -> bool:
    # Without attestation nothing has used the key yet: one that cannot say "wrong signature" would fail at sign-in.
    try:
        credential.public_key.verify(b"", b"")
    except InvalidSignature:
        return True
    except (ValueError, TypeError, KeyError, NotImplementedError):
        return False
    return False


def _values(answer: str) -> Mapping[str, Any]:
    values = json.loads(answer)
    if not isinstance(values, dict):
        raise TypeError("no object")
    return values


def _state(client: CollectedClientData) -> Mapping[str, object]:
    # That the challenge was ours is known by its digest (`proofs.finish`), so it is compared with itself here.
    return {"challenge": websafe_encode(client.challenge), "user_verification": REQUIRED}


def _require_top(client: CollectedClientData, account: Account | None = None) -> None:
    # No page of this console is ever shown inside another site's (section 7.2 steps 9 and 10).
    if client.cross_origin:
        raise PasskeyRefused("asked for inside another site's page", account)


def _described(passkey: Passkey) -> PublicKeyCredentialDescriptor:
    return PublicKeyCredentialDescriptor(type=PublicKeyCredentialType.PUBLIC_KEY, id=passkey.credential_id)


def _name(name: str) -> str:
    shown = "".join(c for c in name if c.isprintable()).strip()[:NAME_LENGTH]
    if not shown:
        raise InvalidRequest("Give the passkey a name.")
    return shown
