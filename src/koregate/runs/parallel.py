"""Test suites in parallel: a thread each, watched by the main thread for endings and signals."""

from __future__ import annotations

import random
import threading
import time
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from koregate.errors import Cancelled
from koregate.kore_api.client import Client
from koregate.runs.pacing import Budget, Pacing
from koregate.runs.polling import Watched, Watcher, stop_for
from koregate.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from koregate.clock import Clock
    from koregate.commands.context import Inbox, World
    from koregate.inputs.model import Inputs
    from koregate.runs.record import Ending
    from koregate.runs.resume import Memory

# How long a cancelled job waits for a start request under way, whose run id would be lost: GitHub's runner kills after
# 10 seconds.
_GRACE = 3.0
# A signal that arrives just before the main thread blocks wakes nobody, and is seen when the wait is over: so it is
# short.
LOOK_SECONDS = 0.25


def run_suites(inputs: Inputs, world: World, memory: Memory) -> list[Ending]:
    """Watch every suite, several at once; returns how each ended, in their order. Never raises."""
    run_ids: Sequence[str | None] = inputs.test_run_ids or [memory.run_id(suite) for suite in inputs.test_suites]
    watched = [Watched(suite, run_id) for suite, run_id in zip(inputs.test_suites, run_ids, strict=True)]
    pending: SimpleQueue[int] = SimpleQueue()
    for number in range(len(watched)):
        pending.put(number)
    starts = _shared_budget(world.clock)

    def work() -> None:
        while True:
            try:
                number = pending.get_nowait()
            except Empty:
                return
            one = watched[number]
            try:
                pacing = Pacing(inputs.timeout, inputs.stall_timeout, inputs.poll_interval, random.random)
                watcher = Watcher(Client(inputs, world), world.clock, pacing, starts, memory, world.ci)
                ending = watcher.watch(one)
            except Exception as problem:  # noqa: BLE001 -- a defect of ours must still end in a report
                ending = one.ending(stop_for(problem))
            world.inbox.put((number, ending))

    for _ in range(min(inputs.max_parallel, len(watched))):
        # daemon: a request under way must not hold the process when a signal came.
        threading.Thread(target=work, daemon=True, name="suite").start()
    return _collect(watched, world)


def _collect(watched: list[Watched], world: World) -> list[Ending]:
    endings: dict[int, Ending] = {}
    for found in _received(world, lambda: _heartbeat(watched, endings)):
        if isinstance(found, int):
            world.ci.say(f"{Cancelled(found)} Writing the reports.")
            world.clock.cancel(found)
            _drain(watched, endings, world.inbox)
            return [endings.get(number) or _cancelled(one, found) for number, one in enumerate(watched)]
        endings[found[0]] = found[1]
        if len(endings) == len(watched):
            break
    return [endings[number] for number in range(len(watched))]


def _received(world: World, beat: Callable[[], str]) -> Iterator[int | tuple[int, Ending]]:
    """What comes in; while nothing does, a line now and then shows that koregate is alive."""
    while True:
        try:
            yield world.inbox.get(timeout=LOOK_SECONDS)
        except Empty:
            if time.monotonic() - world.ci.said >= world.heartbeat / 2:
                world.ci.say(beat())


def _heartbeat(watched: list[Watched], endings: Mapping[int, Ending]) -> str:
    running = [one.suite for number, one in enumerate(watched) if number not in endings]
    names = ", ".join(one_line(suite, 40) for suite in running[:3])
    more = f" and {len(running) - 3} more" if running[3:] else ""
    return f"Still waiting for {names}{more}."


def _drain(watched: list[Watched], endings: dict[int, Ending], inbox: Inbox) -> None:
    """Take what came in already, and give start requests under way a moment to tell their run ids."""
    until = time.monotonic() + _GRACE
    while True:
        starting = any(one.starting and number not in endings for number, one in enumerate(watched))
        try:
            found = inbox.get(timeout=max(until - time.monotonic(), 0) if starting else 0)
        except Empty:
            return
        if not isinstance(found, int):
            endings[found[0]] = found[1]


def _cancelled(one: Watched, signum: int) -> Ending:
    stop = stop_for(Cancelled(signum))
    if one.starting:
        stop = stop._replace(message=f"{stop.message} A start was under way: the test run may have started.")
    return one.ending(stop)


def _shared_budget(clock: Clock) -> Callable[[], None]:
    """Waits until a start request is within the platform's limits: all suites of a stream share them."""
    budget, lock = Budget(), threading.Lock()

    def take() -> None:
        while True:
            with lock:
                now = clock.monotonic()
                hold = budget.hold(now)
                if hold <= 0:
                    budget.spend(now)
                    return
            clock.wait(hold)

    return take
