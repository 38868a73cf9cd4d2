"""The table of password rules by site, as they were imported."""

from sqlalchemy import Boolean, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from extension_api.db import Base

HOST_LENGTH = 253
"""Characters of the longest host name (RFC 1035 section 2.3.4)."""


class SiteRules(Base):
    """What one site asks of its passwords."""

    __tablename__ = "password_rules"

    host: Mapped[str] = mapped_column(String(HOST_LENGTH), primary_key=True)
    """The site's name; the rules hold for hosts below it as well, unless they are `exact`."""
    rules: Mapped[str] = mapped_column(Text)
    """In the grammar of Apple's `passwordrules`, checked before it was stored."""
    exact: Mapped[bool] = mapped_column(Boolean)
    """Whether they hold for this very host alone."""
