"""Threads, of which a machine may allow few: `docker --pids-limit` and `ulimit -u` limit them."""

import threading
from collections.abc import Callable

from koregate.errors import NoThread


def start_thread(work: Callable[[], object], name: str) -> threading.Thread:
    """A thread that does the work and does not keep the process alive. Raises `NoThread`."""
    thread = threading.Thread(target=work, daemon=True, name=name)
    try:
        thread.start()
    except (RuntimeError, MemoryError) as problem:
        raise NoThread from problem
    return thread


def start_or_do(work: Callable[[], object], name: str) -> threading.Thread | None:
    """A thread that does the work, or None if this thread had to do it, because there is no other one."""
    try:
        return start_thread(work, name)
    except NoThread:
        work()
        return None
