"""A screen without a monitor: starts Xvfb, presses real keys on it, and takes its picture.

For what a headless browser cannot show: a keyboard command pressed as a key, and the browser's own window with the
popup open. Pictures are read from the X server's own dump file, so no further program is needed.
"""

import contextlib
import os
import struct
import subprocess
import tempfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.practice import programs

XWD_HEADER_FIELDS = 25  # XWDFile.h of X11: the header is 25 CARD32, big-endian, then the window's name
XWD_COLOUR_BYTES = 12  # one XWDColor


@dataclass(frozen=True)
class Screen:
    """A running Xvfb."""

    display: str
    dump: Path

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a program that shall open its windows here."""
        return {name: value for name, value in os.environ.items() if name != "WAYLAND_DISPLAY"} | {
            "DISPLAY": self.display
        }

    def press(self, keys: str) -> None:
        """Press keys as a person would, e.g. `ctrl+shift+l`, in whatever window has the focus."""
        presser = programs.key_presser()
        if presser is None:
            raise FileNotFoundError("xdotool")
        subprocess.run([str(presser), "key", "--clearmodifiers", keys], env=self.environment, check=True, timeout=10)

    def picture(self) -> bytes:
        """The whole screen as PNG."""
        return _png(self.dump.read_bytes())


@contextlib.contextmanager
def screen(width: int = 1280, height: int = 800) -> Iterator[Screen]:
    """Run Xvfb on a display number that it finds free. Raises FileNotFoundError where there is no Xvfb."""
    program = programs.virtual_screen()
    if program is None:
        raise FileNotFoundError("Xvfb")
    with tempfile.TemporaryDirectory(prefix="wayfill-screen-") as folder:
        reading, writing = os.pipe()
        size = f"{width}x{height}x24"
        process = subprocess.Popen(
            [str(program), "-displayfd", str(writing), "-screen", "0", size, "-fbdir", folder, "-nolisten", "tcp"],
            pass_fds=[writing],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(writing)
        with os.fdopen(reading, "rb") as answer:
            number = answer.readline().decode().strip()
        try:
            if not number:
                raise RuntimeError(f"Xvfb gave no display number, exit code {process.wait(10)}")
            yield Screen(f":{number}", Path(folder) / "Xvfb_screen0")
        finally:
            process.terminate()
            process.wait(10)


def _png(dump: bytes) -> bytes:
    """An X window dump (32 bits a pixel, as Xvfb writes it at depth 24) as PNG."""
    header = struct.unpack_from(f">{XWD_HEADER_FIELDS}I", dump)
    header_size, _version, _format, _depth, width, height, _offset, byte_order = header[:8]
    bits_per_pixel, bytes_per_line, colours = header[11], header[12], header[19]
    if bits_per_pixel != 32:
        raise ValueError(f"a dump of {bits_per_pixel} bits a pixel")
    start = header_size + colours * XWD_COLOUR_BYTES
    rows = bytearray()
    for line in range(height):
        row = dump[start + line * bytes_per_line :][: width * 4]
        red, green, blue = (row[2::4], row[1::4], row[0::4]) if byte_order == 0 else (row[1::4], row[2::4], row[3::4])
        pixels = bytearray(width * 3)
        pixels[0::3], pixels[1::3], pixels[2::3] = red, green, blue
        rows += b"\0" + pixels
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
            _chunk(b"IDAT", zlib.compress(bytes(rows))),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
