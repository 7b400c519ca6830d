"""A thread that writes the log, because a reader that stops reading blocks whoever writes."""

import time
from contextlib import suppress
from queue import Queue
from typing import Protocol

from koregate.errors import NoThread
from koregate.threads import start_thread

# How long a line waits to be written. After a signal, the job must write its outputs within two seconds.
_LINE_SECONDS = 0.5
# How long the end of the process waits for a reader of the log, in the ordinary case and after a signal.
END_SECONDS = 10.0
_END_SECONDS_AFTER_SIGNAL = 0.5


class TextStream(Protocol):
    """What the log is printed to."""

    def write(self, text: str, /) -> object:
        """Write the text, or keep it until `flush`."""

    def flush(self) -> object:
        """Write what was kept."""

    def isatty(self) -> bool:
        """Whether the stream is a terminal."""


class LogWriter:
    """A text stream for lines of one thread at a time. All of them are written in their order.

    If the machine allows no thread, whoever writes waits for the reader.
    """

    def __init__(self, stream: TextStream) -> None:
        self._stream = stream
        self._texts: Queue[str] = Queue()
        self._has_thread = False
        self._is_behind = False
        self._is_hurried = False
        # Why a text could not be written, if it was not for a reader that had enough.
        self.problem = ""

    def isatty(self) -> bool:
        """Whether the stream is a terminal."""
        return self._stream.isatty()

    def hurry(self) -> None:
        """Let nobody wait for the reader any more. A signal handler may call this."""
        self._is_hurried = True

    def write(self, text: str) -> None:
        """Write the text, now or as soon as the reader has read what came before it."""
        if not self._has_thread:
            try:
                start_thread(self._write_all, "log")
            except NoThread:
                self._write(text)
                return
            self._has_thread = True
        self._texts.put(text)

    def flush(self) -> None:
        """Wait until the text is written, but not long, and not for a reader that let an earlier line wait so long."""
        self._is_behind = not self._is_done_in(0 if self._is_behind or self._is_hurried else _LINE_SECONDS)

    def finish(self, seconds: float) -> bool:
        """Wait until everything is written. Returns whether it is.

        It ends if the reader reads no text for so many seconds, or a moment after a signal.
        """
        left, until = self._texts.unfinished_tasks, time.monotonic() + seconds
        while not self._is_hurried and time.monotonic() < until:
            if self._is_done_in(min(seconds, _LINE_SECONDS)):
                return True
            if self._texts.unfinished_tasks < left:
                left, until = self._texts.unfinished_tasks, time.monotonic() + seconds
        return self._is_done_in(_END_SECONDS_AFTER_SIGNAL if self._is_hurried else 0)

    def _is_done_in(self, seconds: float) -> bool:
        with self._texts.all_tasks_done:
            return self._texts.all_tasks_done.wait_for(lambda: not self._texts.unfinished_tasks, seconds)

    def _write_all(self) -> None:
        while True:
            text = self._texts.get()
            # No text that cannot be written keeps the next ones from it.
            with suppress(Exception):
                try:
                    self._write(text)
                except BrokenPipeError:
                    pass
                except OSError as problem:
                    self.problem = problem.strerror or str(problem)
            self._texts.task_done()

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
