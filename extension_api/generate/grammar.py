"""The grammar of Apple's `passwordrules` attribute: text in, rules out, nothing else touched.

`minlength: 8; maxlength: 20; required: lower, upper; required: digit; allowed: [-!#]; max-consecutive: 2;` - each
`required` wants one character of any of its classes; what is allowed is all that is allowed or required, or every
printable ASCII character if nothing is (developer.apple.com/password-rules; PasswordRulesParser.js in
apple/password-manager-resources). In `[...]` a `-` stands first and a `]` last.
"""

import re
import string
from dataclasses import dataclass
from typing import Final

PRINTABLE: Final = frozenset(map(chr, range(0x20, 0x7F)))
CLASSES: Final = {
    "ascii-printable": PRINTABLE,
    "digit": frozenset(string.digits),
    "lower": frozenset(string.ascii_lowercase),
    "special": frozenset("-~!@#$%^&*_+=`|(){}[:;\"'<>,.?] "),
    # Every Unicode character: those that every keyboard and every form takes are enough of them.
    "unicode": PRINTABLE,
    "upper": frozenset(string.ascii_uppercase),
}
NUMBERS: Final = ("max-consecutive", "maxlength", "minlength")
LONGEST: Final = 4_000
"""Characters of rules."""
LARGEST: Final = 9_999
"""The largest number in rules; no form takes a longer password."""
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z-]*")
_NUMBER: Final = re.compile(r"\d+", re.ASCII)
_SPACE: Final = " \t\r\n\f"


class InvalidRules(ValueError):
    """The text is not in the grammar, or asks for what no password can be; the message says where and why."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What a password must be.

    Args:
        required: Sets of which each must give a character.
        allowed: Every character that may stand in it; holds the required ones.
        minlength: Characters at the least, if that is said.
        maxlength: Characters at the most, if that is said.
        max_consecutive: How often one character may stand in a row, if that is said.
    """

    required: tuple[frozenset[str], ...]
    allowed: frozenset[str]
    minlength: int | None = None
    maxlength: int | None = None
    max_consecutive: int | None = None

    def keeps(self, password: str) -> bool:
        """Tell whether a password keeps to these rules."""
        if not (self.minlength or 0) <= len(password) <= (self.maxlength or len(password)):
            return False
        if not set(password) <= self.allowed or any(each.isdisjoint(password) for each in self.required):
            return False
        run = self.max_consecutive
        return run is None or not any(character * (run + 1) in password for character in set(password))


def parse(text: str) -> Rules:
    """Return the rules that a text says; a number that is said twice holds in its stricter sense.

    Raises:
        InvalidRules: It is not in the grammar, or asks for what no password can be.
    """
    if len(text) > LONGEST:
        raise InvalidRules(f"The rules are longer than {LONGEST} characters.")
    reader = _Reader(text)
    required: list[frozenset[str]] = []
    allowed: frozenset[str] = frozenset()
    numbers: dict[str, list[int]] = {name: [] for name in NUMBERS}
    while reader.skip(_SPACE + ";"):
        name = reader.name()
        reader.colon(name)
        if name in numbers:
            numbers[name].append(reader.number(name))
        elif name == "required":
            required.append(reader.classes(name))
        elif name == "allowed":
            allowed |= reader.classes(name)
        else:
            raise InvalidRules(f"There is no rule named {name}; there are allowed, required, {', '.join(NUMBERS)}.")
        reader.end(name)
    every = allowed.union(*required) or PRINTABLE
    minlength = max(numbers["minlength"], default=None)
    maxlength = min(numbers["maxlength"], default=None)
    if minlength is not None and maxlength is not None and minlength > maxlength:
        raise InvalidRules(f"No password has at least {minlength} and at most {maxlength} characters.")
    return Rules(tuple(required), every, minlength, maxlength, min(numbers["max-consecutive"], default=None))


class _Reader:
    """Walks a text once, and says where it stands when something is wrong."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def skip(self, characters: str) -> bool:
        """Pass over any of these characters; tell whether anything is left."""
        while self._at < len(self._text) and self._text[self._at] in characters:
            self._at += 1
        return self._at < len(self._text)

    def name(self) -> str:
        found = _NAME.match(self._text, self._at)
        if found is None:
            raise self._wrong("a rule's name")
        self._at = found.end()
        return found.group().lower()

    def colon(self, name: str) -> None:
        if not self.skip(_SPACE) or self._text[self._at] != ":":
            raise self._wrong(f"`:` after {name}")
        self._at += 1

    def number(self, name: str) -> int:
        self.skip(_SPACE)
        found = _NUMBER.match(self._text, self._at)
        if found is None or not 0 < int(found.group()[:5]) <= LARGEST or len(found.group().lstrip("0")) > 4:
            raise self._wrong(f"a number from 1 to {LARGEST} for {name}")
        self._at = found.end()
        return int(found.group())

    def classes(self, name: str) -> frozenset[str]:
        found: frozenset[str] = frozenset()
        while True:
            self.skip(_SPACE)
            found |= self._class(name)
            if not self.skip(_SPACE) or self._text[self._at] != ",":
                return found
            self._at += 1

    def end(self, name: str) -> None:
        if self.skip(_SPACE) and self._text[self._at] != ";":
            raise self._wrong(f"`;` after {name}")

    def _class(self, name: str) -> frozenset[str]:
        if self._text[self._at : self._at + 1] == "[":
            return self._custom()
        found = _NAME.match(self._text, self._at)
        if found is None or found.group().lower() not in CLASSES:
            raise self._wrong(f"one of {', '.join(CLASSES)} or [...] for {name}")
        self._at = found.end()
        return CLASSES[found.group().lower()]

    def _custom(self) -> frozenset[str]:
        begin = self._at + 1
        close = self._text.find("]", begin)
        if close < 0:
            raise self._wrong("`]` at the end of [...]")
        if self._text[close + 1 : close + 2] == "]":
            close += 1
        inside = self._text[begin:close]
        if "-" in inside[1:]:
            raise InvalidRules(f"In [{inside}] a `-` must stand first; there are no ranges.")
        # Real rules name letters like `ä` here; as in Apple's parser they are left out: not every form takes them.
        characters = PRINTABLE & frozenset(inside)
        if not characters:
            raise self._wrong("a printable ASCII character in [...]")
        self._at = close + 1
        return characters

    def _wrong(self, wanted: str) -> InvalidRules:
        found = f"there is {self._text[self._at : self._at + 12]!r}" if self._at < len(self._text) else "the rules end"
        return InvalidRules(f"At character {self._at + 1} of the rules {found}; {wanted} was expected.")
