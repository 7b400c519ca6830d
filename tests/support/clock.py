"""A clock whose waits return at once."""

import threading
from datetime import UTC, datetime, timedelta

from koregate.errors import Cancelled


class FakeClock:
    """Time that only `wait` moves. Keeps the length of every wait."""

    def __init__(self) -> None:
        self.time = 0.0
        self.waits: list[float] = []
        self.began = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
        self._lock = threading.Lock()
        self._signum = 0

    def now(self) -> datetime:
        return self.began + timedelta(seconds=self.time)

    def monotonic(self) -> float:
        return self.time

    def wall(self) -> float:
        return self.now().timestamp()

    def wait(self, seconds: float) -> None:
        with self._lock:
            if self._signum:
                raise Cancelled(self._signum)
            if seconds > 0:
                self.waits.append(seconds)
                self.time += seconds

    def cancel(self, signum: int) -> None:
        self._signum = signum


class WrongClock(FakeClock):
    """A machine whose clock differs from the platform's by so many seconds."""

    def __init__(self, ahead: float) -> None:
        super().__init__()
        self.ahead = ahead

    def now(self) -> datetime:
        return super().now() + timedelta(seconds=self.ahead)

    def wall(self) -> float:
        """The platform's clock."""
        return (self.began + timedelta(seconds=self.time)).timestamp()
