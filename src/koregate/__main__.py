"""The command `koregate`, and `python -m koregate`: signal handlers first, then the command line."""

import gc
import os
import signal
from collections.abc import Callable
from types import FrameType
from typing import NoReturn


class Signals:
    """The signals that have arrived. They are kept from the first line of the program on."""

    def __init__(self) -> None:
        self._received: list[int] = []
        self._forward: Callable[[int], object] | None = None

    def handle(self, signum: int, _frame: FrameType | None) -> None:
        """Keep the signal. If the same signal arrives again, the process ends at once.

        GitHub's runner sends SIGINT and then SIGTERM. That must not cost the reports.
        """
        if signum in self._received:
            os._exit(128 + signum)
        self._received.append(signum)
        if self._forward:
            self._forward(signum)

    def forward_to(self, receive: Callable[[int], object]) -> None:
        """Pass each signal to that function, including those that have already arrived. It must be reentrant."""
        self._forward = receive
        for signum in tuple(self._received):
            receive(signum)


def main() -> NoReturn:
    """Run the program."""
    signals = Signals()
    # PID 1 has no default handlers: without these, a signal would do nothing until the command line is loaded.
    signal.signal(signal.SIGINT, signals.handle)
    signal.signal(signal.SIGTERM, signals.handle)
    # nohup ignores SIGHUP so that the job continues. Leave it ignored then.
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signals.handle)
    # Imports create a hundred thousand objects and hardly any garbage, and a large reply creates a million. With the
    # usual threshold of 700, the garbage collector would traverse them again and again.
    gc.set_threshold(100_000, 20, 20)
    try:
        from koregate.cli import main as run_command_line

        run_command_line(signals.forward_to)
    except Exception as problem:  # noqa: BLE001 -- Python would exit with 1, which says that a test failed
        # Only the text of an error of an import certainly contains no secret.
        text = f": {' '.join(str(problem).split())}" if isinstance(problem, ImportError) else ""
        line = f"koregate: error (exit code 4). {type(problem).__name__}{text}\n"
        os.write(2, line.encode(errors="backslashreplace"))
        os._exit(4)


if __name__ == "__main__":
    main()
