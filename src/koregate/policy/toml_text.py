"""Texts written to a TOML file."""

import json

from koregate.text import visible


def toml_string(text: str) -> str:
    """The text as a TOML string on one line, which says nothing to the log of a CI system.

    What TOML does not allow, and what could act or vanish, is written as the escape that reports show for it.
    """
    # Every escape that JSON writes is TOML's too (toml.io, "String"), as DEL and lone surrogates are gone by then.
    return json.dumps(visible(text), ensure_ascii=False).replace("##", r"#\u0023")
