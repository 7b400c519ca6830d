"""Untrusted text inside Markdown."""

import re

from koregate.text import visible

# All ASCII punctuation but what no Markdown or HTML reader acts on. A zero-width space after @ and # keeps GitHub from
# making mentions and issue links of them.
_ACTIVE = re.compile(r"[!-'*+\-./:;<=>?@\[-`{-~()]")


def markdown(text: str) -> str:
    """Untrusted text as Markdown and HTML that shows just that text: no markup, link or mention, on one line."""
    return _ACTIVE.sub(_entity, visible(text)).replace("\n", "<br>").replace("\t", " ")


def _entity(match: re.Match[str]) -> str:
    entity = f"&#{ord(match[0])};"
    return f"{entity}&#8203;" if match[0] in "@#" else entity
