"""Files inside the workspace: written whole or not at all, regular files only, never through a link."""

import errno
import fcntl
import os
import re
import secrets
import stat
import time
import weakref
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

from koregate.errors import InvalidInputs, Problem

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_TEMPORARY = ".koregate-"
_TEMPORARY_NAME = re.compile(r"\.koregate-[0-9a-f]{16}")
# Every file that koregate writes contains the name koregate near its beginning.
_SIGNATURE = b"koregate"
_SIGNATURE_BYTES = 4096
# Like Linux, path_resolution(7).
_MAX_LINKS = 40
_MOVED = "the report directory was removed, moved or replaced during the job"

# What a person should know, in place of the system's own words.
_UNREADABLE = {
    errno.ENOENT: "there is no such file",
    errno.EISDIR: "it is a folder",
    errno.ENOTDIR: "a part of its path is not a folder",
    errno.ELOOP: "it is a symbolic link, or lies behind one",
    errno.EACCES: "koregate may not read it",
    errno.EPERM: "koregate may not read it",
    errno.ENAMETOOLONG: "its name is too long",
}


def why_unreadable(problem: OSError) -> str:
    """Why a file cannot be read, in a few words."""
    return _UNREADABLE.get(problem.errno or 0) or problem.strerror or str(problem)


class ReportDir:
    """An open folder inside the workspace.

    It is accessed through its descriptor, never again through its path. Nothing is written through a link that replaces
    it later, or into a folder that was moved: its reports would be elsewhere, and the job outputs would name none.
    Names are relative, like `junit.xml` or `raw/run.json`.
    """

    def __init__(self, path: Path, descriptor: int, lock: "_Lock | None" = None) -> None:
        self.path = path
        # The path of the workspace itself may contain links, and a file in it has the workspace as its folder.
        self._place = Path(os.path.realpath(path))
        self._descriptor = descriptor
        self._lock = lock
        weakref.finalize(self, os.close, descriptor)

    def write(self, name: str, data: bytes) -> None:
        """Write a file completely or not at all. Raises OSError.

        Anything else with its name is moved aside: a folder, and at the top level a file that koregate did not write.
        The raw replies below it are the platform's own bytes, so nothing shows there who wrote a file.
        """
        self._check_place()
        with self._parent(name, create=True) as (folder, base):
            temporary = f"{_TEMPORARY}{secrets.token_hex(8)}"
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            descriptor = os.open(temporary, flags, 0o666, dir_fd=folder)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(data)
                    _hand_over(file.fileno(), self._descriptor)
                if _kind(base, folder) == stat.S_IFDIR or (base == name and _is_foreign(base, folder)):
                    _move_aside(base, folder)
                os.replace(temporary, base, src_dir_fd=folder, dst_dir_fd=folder)
            except BaseException:
                with suppress(OSError):
                    os.unlink(temporary, dir_fd=folder)
                raise

    def _check_place(self) -> None:
        own = os.fstat(self._descriptor)
        try:
            there = self._place.lstat()
        except OSError as problem:
            raise OSError(problem.errno, _MOVED) from problem
        is_there = (own.st_dev, own.st_ino) == (there.st_dev, there.st_ino)
        if not is_there or os.path.realpath(self.path) != str(self._place):
            raise OSError(errno.ESTALE, _MOVED)

    def read(self, name: str, limit: int) -> bytes:
        """The content of a regular file of at most `limit` bytes. Raises OSError for anything else."""
        with self._parent(name, create=False) as (folder, base):
            return _read(base, folder, limit)

    def move_aside(self, name: str) -> None:
        """Give a file another name, so that a new one can take its place. Raises OSError."""
        with self._parent(name, create=False) as (folder, base):
            _move_aside(base, folder)

    def remove(self, name: str) -> None:
        """Remove a file if koregate wrote it. Raises OSError if it cannot be removed."""
        try:
            with self._parent(name, create=False) as (folder, base):
                if _is_ours(base, folder):
                    os.unlink(base, dir_fd=folder)
        except (FileNotFoundError, NotADirectoryError):
            return

    def remove_listed(self, names: Iterable[str]) -> None:
        """Remove these files if they are regular files. A list that koregate wrote must name them."""
        for name in names:
            with suppress(OSError), self._parent(name, create=False) as (folder, base):
                if _kind(base, folder) == stat.S_IFREG:
                    os.unlink(base, dir_fd=folder)

    @contextmanager
    def room(self, size: int) -> Iterator[bool]:
        """Keep room on the disk for a file of that many bytes. Says whether there is enough."""
        name = f"{_TEMPORARY}{secrets.token_hex(8)}"
        try:
            self.write(name, bytes(size))
        except OSError:
            yield False
            return
        try:
            yield True
        finally:
            self.remove_listed([name])

    def remove_temporary_files(self, folder: str = "", min_age: float = 0.0) -> None:
        """Remove the temporary files that a killed job left, if they are at least so many seconds old."""
        with suppress(OSError), self._parent(f"{folder}/x" if folder else "x", create=False) as (descriptor, _):
            for entry in list(os.scandir(descriptor)):
                with suppress(OSError):
                    if _TEMPORARY_NAME.fullmatch(entry.name) and _is_file_of_age(entry, min_age):
                        os.unlink(entry.name, dir_fd=descriptor)

    @contextmanager
    def _parent(self, name: str, *, create: bool) -> Iterator[tuple[int, str]]:
        """The descriptor of the folder that contains the file, and the file's own name."""
        *folders, base = PurePosixPath(name).parts
        if ".." in (*folders, base) or name.startswith("/"):
            raise OSError(errno.EINVAL, f'"{name}" is outside the report directory')
        descriptor = os.dup(self._descriptor)
        try:
            for folder in folders:
                inner = _open_folder(folder, descriptor, create=create)
                os.close(descriptor)
                descriptor = inner
            yield descriptor, base
        finally:
            os.close(descriptor)


