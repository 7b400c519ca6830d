"""koregate shape: print the structure of saved replies without any of their values, offline."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from koregate.commands.context import JobContext
from koregate.commands.interruptible import Interruptible
from koregate.commands.saved_files import (
    check_has_replies,
    check_is_reply,
    not_a_reply,
    read_file_in,
    read_regular_file,
    read_saved,
)
from koregate.errors import Problem, UnusableCommand
from koregate.kore_api.shape import shape_lines
from koregate.reports.raw import FOLDER, INDEX


def shape(paths: Sequence[str], context: JobContext) -> None:
    """Print the structure of each file, or of each reply in a raw/ folder.

    Files are numbered and not named, because a file's name contains the suite's name. Raises `UnusableCommand` and
    `Cancelled`.
    """
    replies = [data for path in paths for data in read_saved(path, context.workspace, partial(_read, Path(path)))]
    if not replies:
        named = ", ".join(f'"{path}"' for path in paths)
        text = f"{named} has no saved reply. Name a saved reply, or the raw folder of a report."
        raise UnusableCommand(Problem("FILE", text))
    work = Interruptible(context.queue)
    told = [
        work.result_of(partial(read_saved, path, context.workspace, partial(_lines, data))) for path, data in replies
    ]
    for number, lines in enumerate(told, 1):
        if len(told) > 1:
            context.ci.say(f"Reply {number} of {len(told)}:")
        for line in lines:
            context.ci.say(line)


def _read(path: Path) -> list[tuple[str, bytes]]:
    if (path / FOLDER).is_dir():
        check_has_replies(path)
    if not path.is_dir():
        return [(str(path), check_is_reply(path, read_regular_file(path)))]
    names = sorted(file.name for file in path.glob("*.json") if file.name != Path(INDEX).name)
    return [(str(path / name), read_file_in(path, name)) for name in names]


def _lines(data: bytes) -> list[str]:
    try:
        return list(shape_lines(data))
    except ValueError as problem:
        raise ValueError(not_a_reply(str(problem))) from problem
