"""Files in the workspace by name or pattern, found without following links."""

import fnmatch
import os
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_ANY_FOLDERS = "**"
_WILDCARDS = re.compile(r"[*?[]")


class _Place(NamedTuple):
    """A folder below the workspace, and the parts of the pattern that its content must match."""

    folder: tuple[str, ...]
    parts: tuple[str, ...]


def paths_that_fit(workspace: Path, pattern: str) -> list[str]:
    """The paths that match a pattern relative to the workspace, sorted. Raises OSError if a folder is unreadable.

    `*`, `?` and `[…]` match parts of a name, and `**` matches any folders on the way. Wildcards never match a folder at
    the end or a hidden name, and `**` follows no link. A pattern that is an existing name matches it, too: a file that
    is called `*.json` hides no other. A matching link, or one on the way, is listed as it is: reading it fails later.
    """
    # The path of the workspace itself may contain links: the user of koregate chose it.
    root = os.open(os.path.realpath(workspace), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        found = {pattern} if _exists(root, pattern) else set()
        if found and not _WILDCARDS.search(pattern):
            return [pattern]
        places = [_Place((), PurePosixPath(pattern).parts)]
        seen = set(places)
        while places:
            for result in _look_into(root, places.pop()):
                if isinstance(result, str):
                    found.add(result)
                elif result not in seen:
                    seen.add(result)
                    places.append(result)
        return sorted(found)
    finally:
        os.close(root)


def _exists(root: int, name: str) -> bool:
    try:
        os.stat(name, dir_fd=root, follow_symlinks=False)
    except OSError:
        return False
    return True


def _look_into(root: int, place: _Place) -> Iterator[str | _Place]:
    """The matches in one folder: paths, and the folders to search next."""
    folder, (first, *more) = place
    rest = tuple(more)
    if first == _ANY_FOLDERS:
        yield _Place(folder, rest or ("*",))
    fits = re.compile(fnmatch.translate("*" if first == _ANY_FOLDERS else first)).match
    for entry in _entries(root, folder):
        if not fits(entry.name) or (entry.name.startswith(".") and not first.startswith(".")):
            continue
        path = (*folder, entry.name)
        if first == _ANY_FOLDERS:
            if entry.is_folder:
                yield _Place(path, place.parts)
        elif rest:
            if entry.is_folder:
                yield _Place(path, rest)
            elif entry.leads_to_folder:
                yield "/".join(path)
        elif not (entry.is_folder and _WILDCARDS.search(first)):
            yield "/".join(path)


class _Entry(NamedTuple):
    """An entry of a folder: its name, whether it is a folder, and whether it is a link to one."""

    name: str
    is_folder: bool
    leads_to_folder: bool


def _entries(root: int, folder: tuple[str, ...]) -> list[_Entry]:
    """Everything in a folder."""
    descriptor = os.dup(root)
    try:
        for part in folder:
            inner = os.open(part, _FOLDER, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = inner
        with os.scandir(descriptor) as entries:
            return [
                _Entry(entry.name, entry.is_dir(follow_symlinks=False), _leads_to_folder(entry)) for entry in entries
            ]
    finally:
        os.close(descriptor)


def _leads_to_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_symlink() and entry.is_dir()
    except OSError:
        # A link to itself.
        return False
