"""The command `koregate`, and `python -m koregate`."""

import gc
import os
from typing import NoReturn


def main() -> NoReturn:
    """Load the program and run it."""
    # Loading makes a hundred thousand objects and hardly any garbage: with the usual threshold of 700 the collector
    # takes a sixth of the time until the first request.
    gc.set_threshold(100_000, 20, 20)
    # Pydantic would look through every installed package for plugins, which we have none of (pydantic docs, "Plugins").
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    from koregate.cli import main as run  # noqa: PLC0415 -- after the lines above, or they do not help

    run()


if __name__ == "__main__":
    main()
