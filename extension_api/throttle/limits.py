"""How many attempts of each kind are judged, and how long the next has to wait.

Passwords go by the policy. A code of six digits is found by trying, and whoever tries has the password already: so
codes have bounds of their own, which the policy can make stricter and never weaker. What they come to is in
SECURITY.md, and `tests/extension_api/throttle/test_codes.py` counts it out.
"""

from dataclasses import dataclass
from typing import Final

from extension_api.policy import DAY, Policy
from extension_api.throttle.models import Kind, Scope

CODES_PER_PAIR: Final = 5
"""Wrong codes of one person from one address before delays begin."""
CODES_PER_PERSON: Final = 10
"""Wrong codes of one person over all addresses before delays begin."""
CODES_FIRST_DELAY: Final = 60
"""Seconds after the last permitted one; each further one doubles it. By then an authenticator shows another code."""
CODES_LONGEST_DELAY: Final = 2 * 3600
"""Seconds. Not longer, so that whoever is kept out by a stranger with their password has their turn the same day."""
CODES_FORGET_AFTER: Final = DAY
"""Seconds without a further failure; less, and whoever tries would come off best by pausing."""
MOST_DOUBLINGS: Final = 20
"""Beyond these a delay has reached the longest that a policy may set."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What holds for one kind of attempt. Times are seconds.

    Args:
        permitted: Attempts in each scope before delays begin.
        first_delay: After the last permitted one.
        longest_delay: That none exceeds.
        forget_after: Without a further failure, after which earlier ones are forgotten.
    """

    permitted: dict[Scope, int]
    first_delay: int
    longest_delay: int
    forget_after: int

    def delay(self, beyond: int) -> int:
        """Return the seconds before the next attempt.

        Args:
            beyond: Attempts beyond the last permitted one; negative while some are left.
        """
        if beyond < 0:
            return 0
        return min(self.first_delay << min(beyond, MOST_DOUBLINGS), self.longest_delay)


def of(policy: Policy, kind: Kind) -> Limits:
    """Return what holds for one kind of attempt under a policy."""
    permitted = {
        Scope.PAIR: policy.permitted_attempts,
        Scope.ADDRESS: policy.permitted_people,
        Scope.PERSON: policy.permitted_over_addresses,
    }
    if kind is Kind.PASSWORD:
        return Limits(permitted, policy.first_delay, policy.longest_delay, policy.forget_after)
    permitted |= {
        Scope.PAIR: min(policy.permitted_attempts, CODES_PER_PAIR),
        Scope.PERSON: min(policy.permitted_over_addresses, CODES_PER_PERSON),
    }
    return Limits(
        permitted,
        max(policy.first_delay, CODES_FIRST_DELAY),
        max(policy.longest_delay, CODES_LONGEST_DELAY),
        max(policy.forget_after, CODES_FORGET_AFTER),
    )
