"""Waiting in virtual time: runs that report their progress in several shapes, and how they are polled."""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass

from koregate.kore_api.rate_limits import RateLimiter
from koregate.kore_api.status_reply import RunProgress
from koregate.runs.pacing import Pacing

SHAPES = ("steady", "jumps", "stuck", "backwards", "missing")
Percent = Callable[[float], float | None]


@dataclass(frozen=True)
class Run:
    """One simulated run: its length in seconds, and the percentage that it reports at each moment."""

    shape: str
    seconds: float
    percent: Percent


@dataclass(frozen=True)
class Polled:
    """How a run was polled: seconds from its end to the reply that reports it, and the number of requests."""

    latency: float
    requests: int


def random_run(dice: random.Random, shape: str | None = None, shortest: float = 3, longest: float = 3600) -> Run:
    """A random run; lengths are spread evenly over their orders of magnitude."""
    seconds = math.exp(dice.uniform(math.log(shortest), math.log(longest)))
    chosen = shape or dice.choice(SHAPES)
    return Run(chosen, seconds, _PERCENT_BY_SHAPE[chosen](dice, seconds))


def progress(percent: float | None, *changes: object) -> RunProgress:
    """The progress of a run that has not ended. `changes` is what the stall timeout compares: the percentage, if no
    other value is given.
    """
    return RunProgress(ended=False, percent=percent, announced=None, changes=changes or (percent,))


def _steady(_dice: random.Random, seconds: float) -> Percent:
    return lambda at: float(min(int(100 * at / seconds), 99))


def _jumps(dice: random.Random, seconds: float) -> Percent:
    """A count of steps, of which each takes its own time."""
    number = dice.randint(4, 40)
    lengths = [dice.uniform(0.4, 1.6) for _ in range(number)]
    ends = [sum(lengths[: n + 1]) / sum(lengths) * seconds for n in range(number)]
    return lambda at: float(int(100 * sum(end <= at for end in ends) / number))


def _stuck(dice: random.Random, seconds: float) -> Percent:
    where, steady = dice.uniform(0, 95), _steady(dice, seconds)
    return lambda at: min(steady(at) or 0.0, float(int(where)))


def _backwards(dice: random.Random, seconds: float) -> Percent:
    moments = [(dice.uniform(0.1, 0.9) * seconds, dice.uniform(5, 40)) for _ in range(dice.randint(1, 4))]
    return lambda at: max(float(int(100 * at / seconds)) - sum(back for moment, back in moments if moment <= at), 0.0)


def _missing(_dice: random.Random, _seconds: float) -> Percent:
    return lambda _at: None


_PERCENT_BY_SHAPE = {"steady": _steady, "jumps": _jumps, "stuck": _stuck, "backwards": _backwards, "missing": _missing}


def poll(run: Run, interval: float | None, seed: int = 0) -> Polled:
    """Poll a run with koregate's own pacing, or at a fixed interval, until it has ended."""
    pacing = Pacing(1e9, 0, interval, random.Random(seed).random)
    limiter, now, requests = RateLimiter(), 0.0, 0
    while True:
        now += limiter.delay(now)
        limiter.record(now)
        requests += 1
        if now >= run.seconds:
            return Polled(now - run.seconds, requests)
        now += pacing.after_reply(progress(run.percent(now)), now).delay


def quantile(values: list[float], share: float) -> float:
    """The value that this share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[min(math.ceil(share * len(ordered)), len(ordered)) - 1]
