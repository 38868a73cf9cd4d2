"""Import from other password managers and export for them.

`formats.py` finds the reader that fits a file; every reader gives the same `items.Item`; `ready.py` checks what an item
holds, `importing.py` puts it into a list, `exporting.py` writes records out. Nothing here opens a network connection.
"""

from extension_api.transfer.models import Imported

__all__ = ["Imported"]
