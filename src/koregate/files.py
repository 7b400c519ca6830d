"""Files inside the workspace, each written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from koregate.errors import InputsRefused, Problem


def prepare(workspace: Path, report_dir: str) -> Path:
    """The report directory, made where it is missing.

    Raises `InputsRefused` where a symbolic link leads it out of the workspace or it cannot be written to.
    """
    folder = workspace / report_dir
    try:
        if not _real(folder).is_relative_to(_real(workspace)):
            raise _refused(report_dir, "leaves the workspace through a symbolic link. Name another folder.")
        _make(folder, workspace)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError as problem:
        reason = problem.strerror or type(problem).__name__
        raise _refused(report_dir, f"cannot be written to ({reason}). Name another folder.") from problem


def _refused(report_dir: str, text: str) -> InputsRefused:
    return InputsRefused((Problem("report-dir", f'"{report_dir}" {text}'),))


def clear(folder: Path, names: tuple[str, ...]) -> None:
    """Remove an earlier run's reports: they must not pass for this one's if it is killed before it writes its own."""
    for name in names:
        for path in folder.glob(name):
            if _real(path.parent).is_relative_to(_real(folder)):
                with contextlib.suppress(OSError):
                    path.unlink()


def write(folder: Path, name: str, data: bytes) -> None:
    """Write a file below the folder, whole or not at all. Raises OSError."""
    path = folder / name
    if not _real(path.parent).is_relative_to(_real(folder)):
        message = "a symbolic link leads it elsewhere"
        raise OSError(0, message)
    _make(path.parent, folder)
    handle, temporary = tempfile.mkstemp(prefix=".koregate-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        _hand_over(Path(temporary), 0o666, folder)
        Path(temporary).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(temporary).unlink()
        raise


def _real(path: Path) -> Path:
    """The path without symbolic links. Path.resolve raises RuntimeError for a link to itself, before Python 3.13."""
    return Path(os.path.realpath(path))


def _make(folder: Path, owner: Path) -> None:
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir(exist_ok=True)
        _hand_over(path, 0o777, owner)


def _umask() -> int:
    # There is no way to read it but to set it. Reports are written by one thread.
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _hand_over(path: Path, mode: int, owner: Path) -> None:
    """The usual mode, and the workspace's owner: a container runs as root, and files of root break later checkouts."""
    path.chmod(mode & ~_umask())
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        there = owner.stat()
        with contextlib.suppress(OSError):
            os.chown(path, there.st_uid, there.st_gid)
