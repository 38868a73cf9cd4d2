"""Does the time of a refused sign-in tell whether the person exists, or has a second factor? Over HTTP, a real server.

Attempts on known and unknown names are made in rounds, one of each kind in a random order, so that whatever else the
machine does falls on all alike. Each comes from a loopback address of its own, so that no counter uses up its permitted
number: an attempt that is refused unjudged would spoil the sample. Known names are compared with each other in the same
way, which shows what the measurement itself can tell apart; how small a difference would have stood out is printed too.

Run: python -m benchmarks.sign_in_timing [--seconds 40] [--attempts 200]; it ends with the first of them that is reached
but not before 30 attempts of each kind.
"""

import argparse
import http.client
import json
import random
import statistics
import tempfile
import time
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Final

from extension_api.accounts import passwords
from extension_api.accounts import service as accounts
from extension_api.audit.service import COMMAND_LINE
from extension_api.factors import codes, second
from extension_api.installation import open_database
from extension_api.permissions import Identity
from extension_api.settings import from_environment
from tests.practice.service import Service
from tests.practice.serving import LOOPBACK

PEOPLE: Final = 20
"""Known names, and as many unknown ones, so that none is tried as often as is permitted over all addresses."""
ATTEMPTS: Final = 200
"""Of each kind, at the most."""
LEAST: Final = 30
"""Of each kind, however slow the machine is."""
SECONDS: Final = 40.0
WARM_UP: Final = 10
ALTERNATIVES: Final = 1_000
"""Resamplings for the interval of the difference."""
KINDS: Final = ("known", "known again", "with codes", "unknown")


def attempt(port: int, number: int, name: str) -> float:
    """Make one wrong attempt; return how long the answer took, in milliseconds."""
    source = f"127.{1 + number // 62_500}.{number // 250 % 250}.{1 + number % 250}"
    body = json.dumps({"username": name, "password": "wrong, and long enough", "device": "benchmark"})
    with closing(http.client.HTTPConnection(LOOPBACK, port, timeout=60, source_address=(source, 0))) as connection:
        connection.connect()
        begin = time.perf_counter()
        connection.request("POST", "/api/v1/session", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        took = time.perf_counter() - begin
    assert answer.status == 401, f"attempt {number} on {name} was answered {answer.status}, so it was not judged"
    return took * 1_000


def mann_whitney(one: list[float], other: list[float]) -> tuple[float, float, float]:
    """Compare two samples by rank (Mann and Whitney 1947, normal approximation).

    Returns:
        The probability that a value of `other` is above one of `one`, the standard score, the two-sided probability of
        such a score if both are alike.
    """
    above = sum((b > a) + (b == a) / 2 for a in one for b in other)
    n, m = len(one), len(other)
    score = (above - n * m / 2) / (n * m * (n + m + 1) / 12) ** 0.5
    return above / (n * m), score, 2 * (1 - statistics.NormalDist().cdf(abs(score)))


def interval(one: list[float], other: list[float], chance: random.Random) -> tuple[float, float]:
    """Return the 95 % interval of the difference of medians (percentile bootstrap)."""
    found = sorted(
        statistics.median(chance.choices(other, k=len(other))) - statistics.median(chance.choices(one, k=len(one)))
        for _ in range(ALTERNATIVES)
    )
    return found[ALTERNATIVES * 25 // 1_000], found[ALTERNATIVES * 975 // 1_000]


def furnish(service: Service) -> None:
    """Add the known people, each with a password and half of them with one-time codes, as the console does."""
    database, keyring = open_database(from_environment(service.environment))
    try:
        for n in range(PEOPLE):
            for name in (f"person-{n}", f"coded-{n}"):
                hashed = passwords.hash_password(f"practice-password-of-{name}", minimum=12)
                now = int(time.time())
                with database.writing() as session:
                    account = accounts.add(session, COMMAND_LINE, name, administrator=False, now=now)
                    accounts.set_password(session, account, hashed, who=COMMAND_LINE, now=now)
                    if name.startswith("coded"):
                        secret = second.set_up(session, keyring, account.id, now=now)
                        identity = Identity(account.id, name, False, account.id, "benchmark", LOOPBACK)
                        second.confirm(session, keyring, identity, codes.code_at(secret, now // codes.STEP), now=now)
    finally:
        database.close()


def measure(service: Service, attempts: int, seconds: float, chance: random.Random) -> dict[str, list[float]]:
    """Return the durations of each kind, in milliseconds."""
    numbers = count()
    for n in range(WARM_UP):
        attempt(service.port, next(numbers), f"person-{n % PEOPLE}")
        attempt(service.port, next(numbers), f"nobody-{n}")
    times: dict[str, list[float]] = {kind: [] for kind in KINDS}
    begin = time.monotonic()
    for done in range(attempts):
        if done >= LEAST and time.monotonic() - begin > seconds:
            break
        for kind in chance.sample(KINDS, len(KINDS)):
            prefix = {"unknown": "nobody", "with codes": "coded"}.get(kind, "person")
            times[kind].append(attempt(service.port, next(numbers), f"{prefix}-{done % PEOPLE}"))
    return times


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--attempts", type=int, default=ATTEMPTS)
    given = parser.parse_args()
    chance = random.Random(20_260_101)  # noqa: S311 - an order and resamplings, no secret
    with tempfile.TemporaryDirectory() as folder:
        service = Service(Path(folder))
        service.succeed("init")
        furnish(service)
        service.start()
        try:
            times = measure(service, given.attempts, given.seconds, chance)
        finally:
            service.stop()
    for kind in KINDS:
        quarter, half, three = statistics.quantiles(times[kind], n=4)
        print(f"{kind:12} n={len(times[kind])} median {half:7.2f} ms, quartiles {quarter:7.2f} to {three:7.2f} ms")
    resolution = 0.0
    for other in KINDS[1:]:
        one, two = times["known"], times[other]
        chances, score, alike = mann_whitney(one, two)
        low, high = interval(one, two, chance)
        middle = statistics.median(two) - statistics.median(one)
        if other == "known again":
            resolution = (high - low) / 2
        print(
            f"{other} against known: medians differ by {middle:+.2f} ms (95 %: {low:+.2f} to {high:+.2f});"
            f" slower with probability {chances:.3f}; Mann-Whitney z = {score:+.2f}, p = {alike:.2f}"
        )
    print(f"A difference of medians beyond {resolution:.2f} ms would have stood out from this machine's own noise.")


if __name__ == "__main__":
    main()
