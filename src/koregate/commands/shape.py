"""koregate shape: print the structure of saved replies without any of their values, offline."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from koregate.commands.context import JobContext
from koregate.commands.saved_files import check_has_replies, read_regular_file, read_saved
from koregate.errors import Problem, UnusableCommand
from koregate.kore_api.shape import shape_lines
from koregate.reports.raw import FOLDER, INDEX


def shape(paths: Sequence[str], context: JobContext) -> None:
    """Print the structure of each file, or of each reply in a raw/ folder. Raises `UnusableCommand`.

    Files are numbered and not named, because a file's name contains the suite's name.
    """
    replies = [data for path in paths for data in read_saved(path, partial(_read, Path(path)))]
    if not replies:
        raise UnusableCommand(Problem("FILE", "there is no saved reply. Name a file or the raw folder of a report."))
    told = [list(read_saved(path, partial(_lines, data))) for path, data in replies]
    for number, lines in enumerate(told, 1):
        if len(told) > 1:
            context.ci.say(f"Reply {number} of {len(told)}:")
        for line in lines:
            context.ci.say(line)


def _read(path: Path) -> list[tuple[str, bytes]]:
    if (path / FOLDER).is_dir():
        check_has_replies(path)
    files = sorted(path.glob("*.json")) if path.is_dir() else [path]
    return [(str(file), read_regular_file(file)) for file in files if file.name != Path(INDEX).name or file == path]


def _lines(data: bytes) -> list[str]:
    try:
        return list(shape_lines(data))
    except ValueError as problem:
        raise ValueError(f"{problem}. Name a saved reply") from problem
