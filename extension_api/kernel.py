"""What one running installation is made of, handed to every call: settings, database, keys, time.

There is one kernel per application and no global one. A feature that keeps something in the process (a cache) keeps it
here by its type, so that two applications in one process share nothing.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from flask import Request
from sqlalchemy.orm import Session

from extension_api.clock import Clock
from extension_api.crypto import Keyring
from extension_api.db import Database
from extension_api.permissions import Identity
from extension_api.settings import Settings

T = TypeVar("T")
Authenticator = Callable[["Kernel", Session, Request], Identity]
Environment = dict[str, Any]
"""A request as WSGI has it (PEP 3333)."""
QuickAuthenticator = Callable[["Kernel", Environment], Identity]


@dataclass(slots=True)
class Kernel:
    """The parts of one installation.

    Args:
        settings: How the installation is set up.
        database: Where everything is kept.
        keyring: Seals and opens secret fields.
        clock: Tells the time.
    """

    settings: Settings
    database: Database
    keyring: Keyring
    clock: Clock
    authenticators: dict[str, Authenticator] = field(default_factory=dict)
    """How each guard turns a request into an identity; filled by the feature that knows sessions."""
    quick_authenticators: dict[str, QuickAuthenticator] = field(default_factory=dict)
    """The same by a single statement, in no transaction."""
    _shared: dict[type, Any] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def shared(self, kind: type[T]) -> T:
        """Return this installation's one object of `kind`, made without arguments at its first use."""
        known: T | None = self._shared.get(kind)
        if known is not None:
            return known
        with self._lock:
            if kind not in self._shared:
                self._shared[kind] = kind()
            made: T = self._shared[kind]
            return made
