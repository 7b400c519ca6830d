"""Time and waiting as a value that is passed around. A signal ends a wait early."""

import threading
import time
from datetime import UTC, datetime
from typing import Protocol

from koregate.errors import Cancelled


class Clock(Protocol):
    """What the waiting code knows of time. Tests pass in one that does not wait."""

    def now(self) -> datetime:
        """The time of day, in UTC."""

    def monotonic(self) -> float:
        """Seconds since some fixed moment. Never goes back."""

    def wait(self, seconds: float) -> None:
        """Return after that time. Raises `Cancelled` as soon as `cancel` was called."""

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
        """Seconds since some fixed moment. Never goes back."""
        return time.monotonic()

    def wait(self, seconds: float) -> None:
        """Return after that time. Raises `Cancelled` as soon as `cancel` was called."""
        if self._cancelled.wait(max(seconds, 0)):
            raise Cancelled(self._signum)

    def cancel(self, signum: int) -> None:
        """End every wait, now and later. Not for a signal handler: Event is not reentrant."""
        self._signum = signum
        self._cancelled.set()
