"""The queue between the signal handler, the worker threads and the main thread."""

from collections.abc import Iterator
from queue import SimpleQueue
from typing import TypeAlias

from koregate.runs.events import Event

# The main thread receives signals, by their number, and events from the worker threads.
# SimpleQueue: its `put` is reentrant, so a signal handler may call it.
EventQueue: TypeAlias = SimpleQueue[int | Event]

# A signal that arrives just before the main thread blocks does not wake it. The main thread sees it after this time.
WAKE_SECONDS = 0.25
# The longest time without a line in the log.
HEARTBEAT_SECONDS = 25.0


def pending_signal(queue: EventQueue) -> int | None:
    """The first signal in the queue, in which everything stays in its order."""
    events: list[int | Event] = []
    while not queue.empty():
        events.append(queue.get())
    for event in events:
        queue.put(event)
    return next((event for event in events if isinstance(event, int)), None)


def waiting_signals(queue: EventQueue) -> Iterator[int]:
    """The signals in the queue. Events of threads that an earlier signal abandoned are dropped."""
    while not queue.empty():
        event = queue.get()
        if isinstance(event, int):
            yield event
