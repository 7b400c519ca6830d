"""Time and waiting as an object that is passed as an argument. A signal ends a wait early."""

import threading
import time
from datetime import UTC, datetime
from typing import Protocol

from koregate.errors import Cancelled


class Clock(Protocol):
    """The waiting code's access to time. Tests pass a clock that does not wait."""

    def now(self) -> datetime:
        """The time of day, in UTC."""

    def monotonic(self) -> float:
        """Seconds since a fixed moment. The value never decreases."""

    def wait(self, seconds: float) -> None:
        """Return after that time. Raises `Cancelled` as soon as `cancel` is called."""

    def cancel(self, signum: int) -> None:
        """End every wait, now and later."""


class RealClock:
    """The machine's clock."""

    def __init__(self) -> None:
        self._cancelled = threading.Event()
        self._signum = 0

    def now(self) -> datetime:
        """The time of day, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds since a fixed moment. The value never decreases."""
        return time.monotonic()

    def wait(self, seconds: float) -> None:
        """Return after that time. Raises `Cancelled` as soon as `cancel` is called."""
        if self._cancelled.wait(max(seconds, 0)):
            raise Cancelled(self._signum)

    def cancel(self, signum: int) -> None:
        """End every wait, now and later. Not for a signal handler: Event is not reentrant."""
        self._signum = signum
        self._cancelled.set()
