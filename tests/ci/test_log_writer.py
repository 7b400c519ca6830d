"""The log reaches its reader in its order, and nobody waits for a reader that has stopped reading."""

import fcntl
import io
import os
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import TextIO

import pytest

from koregate.ci import log_writer
from koregate.ci.log_writer import LogWriter
from koregate.threads import start_thread

LINE = "x" * 1000 + "\n"


class Pipe:
    """A pipe of one page. Nobody reads until `read` is called."""

    def __init__(self) -> None:
        self._reader, writer = os.pipe()
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 1)
        self.stream: TextIO = os.fdopen(writer, "w")

    def read(self, size: int) -> str:
        data = b""
        while len(data) < size:
            data += os.read(self._reader, size - len(data))
        return data.decode()

    def close(self) -> None:
        with suppress(OSError):
            os.close(self._reader)
        # The thread that still writes to it finds it broken.
        with suppress(OSError):
            self.stream.close()


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    made = Pipe()
    yield made
    made.close()


def say(log: LogWriter, text: str) -> None:
    log.write(text)
    log.flush()


def test_a_line_is_written_when_its_flush_returns() -> None:
    stream = io.StringIO()
    log = LogWriter(stream)

    for number in range(100):
        say(log, f"{number}\n")
        assert stream.getvalue().endswith(f"{number}\n")

    assert stream.getvalue().splitlines() == [str(number) for number in range(100)]
    assert log.finish(0)


def test_only_one_line_waits_for_a_reader_that_does_not_read(pipe: Pipe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_writer, "_LINE_SECONDS", 0.2)
    log = LogWriter(pipe.stream)
    lines = [f"{number} {LINE}" for number in range(1000)]

    began = time.monotonic()
    for line in lines:
        say(log, line)
    # Each of them would wait so long.
    assert time.monotonic() - began < 0.2 * len(lines) / 10
    assert not log.finish(0)

    assert pipe.read(len("".join(lines))) == "".join(lines)
    assert log.finish(30)


def test_lines_wait_again_for_a_reader_that_reads_again(pipe: Pipe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_writer, "_LINE_SECONDS", 0.05)
    log = LogWriter(pipe.stream)
    say(log, LINE * 10)
    assert not log.finish(0)
    pipe.read(len(LINE * 10))
    assert log.finish(30)
    log.flush()
    monkeypatch.setattr(log_writer, "_LINE_SECONDS", 30)

    reader = start_thread(lambda: pipe.read(len(LINE * 10)), "reader")
    say(log, LINE * 10)

    assert log.finish(0)
    reader.join()


def test_the_end_waits_for_a_reader_that_is_slow_but_reads(pipe: Pipe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_writer, "_LINE_SECONDS", 0.01)
    log = LogWriter(pipe.stream)
    lines = 20
    for _ in range(lines):
        say(log, LINE * 10)

    def read() -> None:
        for _ in range(lines):
            time.sleep(0.1)
            pipe.read(len(LINE * 10))

    reader = start_thread(read, "reader")
    # Less than the reader takes for all of them.
    assert log.finish(1)
    reader.join()


def test_after_a_signal_nothing_waits_but_the_end_which_waits_a_moment(
    pipe: Pipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_writer, "_LINE_SECONDS", 1000)
    monkeypatch.setattr(log_writer, "_END_SECONDS_AFTER_SIGNAL", 0.1)
    log = LogWriter(pipe.stream)
    log.hurry()

    say(log, LINE * 10)
    assert not log.finish(1000)

    monkeypatch.setattr(log_writer, "_END_SECONDS_AFTER_SIGNAL", 1000)
    reader = start_thread(lambda: pipe.read(len(LINE * 10)), "reader")
    assert log.finish(0)
    reader.join()


def test_a_log_that_nobody_reads_any_more_blocks_nothing(pipe: Pipe) -> None:
    log = LogWriter(pipe.stream)
    pipe.close()

    for _ in range(3):
        say(log, LINE)

    assert log.finish(0)


def test_without_a_thread_whoever_writes_does_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_thread(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", no_thread)
    stream = io.StringIO()
    log = LogWriter(stream)

    log.write("a\n")
    assert "a\n" == stream.getvalue()
    monkeypatch.undo()
    say(log, "b\n")

    assert "a\nb\n" == stream.getvalue()
    assert log.finish(0)
