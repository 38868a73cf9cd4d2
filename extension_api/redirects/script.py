"""Where a page's own script sends the browser at once, in the few forms that name the address as a literal.

No script is run. What is looked for is a statement that is reached when the page loads: `location = "..."`,
`location.href = "..."`, `location.replace("...")`, `location.assign("...")`. What stands inside a function that nobody
calls here, behind a condition, or is put together from parts is left alone: a wrong hop is worse than none.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

TOKEN: Final = re.compile(
    r"""
      (?P<skip> \s+ | //[^\n]* | /\*(?:.*?\*/|.*) | <!--[^\n]* )
    | (?P<text> "(?:[^"\\\n]|\\.)*+"? | '(?:[^'\\\n]|\\.)*+'? | `(?:[^`\\]|\\.)*+`? )
    | (?P<word> [A-Za-z_$][\w$]* )
    | (?P<mark> => | [(){}\[\];=+.,] )
    | (?P<other> . )
    """,
    re.VERBOSE | re.DOTALL,
)
"""Each alternative is decided by its first characters and takes what it has begun, so the reading is linear."""
MOST_TOKENS: Final = 200_000
OWNERS: Final = frozenset({"window", "document", "self", "top", "parent", "globalThis"})
AT_ONCE: Final = frozenset({"setTimeout", "requestAnimationFrame", "queueMicrotask"})
LOADED: Final = frozenset({"load", "DOMContentLoaded", "pageshow"})
ESCAPE: Final = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))", re.DOTALL)
SIMPLE: Final = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": ""}


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


def onward(source: str) -> str | None:
    """Return the address that a script sends the browser to as soon as it is read, as it is written there.

    Args:
        source: The script.
    """
    tokens = list(_tokens(source))
    openings = _openings(tokens)
    reached = [True]
    for index, token in enumerate(tokens):
        if token.text == "{":
            reached.append(reached[-1] and _runs(tokens, openings, index))
        elif token.text == "}" and len(reached) > 1:
            reached.pop()
        elif token.text == "location" and reached[-1]:
            found = _statement(tokens, index)
            if found is not None:
                return found
    return None


def submits(source: str) -> bool:
    """Tell whether a script posts a form by itself, as SAML's POST binding does."""
    texts = [token.text for token in _tokens(source)]
    return any(
        (texts[at], texts[at + 1]) in ((".", "submit"), (".", "requestSubmit")) and texts[at + 2] == "("
        for at in range(len(texts) - 2)
    )


def _tokens(source: str) -> Iterator[_Token]:
    for count, match in enumerate(TOKEN.finditer(source)):
        if count >= MOST_TOKENS:
            return
        if match.lastgroup != "skip":
            yield _Token(str(match.lastgroup), match.group())


def _runs(tokens: list[_Token], openings: dict[int, int], brace: int) -> bool:
    """Tell whether the block that begins at `brace` is run when the page loads."""
    before = tokens[brace - 1].text if brace else ";"
    if before in (";", "{", "}", "try", "finally"):
        return True
    if before == "=>":
        return _called_at_once(tokens, openings.get(brace - 2, brace - 2))
    if before != ")":
        return False
    head = openings.get(brace - 1, 0) - 1
    if head >= 1 and tokens[head].kind == "word" and tokens[head - 1].text == "function":
        head -= 1
    if head >= 0 and tokens[head].text == "function":
        return _called_at_once(tokens, head)
    return False  # if, for, while, switch, catch, or a function that has a name


def _called_at_once(tokens: list[_Token], start: int) -> bool:
    """Tell whether the function that begins at `start` is called as the page loads."""
    if start >= 1 and tokens[start - 1].text == "async":
        start -= 1
    before = [token.text for token in tokens[max(0, start - 4) : start]]
    if before[-1:] == ["="]:
        return before[-2:-1] == ["onload"]
    if before[-1:] == ["("]:
        # `(function () {...})()` stands alone; as an argument it is run by whoever takes it.
        return len(before) == 1 or before[-2] in AT_ONCE or before[-2] in (";", "}", "{", "$")
    if before[-1:] == [","]:
        return before[-3:-2] == ["("] and before[-2].strip("\"'") in LOADED
    return False


def _openings(tokens: list[_Token]) -> dict[int, int]:
    """Return where each closing parenthesis was opened."""
    found, open_ = {}, []
    for at, token in enumerate(tokens):
        if token.text == "(":
            open_.append(at)
        elif token.text == ")" and open_:
            found[at] = open_.pop()
    return found


def _statement(tokens: list[_Token], at: int) -> str | None:
    """Return the literal, if a statement that begins with `location` or its owner sets it."""
    start = at
    while start >= 2 and tokens[start - 1].text == "." and tokens[start - 2].text in OWNERS:
        start -= 2
    before = tokens[start - 1] if start else _Token("mark", ";")
    # Behind a condition without braces, or as a part of something longer, it is not reached for certain.
    if before.kind in ("text", "other") or before.text in (")", "else", "var", "let", "const", ".", "=", "+", "(", ","):
        return None
    if before.kind == "word" and before.text != "void":
        return None
    rest = tokens[at + 1 : at + 7]
    texts = [token.text for token in rest]
    if texts[:2] == [".", "href"]:
        rest, texts = rest[2:], texts[2:]
    if texts[:1] == ["="] and len(rest) > 1 and rest[1].kind == "text":
        return _literal(rest[1].text) if _ends(texts[2:3]) else None
    if texts[:1] == ["."] and texts[1:2] in (["replace"], ["assign"]) and texts[2:3] == ["("] and len(rest) > 4:
        return _literal(rest[3].text) if rest[3].kind == "text" and texts[4] == ")" else None
    return None


def _ends(following: list[str]) -> bool:
    return following not in (["+"], ["."], ["["], ["("], ["="], [","])


def _literal(text: str) -> str | None:
    if len(text) < 2 or text[-1] != text[0] or (text[0] == "`" and "${" in text):
        return None
    return ESCAPE.sub(_unescape, text[1:-1])


def _unescape(match: re.Match[str]) -> str:
    code = match[1] or match[2]
    return chr(int(code, 16)) if code else SIMPLE.get(match[3], match[3])
