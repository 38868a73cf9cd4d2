"""Making a password that keeps to rules, each such password as likely as every other.

The passwords of a length that keep to the rules are counted, place by place, and one is drawn by the counts. So every
required class is there by construction, nothing is drawn in vain, and no password is likelier than another, which
neither filling the required places first nor shuffling gives. Randomness is the system's (`secrets`).
"""

import functools
import math
import secrets
from dataclasses import dataclass
from typing import Final

from extension_api.generate.grammar import InvalidRules, Rules, parse

LENGTH: Final = 20
"""Characters, where the rules allow: 124 bits of the default alphabet."""
LEAST_BITS: Final = 100
"""A password is made longer, where the rules allow, until there are 2**100 of its kind: at 10**12 guesses a second,
4 * 10**10 years."""
LONGEST: Final = 128
AMBIGUOUS: Final = frozenset("0Oo1lI|`'\"")
"""What is mistaken for another when it is read aloud or typed off."""
DEFAULT: Final = parse("minlength: 20; required: lower; required: upper; required: digit; required: [-!#$%*+.:=?@^_~];")
STEPS: Final = 2_000_000
"""Work that one password may cost; rules that real sites write need a thousandth."""


@dataclass(frozen=True, slots=True)
class Made:
    """A password, and how many bits it takes to name it among all that might have been drawn."""

    password: str
    bits: int

    def __repr__(self) -> str:
        return f"<password of {self.bits} bits>"


def compose(rules: Rules, *, length: int | None = None, avoid_ambiguous: bool = False) -> Made:
    """Make a password.

    Args:
        rules: What it must keep to.
        length: How many characters are wanted; kept within what the rules allow.
        avoid_ambiguous: Whether characters that look alike are left out, where the rules allow that.

    Raises:
        InvalidRules: No password keeps to them, or finding one would cost too much.
    """
    most = min(rules.maxlength or LONGEST, LONGEST)
    least = min(rules.minlength or 1, most)
    wanted = max(least, min(length or LENGTH, most))
    drawing = _Drawing(rules, avoid_ambiguous=avoid_ambiguous)
    while length is None and wanted < most and drawing.bits(wanted) < LEAST_BITS:
        wanted += 1
    return Made(drawing.draw(wanted), math.floor(drawing.bits(wanted)))


class _Drawing:
    """The passwords that keep to some rules, counted by how they go on.

    Characters that lie in the same required sets are alike to the rules, so they are counted together: a kind is the
    bit mask of the sets that it lies in. A state is how many places are left, which sets are served, the kind of the
    last character and how often it stands in a row.
    """

    def __init__(self, rules: Rules, *, avoid_ambiguous: bool) -> None:
        usable = [_usable(each, avoid_ambiguous=avoid_ambiguous) for each in rules.required]
        # A set that holds another whole one is served whenever that one is.
        required = [each for each in set(usable) if not any(other < each for other in set(usable))]
        allowed = _usable(rules.allowed, avoid_ambiguous=avoid_ambiguous).union(*required)
        self._kinds: dict[int, list[str]] = {}
        for character in sorted(allowed):
            kind = sum(1 << place for place, each in enumerate(required) if character in each)
            self._kinds.setdefault(kind, []).append(character)
        self._all = (1 << len(required)) - 1
        self._run = rules.max_consecutive
        self._count = functools.cache(self._counted)

    def bits(self, length: int) -> float:
        """Return the binary logarithm of how many passwords of a length there are; -1 for none."""
        total = self._from_start(length)
        return math.log2(total) if total else -1.0

    def draw(self, length: int) -> str:
        """Draw one of them, each as likely as every other.

        Raises:
            InvalidRules: There is none.
        """
        total = self._from_start(length)
        if not total:
            raise InvalidRules(f"No password of {length} characters keeps to these rules.")
        state, drawn = (length, 0, -1, 0), ""
        while state[0]:
            place = secrets.randbelow(self._count(*state))
            for ways, following, characters in self._choices(*state, drawn[-1:]):
                weight = ways * self._count(*following)
                if place < weight:
                    drawn += secrets.choice(characters)
                    state = following
                    break
                place -= weight
        return drawn

    def _from_start(self, length: int) -> int:
        run = min(self._run or 1, length)
        if length * (self._all + 1) * len(self._kinds) ** 2 * run > STEPS:
            raise InvalidRules("These rules ask for too much at once.")
        return self._count(length, 0, -1, 0)

    def _counted(self, left: int, served: int, last: int, run: int) -> int:
        if left == 0:
            return int(served == self._all)
        return sum(
            ways * self._count(*following) for ways, following, _ in self._choices(left, served, last, run, None)
        )

    def _choices(
        self, left: int, served: int, last: int, run: int, before: str | None
    ) -> list[tuple[int, tuple[int, int, int, int], list[str]]]:
        """Return what may stand next: in how many ways, which state follows, and (for `before`) the characters."""
        found = []
        for kind, characters in self._kinds.items():
            if self._run is None:
                found.append((len(characters), (left - 1, served | kind, -1, 0), characters))
                continue
            others = characters if kind != last else [each for each in characters if each != before]
            ways = len(characters) - (kind == last)
            if ways:
                found.append((ways, (left - 1, served | kind, kind, 1), others))
        if self._run is not None and last >= 0 and run < self._run:
            found.append((1, (left - 1, served, last, run + 1), [before or ""]))
        return found


def _usable(characters: frozenset[str], *, avoid_ambiguous: bool) -> frozenset[str]:
    """Leave out what is lost at the ends of a field, and what looks alike if that is wanted, unless nothing is left."""
    without = characters - {" "} or characters
    return (without - AMBIGUOUS or without) if avoid_ambiguous else without
