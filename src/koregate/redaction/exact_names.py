"""Names of test suites in reports: whether a name is the platform's own, so that it identifies one suite."""

import re

from koregate.redaction.personal_data import PRESETS, REDACTED
from koregate.text import visible

# What to do about a name that is not exact.
ADVICE = "Rename the suite, or give every job a redact that keeps the name."
# What redaction and `text.visible` leave in every text that they change. `visible` turns CRLF into a line feed.
_MARKS = (REDACTED, *(f"[{name}]" for name in PRESETS))
_TRACE = re.compile("|".join(map(re.escape, _MARKS)) + r"|\\x[0-9a-f]{2}|\\u[0-9a-f]{4}|\n")


def is_exact(name: str) -> bool:
    """Whether reports show this name for no other suite. `name` is the platform's or the one that reports show.

    Redaction and escapes leave a trace in each name that they change. A name that has such a text anyway is not exact
    either: nothing in a report tells it from a changed one.
    """
    return _TRACE.search(visible(name)) is None
