"""Where master keys come from: a file, the environment, or a command that prints them.

A source gives one key or several, in base64, one a line. Which of them seals is said by the database, not by the order
here; but the first one seals in a new installation. Keys are never logged, and neither is what a command prints.
"""

import base64
import contextlib
import os
import secrets
import select
import shlex
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from extension_api.errors import SetupError
from extension_api.settings import KEY_BYTES, MasterKey, Settings, keys_in

COMMAND_LIMIT: Final = 10.0
"""Seconds that a key command may take; a secret store in the same network answers in one."""
OUTPUT_LIMIT: Final = 4096
"""Bytes that it may print: some fifty keys."""


class KeySource(Protocol):
    """Gives the keys as they are now."""

    @property
    def described(self) -> str:
        """Where that is, in words for a person."""

    def read(self) -> tuple[MasterKey, ...]:
        """Return the keys, at least one.

        Raises:
            SetupError: There is none, or it cannot be read.
        """


@dataclass(frozen=True, slots=True)
class KeyFile:
    """A file that its owner alone may read."""

    path: Path

    @property
    def described(self) -> str:
        """Where the keys are."""
        return f"the file {self.path}"

    def make(self) -> None:
        """Write a new key to a new file.

        Raises:
            SetupError: The file cannot be written, or is there already: a key is never written over.
        """
        try:
            descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                _write(file.fileno(), [new_key()])
            sync_folder(self.path.parent)
        except OSError as error:
            raise SetupError(f"The key file {self.path} cannot be written: {error.strerror}.") from None

    def read(self) -> tuple[MasterKey, ...]:
        """Return the keys in the file.

        Raises:
            SetupError: The file is missing, open to others, or holds no key.
        """
        try:
            if self.path.stat().st_mode & 0o077:
                raise SetupError(f"Others may read the key file {self.path}; run: chmod 600 {self.path}")
            content = self.path.read_bytes()
        except FileNotFoundError:
            raise SetupError(
                f"The key file {self.path} is missing, and the records cannot be opened without it. Put it back from"
                " your backup; no new key was made."
            ) from None
        except OSError as error:
            raise SetupError(f"The key file {self.path} cannot be read: {error.strerror}.") from None
        try:
            return keys_in(content)
        except ValueError:
            raise SetupError(
                f"The key file {self.path} holds no key of {KEY_BYTES} bytes in base64; put it back from your backup."
            ) from None

    def replace(self, keys: Sequence[MasterKey]) -> None:
        """Put these keys in the place of those in the file, at once and durably, for the same owner.

        Raises:
            SetupError: The file cannot be written; it is as it was.
        """
        path = self.path.resolve()  # a link to the file stays one
        beside = path.with_name(f"{path.name}.new")
        try:
            owner = path.stat()
            with contextlib.suppress(FileNotFoundError):
                beside.unlink()  # left by a writer that was killed
            descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                # A service that runs as another user must still be able to read what root wrote for it.
                if (owner.st_uid, owner.st_gid) != (os.geteuid(), os.getegid()):
                    os.fchown(file.fileno(), owner.st_uid, owner.st_gid)
                _write(file.fileno(), keys)
            beside.rename(path)
            sync_folder(path.parent)
        except OSError as error:
            with contextlib.suppress(OSError):
                beside.unlink()
            raise SetupError(f"The key file {path} cannot be written: {error.strerror}; it is as it was.") from None


@dataclass(frozen=True, slots=True)
class KeyEnvironment:
    """Keys that the process was started with; they stay the same until it ends."""

    keys: tuple[MasterKey, ...]

    @property
    def described(self) -> str:
        """Where the keys are."""
        return "the environment (WAYFILL_MASTER_KEY)"

    def read(self) -> tuple[MasterKey, ...]:
        """Return the keys."""
        return self.keys


@dataclass(frozen=True, slots=True)
class KeyCommand:
    """A command that prints the keys, such as the client of a secret store. It is run without a shell."""

    command: str = field(repr=False)
    limit: float = COMMAND_LIMIT

    @property
    def described(self) -> str:
        """Where the keys are; the command's arguments may be secret."""
        return f"the command {shlex.split(self.command)[0]} (WAYFILL_KEY_COMMAND)"

    def read(self) -> tuple[MasterKey, ...]:
        """Return the keys that the command prints now.

        Raises:
            SetupError: It cannot be run, fails, takes too long, or prints no key.
        """
        try:
            printed = self._run()
        except TimeoutError:
            raise SetupError(f"The key command took longer than {self.limit:g} s and was ended.") from None
        except OSError as error:
            raise SetupError(f"The key command cannot be run: {error.strerror}.") from None
        try:
            return keys_in(printed)
        except ValueError:
            raise SetupError(
                f"The key command printed no key of {KEY_BYTES} bytes in base64; what it printed is not shown."
            ) from None

    def _run(self) -> bytes:
        deadline = time.monotonic() + self.limit
        # Standard error may quote what must not be logged. The session of its own lets all that it starts be ended.
        process = subprocess.Popen(  # noqa: S603 - the administrator's own command, without a shell
            shlex.split(self.command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        with process:
            try:
                printed = _read_until(process, deadline)
                status = process.wait(max(deadline - time.monotonic(), 0.01))
            except BaseException as error:
                # What it started may hold the pipe longer than it lived itself.
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                if isinstance(error, subprocess.TimeoutExpired):
                    raise TimeoutError from None
                raise
        if status != 0:
            raise SetupError(f"The key command ended with status {status}; what it printed is not shown.")
        return printed


def source_of(settings: Settings) -> KeySource:
    """Return where the keys of this installation come from."""
    if settings.key_command is not None:
        return KeyCommand(settings.key_command)
    return KeyEnvironment(settings.master_keys) if settings.master_keys else KeyFile(settings.key_file)


def new_key() -> MasterKey:
    """Make a key."""
    return MasterKey(secrets.token_bytes(KEY_BYTES))


def as_text(key: MasterKey) -> str:
    """Return a key as a source gives it."""
    return base64.b64encode(key).decode()


def sync_folder(path: Path) -> None:
    """Make durable which files a folder holds."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write(descriptor: int, keys: Sequence[MasterKey]) -> None:
    content = "".join(f"{as_text(key)}\n" for key in keys).encode()
    if os.write(descriptor, content) != len(content):
        raise OSError(0, "the disk is full")
    os.fsync(descriptor)


def _read_until(process: subprocess.Popen[bytes], deadline: float) -> bytes:
    assert process.stdout is not None  # noqa: S101 - narrows the type; it is a pipe
    descriptor, read = process.stdout.fileno(), b""
    ready = select.poll()
    ready.register(descriptor, select.POLLIN)
    while len(read) <= OUTPUT_LIMIT:
        if not ready.poll(max(deadline - time.monotonic(), 0) * 1000):
            raise TimeoutError
        part = os.read(descriptor, OUTPUT_LIMIT)
        if not part:
            return read
        read += part
    raise SetupError("The key command printed more than keys; what it printed is not shown.")
