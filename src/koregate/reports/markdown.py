"""Untrusted text inside Markdown."""

import re

from koregate.text import one_line, visible

# All ASCII punctuation that has a meaning in Markdown or HTML. A zero-width space after @ and # keeps GitHub from
# making mentions and issue links.
_ACTIVE = re.compile(r"[!-'*+\-./:;<=>?@\[-`{-~()]")
# In comments, GitHub and GitLab also link plain words: the first digits of a commit, and a prefix with a number (GitHub
# docs, "Autolinked references and URLs"). A zero-width space breaks such a word between letters and digits, and after
# each sixth hexadecimal digit. It breaks www too, because a browser ignores a zero-width space in a host name.
_WORD = r"(?<=[^\W\d_])(?=\d)|(?<=[0-9A-Fa-f]{6})(?=[0-9A-Fa-f])|(?<=[wW]{2})(?=[wW])"
# The signs that a reference begins with, or that a prefix ends with. Before a space they begin nothing. At the end of a
# text, other text may follow, but a full stop ends a sentence there. A hyphen between small letters joins two words,
# except in the number of an advisory (ghsa-…), so that names can be copied.
_BEGINS = r"[!#$%&*+/:=@\[\^_{~](?=\S|\Z)|\.(?=\S)|(?<![a-z])-(?=\S|\Z)|-(?![a-z\s])|(?<=[gG][hH][sS][aA])-(?=\S)"
_INERT = re.compile(f"(?P<breaks>{_WORD}|{_BEGINS})|{_ACTIVE.pattern}")
_NOTHING = "&#8203;"


def markdown(text: str) -> str:
    """Untrusted text as Markdown and HTML on one line that shows exactly that text: no markup, link or mention."""
    return _ACTIVE.sub(_entity, visible(text)).replace("\n", "<br>").replace("\t", " ")


def inert_markdown(text: str) -> str:
    """Untrusted text for a comment on one line: like `markdown`, but also without references of GitHub or GitLab.

    Both look for references in the visible text, so entities do not help. A zero-width space after a sign that begins
    one does: it breaks #1, GH-1, !1, ~label, $1, %1, &1, owner/repo@commit, [[page]], :sign:, {+ins+}, https:// and
    www.
    """
    return _INERT.sub(_inert, one_line(text))


def in_code(escaped: str) -> str:
    """Escaped text for the inside of `<code>`, where readers search and copy: without the added zero-width spaces.

    GitHub and GitLab make no references in code.
    """
    return escaped.replace(_NOTHING, "")


def _inert(match: re.Match[str]) -> str:
    return f"{_entity_of(match[0])}{_NOTHING if match['breaks'] is not None else ''}"


def _entity(match: re.Match[str]) -> str:
    entity = _entity_of(match[0])
    return f"{entity}{_NOTHING}" if match[0] in "@#" else entity


def _entity_of(sign: str) -> str:
    return f"&#{ord(sign)};" if sign else ""
