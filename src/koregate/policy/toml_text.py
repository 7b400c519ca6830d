"""Strings for a TOML file."""

import json

from koregate.text import visible


def toml_string(text: str) -> str:
    """The text as a TOML string on one line. Nothing in it acts as a command of a CI system.

    Characters that TOML does not allow, or that could act or vanish, are written as the escapes that reports show.
    """
    # JSON's escapes are valid in TOML too (toml.io, "String"). DEL and lone surrogates are already escaped.
    return json.dumps(visible(text), ensure_ascii=False).replace("##", r"#\u0023")
