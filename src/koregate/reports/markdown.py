"""Untrusted text inside Markdown."""

import re

from koregate.text import one_line, visible

# All ASCII punctuation but what no Markdown or HTML reader acts on. A zero-width space after @ and # keeps GitHub from
# making mentions and issue links of them.
_ACTIVE = re.compile(r"[!-'*+\-./:;<=>?@\[-`{-~()]")
# In comments GitHub and GitLab also link words alone: the first digits of a commit, and a prefix with a number
# (GitHub docs, "Autolinked references and URLs"). After letters and before digits, and after each sixth hexadecimal
# digit, such a word is broken, and www too: a browser ignores a zero-width space in the name of a host.
_WORD = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=[0-9A-Fa-f]{6})(?=[0-9A-Fa-f])|(?<=[wW]{2})(?=[wW])")
_NOTHING = "&#8203;"


def markdown(text: str) -> str:
    """Untrusted text as Markdown and HTML that shows just that text: no markup, link or mention, on one line."""
    return _ACTIVE.sub(_entity, visible(text)).replace("\n", "<br>").replace("\t", " ")


def inert_markdown(text: str) -> str:
    """Untrusted text for a comment, on one line: as `markdown`, and no reference of GitHub's or GitLab's either.

    Both look for references in the text that a reader sees, so entities are no help. A zero-width space after each sign
    is: it breaks #1, GH-1, !1, ~label, $1, %1, &1, owner/repo@commit, [[page]], :sign:, {+ins+}, https:// and www.
    """
    broken = _WORD.sub("\u200b", one_line(text))
    return _ACTIVE.sub(lambda match: f"&#{ord(match[0])};{_NOTHING}", broken)


def _entity(match: re.Match[str]) -> str:
    entity = f"&#{ord(match[0])};"
    return f"{entity}{_NOTHING}" if match[0] in "@#" else entity
