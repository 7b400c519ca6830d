"""The command `koregate`, and `python -m koregate`."""

import gc
import os
import sys
import warnings
from typing import NoReturn

# requests would load the first two to guess the encoding of text, PyJWT the last one for signatures other than HMAC:
# the platform speaks JSON and HMAC. Both take a package that is not there for one that is not wanted.
_UNUSED = ("charset_normalizer", "chardet", "cryptography")


def main() -> NoReturn:
    """Load the program and run it."""
    # Loading makes a hundred thousand objects and hardly any garbage: with the usual threshold of 700 the collector
    # takes a sixth of the time until the first request.
    gc.set_threshold(100_000, 20, 20)
    # Pydantic would look through every installed package for plugins, which we have none of (pydantic docs, "Plugins").
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    # None says that a module cannot be found (Python language reference, "The module cache").
    sys.modules.update(dict.fromkeys(_UNUSED))  # type: ignore[arg-type]  # typeshed: modules only
    # What requests says of the packages left out, and PyJWT of a short client secret: nothing that a user could mend.
    for message in ("Unable to find acceptable character detection", "The HMAC key is"):
        warnings.filterwarnings("ignore", message=message)
    from koregate.cli import main as run

    run()


if __name__ == "__main__":
    main()
