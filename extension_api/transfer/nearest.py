"""Which strategy of ours comes nearest to how another program matches an address.

Where the two cannot be the same, ours is the narrower one: a login that is not offered is noticed and mended, one that
is offered on a page of somebody else is not.
"""

import re
from typing import Final

from extension_api.transfer.items import Address

_HOST_IN_EXPRESSION: Final = re.compile(r"(?:[a-z0-9-]+\.)*[a-z0-9-]+(?::[0-9]+)?\Z", re.IGNORECASE)
_SCHEME: Final = re.compile(r"\^?\(?(?:https?\??|http\[s\]\?|https\?|\(\?:https\?\)|\(https\?\)|\.\*)?\)?:?\\?/\\?/")
_END_OF_HOST: Final = re.compile(r"\(?(?:\?:)?(?:\\?/|\$|\\\?|:(?=\(|\[|\\?[0-9d]))")
"""A slash, the end, a question mark that is meant, a port; each also at the beginning of a group."""


def beginning(url: str) -> Address:
    """Return the address for all pages whose address begins with `url`.

    A text that merely begins alike may go on in the middle of a host (`https://example.com` and
    `https://example.com.evil.test`); ours never does.
    """
    rest = url.partition("://")[2] or url
    path = rest[rest.find("/") :] if "/" in rest else ""
    # A star of the address itself cannot be told from one of a pattern.
    if "*" in url or (path.endswith("/") and "?" not in path) or not path:
        return Address(url, "path")
    return Address(f"{url}*", "pattern")


def never(url: str) -> Address:
    """Return the address for a page that is kept with an item but never filled.

    It keeps the item from that very address alone: elsewhere the other program fills as its other addresses say.
    """
    return Address(url, "exact", veto=True)


def expression(written: str) -> Address:
    """Return the address for pages whose address an expression is found in, whatever the case of letters.

    Ours needs to know the site and has to match the whole address, so the host is read out of the expression. Where it
    names none, `url` is empty and the link is refused with that reason.
    """
    host = _host(written)
    return Address(f"https://{host}/" if host else "", "regex", expression=f"(?i).*(?:{written}).*")


def _host(written: str) -> str:
    scheme = _SCHEME.match(written)
    rest = written[scheme.end() :] if scheme else written.removeprefix("^")
    end = _END_OF_HOST.search(rest)
    given = rest[: end.start()] if end else rest
    # An escaped point is a point; a bare one stands for any character, so what is before it is not part of the name.
    literal = given.replace(".", "\0").replace("\\\0", ".")
    found = _HOST_IN_EXPRESSION.search(literal)
    host = found[0].lstrip(".-") if found else ""
    # What stands before the name must end at a point, or the name may be the end of a longer one.
    before = literal[: found.start()] if found else ""
    if before and not before.endswith((".", ".)", ".)*", ".)+", ".)?", "\0*.", "@")):
        host = host.partition(".")[2]
    return host if "." in host else ""