def read_inside(workspace: Path, name: str, limit: int) -> bytes:
    """The content of a regular file inside the workspace of at most `limit` bytes. Follows no link. Raises OSError."""
    if not PurePosixPath(name).name:
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    # The path of the workspace itself may contain links: the user of koregate chose it.
    descriptor = os.open(os.path.realpath(workspace), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    return ReportDir(workspace, descriptor).read(name, limit)


def link_in(path: str, start: Path, workspace: Path) -> Path | None:
    """The first symbolic link of a path whose target a change of the workspace could choose, or None.

    That is every link inside the workspace, and every link of a relative path, which begins at `start`. Links elsewhere
    belong to the machine, like /tmp on macOS or the work folder of a runner.
    """
    root, is_relative = Path(os.path.realpath(workspace)), not path.startswith(os.sep)
    # Without links, as they are resolved one by one. So a folder's parent is its lexical parent.
    here = Path(os.path.realpath(start))
    parts, followed = [*reversed(Path(path).parts)], 0
    while parts:
        place = here / parts.pop()
        if place.name == "..":
            here = here.parent
        elif not os.path.islink(place):  # noqa: PTH114 -- Path.is_symlink raises for some names in Python 3.11
            here = place
        elif is_relative or here.is_relative_to(root) or followed == _MAX_LINKS:
            return place
        else:
            followed += 1
            parts += reversed(place.readlink().parts)
    return None


def read_file(path: Path, limit: int) -> bytes:
    """The content of a regular file of at most `limit` bytes, anywhere. It must not be a link. Raises OSError."""
    return _read(os.fspath(path), None, limit)


def prepare(workspace: Path, report_dir: str) -> ReportDir:
    """The report directory, created if it is missing. It is this process's own until the process ends.

    Raises `InvalidInputs` if its path contains a symbolic link, if it is not writable, or if another process has it.
    """
    descriptor = _open_report_dir(workspace, report_dir, create=True)
    try:
        return ReportDir(workspace / report_dir, descriptor, _lock(descriptor))
    except BlockingIOError as problem:
        os.close(descriptor)
        text = f'another koregate writes to "{report_dir}". Wait until it has ended, or name another folder.'
        raise InvalidInputs(Problem("report-dir", text)) from problem


def check(workspace: Path, report_dir: str) -> None:
    """Raise `InvalidInputs` if `prepare` would, without creating anything."""
    os.close(_open_report_dir(workspace, report_dir, create=False))


def _open_report_dir(workspace: Path, report_dir: str, *, create: bool) -> int:
    """The descriptor of the report directory, or of its last existing parent folder if nothing may be created."""
    try:
        return _open_inside(workspace, report_dir, create=create)
    except OSError as problem:
        if problem.errno in (errno.ELOOP, errno.ENOTDIR):
            text = f'"{report_dir}" is a symbolic link or a file, or is below one. Name another folder.'
        else:
            reason = problem.strerror or type(problem).__name__
            text = f'"{report_dir}" is not writable ({reason}). Name another folder.'
        raise InvalidInputs(Problem("report-dir", text)) from problem


def open_folder(workspace: Path, folder: str) -> ReportDir:
    """A writable folder inside the workspace, created if it is missing.

    Raises OSError, also if its path contains a symbolic link.
    """
    return ReportDir(workspace / folder, _open_inside(workspace, folder, create=True))


def check_folder(workspace: Path, folder: str) -> None:
    """Raise OSError if `open_folder` would, without creating anything."""
    os.close(_open_inside(workspace, folder, create=False))


def _open_inside(workspace: Path, folder: str, *, create: bool) -> int:
    # The path of the workspace itself may contain links: the user of koregate chose it.
    descriptor = os.open(os.path.realpath(workspace), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in PurePosixPath(folder).parts:
            if not create and not _kind(part, descriptor):
                break
            inner = _open_folder(part, descriptor, create=create, move_aside=False)
            os.close(descriptor)
            descriptor = inner
        _try_to_write(descriptor)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _open_folder(name: str, parent: int, *, create: bool, move_aside: bool = True) -> int:
    """The descriptor of a folder below another one. If it is created, anything else with its name is moved aside."""
    try:
        return os.open(name, _FOLDER, dir_fd=parent)
    except FileNotFoundError:
        if not create:
            raise
    except OSError as problem:
        if not create or not move_aside or problem.errno not in (errno.ELOOP, errno.ENOTDIR):
            raise
        _move_aside(name, parent)
    with suppress(FileExistsError):
        os.mkdir(name, 0o777, dir_fd=parent)
    descriptor = os.open(name, _FOLDER, dir_fd=parent)
    _hand_over(descriptor, parent)
    return descriptor


class _Lock:
    """What keeps other processes from a report directory. The system releases it when the process ends in any way."""

    def __init__(self, descriptor: int) -> None:
        weakref.finalize(self, os.close, descriptor)


# The locks of this process by device and inode of the folder. One job opens its report directory more than once.
_locks: weakref.WeakValueDictionary[tuple[int, int], _Lock] = weakref.WeakValueDictionary()


def _lock(folder: int) -> _Lock:
    """The lock of a report directory. Raises BlockingIOError if another process has it."""
    status = os.fstat(folder)
    identity = status.st_dev, status.st_ino
    if (lock := _locks.get(identity)) is None:
        # Opened again, because all copies of a descriptor share a lock.
        descriptor = os.open(".", _FOLDER, dir_fd=folder)
        lock = _Lock(descriptor)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise
        except OSError:
            # Some network file systems have no locks. There the user keeps two jobs apart.
            return lock
        _locks[identity] = lock
    return lock


def _try_to_write(folder: int) -> None:
    name = f"{_TEMPORARY}{secrets.token_hex(8)}"
    os.close(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600, dir_fd=folder))
    os.unlink(name, dir_fd=folder)


def _move_aside(name: str, folder: int) -> None:
    """Rename whatever has the name of one of koregate's files or folders. koregate removes only its own files."""
    os.rename(name, f"{name}.moved-{secrets.token_hex(4)}", src_dir_fd=folder, dst_dir_fd=folder)


def _kind(name: str, folder: int) -> int:
    """The file type of that name, without following a link, or 0 if it does not exist."""
    try:
        return stat.S_IFMT(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    except FileNotFoundError:
        return 0


def _is_file_of_age(entry: os.DirEntry[str], seconds: float) -> bool:
    status = entry.stat(follow_symlinks=False)
    # A file of the future is of another clock.
    return stat.S_ISREG(status.st_mode) and abs(time.time() - status.st_mtime) >= seconds


def _is_ours(name: str, folder: int) -> bool:
    if _kind(name, folder) != stat.S_IFREG:
        return False
    descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    with os.fdopen(descriptor, "rb") as file:
        return _SIGNATURE in file.read(_SIGNATURE_BYTES).lower()


def _is_foreign(name: str, folder: int) -> bool:
    """Whether it is a regular file with content that koregate did not write. A link is replaced: its target stays."""
    if _kind(name, folder) != stat.S_IFREG:
        return False
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False).st_size > 0 and not _is_ours(name, folder)
    except PermissionError:
        return True


def _read(name: str, folder: int | None, limit: int) -> bytes:
    # O_NONBLOCK: opening a named pipe must not wait for a writer.
    descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "is not a regular file")
        data = file.read(limit + 1)
    if len(data) > limit:
        raise OSError(errno.EFBIG, f"is larger than {limit} bytes")
    return data


def _hand_over(descriptor: int, owner: int) -> None:
    """Give a new file or folder to the workspace's owner: a container runs as root, and its files break checkouts."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        status = os.fstat(owner)
        with suppress(OSError):
            os.fchown(descriptor, status.st_uid, status.st_gid)
