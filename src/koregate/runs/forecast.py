"""When a test run will probably end, learned from its progress, and so how long the next status request can wait.

The figures come from thousands of simulated runs in virtual time (`make bench`): a prompt verdict with few requests.
All times are in seconds since the suite's start.
"""

from math import hypot, sqrt
from typing import NamedTuple

# Pauses if the end is near. DENSE is just under the documented 60 requests per minute. A young run may be polled a
# little more often, and an older one less often.
SHORT, SHORT_UNTIL = 0.9, 10.0
DENSE, DENSE_SHARE, DENSE_LONGEST = 1.05, 1 / 150, 1.9
# If nothing is known about the end: the longer the run takes, the later its end is expected.
BLIND_SHARE, BLIND_USUAL = 1 / 12, 1.9
BLIND_LATE, BLIND_LATE_SHARE, BLIND_LONGEST = 650.0, 1 / 60, 20.0
# If the progress has not changed yet.
UNMOVED_SHARE, UNMOVED_LONGEST = 0.05, 15.0
# If the progress has stopped changing: the run may hang, or its count may be wrong.
STILL_SHARE, STILL_LONGEST = 0.02, 20.0
# If the expected end has passed: this share of the time since.
OVERDUE_SHARE = 0.08
# If the end is expected but far: at most this, this share of the time elapsed, and this share of the time left.
FAR_LONGEST, FAR_SHARE, FAR_TRUST = 45.0, 0.3, 0.5

# How much the duration of one change of progress may vary, as a share, before the run has shown how regular its changes
# are. This assumption has the weight of that many changes.
_UNEVEN, _UNEVEN_WEIGHT = 0.7, 3
# The rest of the run takes at least this share of the predicted time.
_LEAST_LEFT = 0.5
# A change may take this many times as long as usual before the progress counts as stopped.
_PATIENCE = 2.25
# A smaller change, in percent, is ignored.
_LEAST_CHANGE = 0.001


class Window(NamedTuple):
    """When an end may come, in seconds from the suite's start."""

    earliest: float
    likely: float
    latest: float


class Forecast:
    """Learns from the percentage in each reply."""

    def __init__(self) -> None:
        self._percent: float | None = None
        self._asked = self._silence = 0.0
        # The last change: when it was seen, and how much earlier it may have happened.
        self._changed = self._unseen = 0.0
        self._smallest = 100.0
        # The time and percentage from which the pace of the complete run is measured: the first reply, then the first
        # rise.
        self._origin = (0.0, 0.0)
        self._went_back = False
        # Stretches without a fall in progress: percent gained, seconds taken, and the uncertainty of their starts in
        # seconds.
        self._in_stretch = False
        self._gained = self._taken = self._inexact = 0.0
        # Seconds per percent, measured by the first rise alone.
        self._guess = 0.0
        # The number of rises within stretches, and the sum of their squared irregularities.
        self._rises = 0
        self._unevenness = 0.0

    def learn(self, percent: float | None, now: float) -> None:
        """Learn from the percentage of a reply. None if the reply has none."""
        if percent is None:
            return
        percent = min(max(percent, 0.0), 100.0)
        self._silence, self._asked = now - self._asked, now
        if self._percent is None:
            self._percent, self._origin, self._changed, self._unseen = percent, (now, percent), now, now
            return
        rise, took = percent - self._percent, now - self._changed
        if abs(rise) < _LEAST_CHANGE or not took:
            return
        self._percent, self._changed, self._unseen = percent, now, self._silence
        if rise < 0:
            self._went_back, self._in_stretch = True, False
            if not self._guess:
                self._origin = now, percent
            return
        self._smallest = min(self._smallest, rise)
        if self._in_stretch:
            self._go_on(rise, took)
        else:
            self._begin_stretch(percent)

    def _begin_stretch(self, percent: float) -> None:
        self._in_stretch = True
        if not self._guess:
            began, had = self._origin
            self._guess = (self._changed - began) / (percent - had)
            self._origin = self._changed - self._doubt() / 2, percent
        self._inexact += self._doubt()

    def _go_on(self, rise: float, took: float) -> None:
        self._gained += rise
        self._taken += took
        pace = self._pace()
        off = took / pace - rise
        self._unevenness += off * off / (self._smallest * rise)
        self._rises += 1

    def left(self, now: float) -> float | None:
        """Seconds until the expected end, never negative. None if the progress does not show it."""
        return max(self._windows(now)[0].likely - now, 0.0) if self._pace() else None

    def pause(self, now: float) -> float:
        """Seconds to wait before the next status request."""
        if not self._pace():
            return _blind(now) if self._percent is None else _sparse(now, UNMOVED_SHARE * now, UNMOVED_LONGEST)
        windows = self._windows(now)
        if any(window.earliest <= now <= window.latest for window in windows):
            return _dense(now)
        coming = min((window.earliest - now for window in windows if window.earliest > now), default=None)
        if coming is None:
            return _sparse(now, OVERDUE_SHARE * (now - max(window.latest for window in windows)), _blind(now))
        if not self._stands_still(now):
            return _sparse(now, coming * FAR_TRUST, FAR_SHARE * now, FAR_LONGEST)
        return _sparse(now, coming, STILL_SHARE * now, STILL_LONGEST)

    def _stands_still(self, now: float) -> bool:
        return now - self._changed > _PATIENCE * self._smallest * self._pace() + self._silence

    def _pace(self) -> float:
        """Seconds per percent while the progress rises, or 0 if it never rose."""
        return self._taken / self._gained if self._gained else self._guess

    def _doubt(self) -> float:
        """How much earlier than seen a change may have happened. Other changes follow, so at most one change's time."""
        return min(self._unseen, self._smallest * self._pace())

    def _windows(self, now: float) -> list[Window]:
        """When the run may end: by its latest progress and, if the progress once fell, also by its overall pace."""
        doubt = self._unseen if self._stands_still(now) else self._doubt()
        counted_from = [(self._changed - doubt / 2, self._percent or 0.0)]
        if self._went_back:
            counted_from.append(self._origin)
        return [self._window(since, 100 - percent, doubt) for since, percent in counted_from]

    def _window(self, since: float, rest: float, doubt: float) -> Window:
        """When the rest, in percent, will be done. Changes take different times, and the pace is not known exactly."""
        pace = self._pace()
        changes, known = rest / self._smallest, max(self._gained / self._smallest, 1.0)
        uneven = sqrt((_UNEVEN_WEIGHT * _UNEVEN**2 + self._unevenness) / (_UNEVEN_WEIGHT + self._rises))
        by_changes = uneven * self._smallest * pace * sqrt(changes + changes * changes / known)
        by_pace = rest * (self._inexact + doubt) / (2 * self._gained) if self._gained else rest * pace / 4
        error = doubt / 2 + hypot(by_changes, by_pace)
        likely = since + rest * pace
        return Window(max(likely - error, since - doubt / 2 + _LEAST_LEFT * rest * pace), likely, likely + error)


def _dense(now: float) -> float:
    return SHORT if now < SHORT_UNTIL else max(DENSE, min(now * DENSE_SHARE, DENSE_LONGEST))


def _sparse(now: float, *most: float) -> float:
    return max(_dense(now), min(most))


def _blind(now: float) -> float:
    """The pause without any progress: the run may end at any time."""
    return min(
        max(_dense(now), min(now * BLIND_SHARE, BLIND_USUAL)) + max(now - BLIND_LATE, 0.0) * BLIND_LATE_SHARE,
        BLIND_LONGEST,
    )
