"""The command `koregate`, and `python -m koregate`."""

import gc
from typing import NoReturn


def main() -> NoReturn:
    """Load the program and run it."""
    # Loading makes a hundred thousand objects and hardly any garbage: with the usual threshold of 700 the collector
    # takes a sixth of the time until the first request.
    gc.set_threshold(100_000, 20, 20)
    from koregate.cli import main as run  # noqa: PLC0415 -- after the line above, or it does not help

    run()


if __name__ == "__main__":
    main()
