"""How offline commands open the files that the user names."""

import errno
import os
import stat
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path, PurePath
from typing import TypeVar

from koregate.errors import Problem, UnusableCommand
from koregate.files import link_in, read_file, why_unreadable
from koregate.reports.raw import FOLDER, INDEX
from koregate.reports.report_json_file import read_report
from koregate.reports.report_json_reader import ClaimedReport, claimed_suites

T = TypeVar("T")

MAX_BYTES = 64 * 1024 * 1024
RUN_JSON = PurePath(INDEX).name
_REPORT = "report.json"
_MERGE = 'To make every report again from "{}", use koregate merge'
# Near the beginning of every report.json and every run.json, and in no documented reply.
_REPORT_KEY = b'"schemaVersion"'
_INDEX_KEY = b'"koregate"'
_REPORT_HEAD = 1000


def read_saved(path: str, workspace: Path, read: Callable[[], T], word: str = "FILE") -> T:
    """What `read` returns for the file or folder at that path. Raises `UnusableCommand` if it is unusable.

    A path through a link is unusable if a change of the workspace could choose the link's target: it may lead to a file
    that the change brings, in place of the one that an earlier job wrote. `word` is what the usage calls the file.
    """
    if link := link_in(path, Path.cwd(), workspace):
        raise UnusableCommand(Problem(word, through_link(path, link)))
    try:
        return read()
    except OSError as problem:
        text = f'"{problem.filename or path}" cannot be read ({why_unreadable(problem)}). Check the path.'
    except ValueError as problem:
        text = f'"{path}" {problem}.'
    raise UnusableCommand(Problem(word, text))


def through_link(path: str, link: Path) -> str:
    """The message about a path through that link."""
    return f'"{path}" leads through the symbolic link "{link}", which can point anywhere. Name a path without links.'


def read_each(paths: Sequence[str], read: Callable[[str], T]) -> tuple[dict[str, T], list[Problem]]:
    """What `read` returns for each path, and the problems of all of them. `read` may raise `UnusableCommand`."""
    found: dict[str, T] = {}
    problems = _repeated(paths)
    for path in dict.fromkeys(paths):
        try:
            found[path] = read(path)
        except UnusableCommand as unusable:
            problems += unusable.problems
    return found, problems


def _repeated(paths: Sequence[str]) -> list[Problem]:
    """A problem for each file that is given again, also under another name. A job would count it twice."""
    problems: list[Problem] = []
    first: dict[str, str] = {}
    for path in paths:
        file = os.path.realpath(path)
        if file in first:
            also = "" if first[file] == path else f' It is the same as "{first[file]}".'
            problems.append(Problem("FILE", f'"{path}" is given more than once.{also} Give each file once.'))
        first.setdefault(file, path)
    return list(dict.fromkeys(problems))


def check_has_replies(folder: Path) -> None:
    """Raise ValueError if a folder has no saved replies with a run.json, and say where they are. A file passes."""
    if not folder.is_dir() or (folder / RUN_JSON).exists():
        return
    if (folder / FOLDER / RUN_JSON).exists():
        raise ValueError(f'has the reports of a job, not its saved replies. Name the folder "{folder / FOLDER}"')
    if (folder / _REPORT).exists():
        raise ValueError(f"has reports and no saved replies. {_MERGE.format(folder / _REPORT)}")
    if replies := sorted(folder.glob("*.json")):
        raise ValueError(f'has no {RUN_JSON}. Name the saved replies themselves, like "{replies[0]}"')
    raise ValueError("has no saved replies. Name the folder raw of a report, like koregate-report/raw")


def check_is_reply(path: Path, data: bytes) -> bytes:
    """The data of a saved reply. Raises ValueError if koregate wrote it itself, and says what to name instead."""
    if path.name == RUN_JSON and _INDEX_KEY in data[:_REPORT_HEAD]:
        raise ValueError(f'lists the saved replies and is not one. Name the folder "{path.parent}"')
    if path.name != _REPORT or _REPORT_KEY not in data[:_REPORT_HEAD]:
        return data
    if (path.parent / FOLDER / RUN_JSON).exists():
        raise ValueError(f'is a report, not a saved reply. Name the folder "{path.parent / FOLDER}"')
    raise ValueError(f"is a report, not a saved reply. {_MERGE.format(path)}")


def not_a_reply(reason: str) -> str:
    """The message about a file that is not JSON, for this reason."""
    return f"is not a saved reply ({reason}). Name a file of the folder raw, or a status reply that you saved"


def read_report_file(path: str, workspace: Path, word: str = "FILE") -> bytes:
    """The bytes of the report.json at that path. Raises `UnusableCommand` if it cannot be read."""
    return read_saved(path, workspace, partial(_read_report_file, Path(path)), word)


def _read_report_file(path: Path) -> bytes:
    if path.is_dir():
        file = (path.parent if path.name == FOLDER else path) / _REPORT
        raise ValueError(f'is a folder. Name the file "{file}"' if file.is_file() else f"is a folder. Name a {_REPORT}")
    return read_regular_file(path)


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


def read_file_in(folder: Path, name: str) -> bytes:
    """The bytes of a regular file of at most 64 MiB in a folder that the user names. It must not be a link.

    Raises OSError if there is no such file or it cannot be read, and ValueError if it is of another kind or larger.
    """
    try:
        return read_file(folder / name, MAX_BYTES)
    except OSError as problem:
        # ENXIO: a socket. The others are a link, and what `read_file` itself refuses.
        if problem.errno in (errno.ELOOP, errno.EINVAL, errno.EFBIG, errno.ENXIO, errno.EISDIR):
            limit = MAX_BYTES // 1024**2
            raise ValueError(
                f"has {name}, which is not a regular file of at most {limit} MiB. Give an unchanged raw folder"
            ) from problem
        raise


def read_claimed_report(path: str, workspace: Path, word: str) -> ClaimedReport:
    """The report.json at that path, with what it claims. Raises `UnusableCommand` if it is unreadable."""
    data = read_report_file(path, workspace, word)
    try:
        return claimed_suites(path, read_report(path, data))
    except ValueError as problem:
        raise UnusableCommand(Problem(word, f"{problem}.")) from problem
