"""How offline commands open the files that the user names."""

import stat
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

from koregate.errors import Problem, UnusableCommand
from koregate.reports.report_json_reader import ClaimedReport, claimed_suites, read_report

T = TypeVar("T")

MAX_BYTES = 64 * 1024 * 1024


def read_saved(path: str, read: Callable[[], T]) -> T:
    """What `read` returns for the file or folder at that path. Raises `UnusableCommand` if it is unusable."""
    try:
        return read()
    except OSError as problem:
        text = f"{problem.filename or path} cannot be read ({problem.strerror}). Check the path."
    except ValueError as problem:
        text = f'"{path}" {problem}.'
    raise UnusableCommand(Problem("FILE", text))


def read_regular_file(path: Path) -> bytes:
    """The bytes of a regular file of at most 64 MiB.

    Raises OSError if it cannot be read, and ValueError if it is of another kind or larger.
    """
    # Checked before opening, because opening a named pipe waits for a writer.
    if not stat.S_ISREG(path.stat().st_mode):
        raise ValueError("is not a regular file. Name a file")
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise ValueError(f"is larger than {MAX_BYTES // 1024**2} MiB. Name a file that koregate wrote")
    return data


def read_claimed_report(path: str) -> ClaimedReport:
    """The report.json at that path, with what it claims. Raises `UnusableCommand` if it is unreadable."""
    data = read_saved(path, partial(read_regular_file, Path(path)))
    try:
        return claimed_suites(path, read_report(path, data))
    except ValueError as problem:
        raise UnusableCommand(Problem("FILE", f"{problem}.")) from problem
