"""Where the main thread hears of endings and signals."""

from __future__ import annotations

from queue import SimpleQueue
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from koregate.results import Ending

# A signal's number, or a suite's number with its ending. SimpleQueue: its put is reentrant, so a handler may call it.
Inbox = SimpleQueue["int | tuple[int, Ending]"]
