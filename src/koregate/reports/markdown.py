"""Untrusted text inside Markdown."""

import re

from koregate.text import one_line, visible

# All ASCII punctuation that has a meaning in Markdown or HTML. A zero-width space after @ and # keeps GitHub from
# making mentions and issue links.
_ACTIVE = re.compile(r"[!-'*+\-./:;<=>?@\[-`{-~()]")
# In comments, GitHub and GitLab also link plain words: the first digits of a commit, and a prefix with a number (GitHub
# docs, "Autolinked references and URLs"). A zero-width space breaks such a word between letters and digits, and after
# each sixth hexadecimal digit. It breaks www too, because a browser ignores a zero-width space in a host name.
_WORD = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=[0-9A-Fa-f]{6})(?=[0-9A-Fa-f])|(?<=[wW]{2})(?=[wW])")
_NOTHING = "&#8203;"


def markdown(text: str) -> str:
    """Untrusted text as Markdown and HTML on one line that shows exactly that text: no markup, link or mention."""
    return _ACTIVE.sub(_entity, visible(text)).replace("\n", "<br>").replace("\t", " ")


def inert_markdown(text: str) -> str:
    """Untrusted text for a comment on one line: like `markdown`, but also without references of GitHub or GitLab.

    Both look for references in the visible text, so entities do not help. A zero-width space after each sign does: it
    breaks #1, GH-1, !1, ~label, $1, %1, &1, owner/repo@commit, [[page]], :sign:, {+ins+}, https:// and www.
    """
    broken = _WORD.sub("\u200b", one_line(text))
    return _ACTIVE.sub(lambda match: f"&#{ord(match[0])};{_NOTHING}", broken)


def _entity(match: re.Match[str]) -> str:
    entity = f"&#{ord(match[0])};"
    return f"{entity}{_NOTHING}" if match[0] in "@#" else entity
