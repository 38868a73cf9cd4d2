"""The sessions of a person, one a device, as they and administrators see and end them.

An ended session is refused at its next request: every request looks at its session's row.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from extension_api.audit import service as audit
from extension_api.audit.service import Action
from extension_api.errors import NotFound
from extension_api.permissions import Identity, require_fresh
from extension_api.sessions.models import SignedIn
from extension_api.sessions.service import end_one, living


def of_person(session: Session, account_id: UUID, *, now: int) -> Sequence[SignedIn]:
    """Return the sessions of a person that are good for anything, the last used first.

    Args:
        session: A transaction.
        account_id: The person.
        now: The time, in seconds since the epoch.
    """
    wanted = (SignedIn.account_id == account_id, SignedIn.ended_at.is_(None), SignedIn.expires_at > now)
    rows = session.scalars(select(SignedIn).where(*wanted).order_by(SignedIn.last_used_at.desc(), SignedIn.id)).all()
    return [row for row in rows if living(row, now)]


def revoke(session: Session, identity: Identity, session_id: UUID, *, now: int) -> SignedIn:
    """End a session of the caller, or, for an administrator, of anybody.

    A stolen session must not be able to put others out, so that asks for a fresh proof; ending one's own never does,
    since whoever finds a session that they do not know should be quick.

    Raises:
        ConfirmationRequired: It is somebody else's, and the caller's session has not proved itself lately.
        NotFound: There is no such session, it is over, or it is not the caller's to end.
    """
    found = session.get(SignedIn, session_id)
    if found is None or not living(found, now):
        raise NotFound
    if found.account_id != identity.account_id and not identity.administrator:
        raise NotFound
    if found.account_id != identity.account_id:
        require_fresh(identity, now=now)
    end_one(session, found.id, now=now)
    detail = f"{found.device} of {found.account.name}"
    audit.record(session, identity, Action.SESSION_REVOKE, now=now, detail=detail)
    return found
