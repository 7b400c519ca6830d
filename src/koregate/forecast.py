"""When a test run will end, from the progress it reports: how long the next question can wait.

The figures were found by playing thousands of runs in virtual time (`make bench`): a prompt verdict for no more
requests than a fixed 5-second poll makes. All times are in seconds.
"""

from __future__ import annotations

# DENSE is just under the documented 60 requests a minute; a young run may be asked a little more often.
SHORT, SHORT_UNTIL = 0.9, 10.0
DENSE = 1.05
# Nothing is known of the end: the longer it has not come, the later it is expected.
BLIND_GROWTH, BLIND_USUAL = 12.0, 1.9
BLIND_LATE, BLIND_LONGEST = 250.0, 4.0
# The end is foreseen, but the progress stands still or went back: at most this, and this share of the time gone.
DOUBTFUL_LONGEST, DOUBTFUL_SHARE = 8.0, 0.006
# The end is foreseen and far: at most this, and at most this share of the time gone.
FAR_LONGEST, FAR_SHARE = 30.0, 0.25
# Of the time in which the end cannot come, how much to let pass before asking again.
_TRUST = 0.5
# A change of progress may take this many times as long as the ones before, before it counts as standing still.
_PATIENCE = 3.0
# Around a foreseen end, as shares of the run's length: ask densely within the pace's error and the first of these, at
# most within the second.
_SURE, _WINDOW = 0.02, 0.08
# The last change comes no earlier than this share of a usual one before it is due.
_EARLY = 0.6
# Less of a change, in per cent, is none.
_LEAST = 0.001


class Forecast:
    """Learns from each answer's percentage. All times count from the suite's start."""

    def __init__(self) -> None:
        self._first: tuple[float, float] | None = None
        self._percent = 0.0
        self._risen = 0.0
        self._changed = 0.0
        self._asked = 0.0
        self._gap = 0.0
        self._smallest = 100.0
        self._went_back = False

    def learn(self, percent: float | None, now: float) -> None:
        """Take in an answer's percentage; None where it has none."""
        if percent is None:
            return
        self._gap, self._asked = now - self._asked, now
        if self._first is None:
            self._first, self._percent, self._changed = (now, percent), percent, now
            return
        rise = percent - self._percent
        if abs(rise) < _LEAST:
            return
        if rise > 0:
            self._risen += rise
            self._smallest = min(self._smallest, rise)
        self._went_back = self._went_back or rise < 0
        self._percent, self._changed = percent, now

    def left(self, now: float) -> float | None:
        """Seconds until the expected end, never negative; None where the progress does not tell."""
        pace = self._pace()
        return None if pace is None else max(self._ends(pace)[0] - now, 0.0)

    def pause(self, now: float) -> float:
        """Seconds to wait before asking again."""
        pace = self._pace()
        if pace is None:
            return _blind(now)
        ends = self._ends(pace)
        # The pace is wrong by up to one change of progress: that may have come at any time since the last answer.
        error = self._smallest / self._risen + _SURE
        window = min(error, _WINDOW) * ends[0]
        if any(abs(end - now) <= window for end in ends):
            return _soon(now)
        coming = min((end for end in ends if end > now), default=None)
        if coming is None or (error > _WINDOW and self._is_doubtful(pace, now)):
            return _blind(now)
        return max(_soon(now), self._until(coming - window, pace, now))

    def _until(self, coming: float, pace: float, now: float) -> float:
        """The wait while the end is foreseen, and not near."""
        if self._is_doubtful(pace, now):
            return min(DOUBTFUL_LONGEST, DOUBTFUL_SHARE * now, coming - now)
        # The end comes with a change of progress, and a change takes a while.
        safe = self._changed + (100 - _EARLY * self._smallest - self._percent) / pace - now
        return min(safe * _TRUST, FAR_LONGEST, FAR_SHARE * now) if safe > 0 else _blind(now)

    def _pace(self) -> float | None:
        """Per cent a second while it rose; None where it never did."""
        if self._first is None or not self._risen or self._changed <= self._first[0]:
            return None
        return self._risen / (self._changed - self._first[0])

    def _ends(self, pace: float) -> tuple[float, ...]:
        """When the run may end: by what it reports, and where that went back, also by all that it ever gained."""
        reported = self._changed + (100 - self._percent) / pace
        if not self._went_back or self._first is None:
            return (reported,)
        return reported, self._changed + (100 - self._first[1] - self._risen) / pace

    def _is_doubtful(self, pace: float, now: float) -> bool:
        still = now - self._changed > _PATIENCE * self._smallest / pace + self._gap
        return still or self._went_back


def _soon(now: float) -> float:
    return SHORT if now < SHORT_UNTIL else DENSE


def _blind(now: float) -> float:
    """Without progress the end may come at any time."""
    return max(_soon(now), min(now / BLIND_GROWTH, BLIND_USUAL), min(now / BLIND_LATE, BLIND_LONGEST))
