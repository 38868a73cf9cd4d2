"""The file of an export: its owner's alone from its first byte, under its own name only when it is whole."""

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from extension_api.errors import SetupError

MODE: Final = 0o600
PARTIAL: Final = ".wayfill-partial"


def write(target: Path, content: Iterable[bytes]) -> None:
    """Write a new file; a failure leaves none.

    Raises:
        SetupError: There is a file of that name already, or it cannot be written.
    """
    partial = target.with_name(f".{target.name}{PARTIAL}")
    try:
        # What a killed export left holds secrets too: it goes first, and never lends its mode to the new one.
        partial.unlink(missing_ok=True)
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, MODE)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.writelines(content)
                file.flush()
                os.fsync(file.fileno())
            # A link is never made over a file that is there, as a rename would be.
            os.link(partial, target, follow_symlinks=False)
        finally:
            with contextlib.suppress(OSError):
                partial.unlink()
    except FileExistsError:
        raise SetupError(f"{target} is there already; an export is never written over.") from None
    except OSError as error:
        raise SetupError(f"{target} cannot be written: {error.strerror}.") from None


def require_new(target: Path) -> None:
    """Check that nothing stands in the way of a new file, before an export is put on record.

    Raises:
        SetupError: There is a file of that name already, or no folder for it.
    """
    if target.exists() or target.is_symlink():
        raise SetupError(f"{target} is there already; an export is never written over.")
    if not target.parent.is_dir():
        raise SetupError(f"There is no folder {target.parent}.")
