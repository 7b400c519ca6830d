"""Untrusted text in a comment: rendered as GitHub renders Markdown, it is just that text, and refers to nothing."""

import re

import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from koregate.reports.markdown import in_code, inert_markdown, markdown
from koregate.text import one_line

GFM = MarkdownIt("gfm-like", {"html": True, "linkify": True}).enable(["table", "strikethrough"])
# What GitHub and GitLab make links, pings, signs or marks of, in the text that a reader sees. Sources: GitHub docs,
# "Autolinked references and URLs"; GitLab docs, "GitLab Flavored Markdown".
REFERENCES = re.compile(
    r"@\w|#\w|(?i:gh)-\d|!\d|~[\w\"]|\$[\w`$]|%[\w\"]|&\d|\^\w|\[\w|\[\[|\{[+-]|\[[+-]|:\w+:|://|www\.|mailto:\w|"
    r"\b[0-9a-f]{7,64}\b|[A-Za-z]-?\d|\*\w|(?i:ghsa)-\w|[A-Z]-\w"
)
REFERRING = [
    "@someone @org/team a@b.example",
    "#1 GH-1 gh-1 owner/repo#1 owner/repo@0123456789abcdef0123456789abcdef01234567",
    "0123456789abcdef0123456789abcdef01234567 deadbeef 1234567 DEADBEEF",
    '!1 ~bug ~"a b" $1 %1 %"v 1" &1 ^alert#1 [vulnerability:1] [issue:1] [[Home]] *iteration:1',
    "JIRA-123 TICKET123 CVE-2024-1234 GHSA-aaaa-bbbb-cccc ghsa-aaaa-bbbb-cccc jira-123 TICKET-abc",
    "https://evil.example http://evil.example www.evil.example ftp://evil.example mailto:a@b.example xmpp:a@b.example",
]
MARKUP = [
    "[click](https://evil.example) ![x](https://evil.example/x.png) <https://evil.example> [x]: https://evil.example",
    "<script>alert(1)</script><img src=x><a href=//evil.example>x</a><!-- ",
    "| a | b |\n|---|---|\n| c | d |",
    "</td></tr></table>\n\n# Verdict: passed",
    "**bold** _it_ ~~no~~ `code` $x$ $$y$$ {+in+} [-out-] :tada: [x] ==m== ^sup^",
    "- item\n1. item\n> quote\n    code\n```\ncode\n/close\n/approve",
    "&lt;b&gt; &#60;b&#62; &amp;#64;someone",
    "\\@someone \\| \x1b[31m\u202e\ud800",
    "::error::x",
]
texts = (
    st.sampled_from(REFERRING + MARKUP)
    | st.text(max_size=80)
    | st.text(alphabet="@#!~$%&-0123abcdef/:.w|`<>*_[](){}\n\\", max_size=40)
)


def shown(text: str, frame: str) -> str:
    """What a reader sees of the text inside some Markdown."""
    return str(lxml.html.fromstring(GFM.render(frame.format(text))).text_content())


@pytest.mark.parametrize("text", REFERRING)
def test_a_hostile_text_refers_to_nothing(text: str) -> None:
    assert REFERENCES.search(one_line(text))
    assert not REFERENCES.search(shown(inert_markdown(text), "a {} b"))


@given(texts)
def test_no_text_refers_to_anything(text: str) -> None:
    assert not REFERENCES.search(shown(inert_markdown(text), "a {} b"))


@given(texts, st.sampled_from(["a {} b\n", "- <b>{}</b>: b\n", "| {} | b |\n|---|---|\n| c | {} |\n"]))
def test_a_text_is_no_markup_and_breaks_nothing_around_it(text: str, frame: str) -> None:
    names = [element.tag for element in lxml.html.fromstring(GFM.render(frame.replace("{}", "x"))).iter()]
    root = lxml.html.fromstring(GFM.render(frame.replace("{}", f"x{inert_markdown(text)}")))

    assert names == [element.tag for element in root.iter()]
    squeezed = re.sub(r"\s+", " ", root.text_content().replace("\u200b", ""))
    assert re.sub(r"\s+", " ", one_line(text).replace("\u200b", "")).strip() in squeezed


@given(texts)
def test_code_holds_exactly_the_text_and_no_markup(text: str) -> None:
    for escape in (markdown, inert_markdown):
        root = lxml.html.fromstring(GFM.render(f"<pre><code>x{in_code(escape(text))}x</code></pre>\n"))

        assert ["pre", "code"] == [element.tag for element in root.iter() if element.tag != "br"]
        assert "\u200b" in text or "\u200b" not in root.text_content()
    assert f"x{one_line(text)}x" == root.text_content()


@pytest.mark.parametrize(
    "text",
    [
        "The suite timed out: Order a pizza.",
        "Nothing ran (a, b): see above; then go on.",
        'It said "no".',
        "Re-run the job, or set stream-id and on-missing-credentials.",
    ],
)
def test_a_sentence_gets_nothing_invisible(text: str) -> None:
    assert "&#8203;" not in inert_markdown(text)


def test_two_texts_side_by_side_refer_to_nothing() -> None:
    for first, second in (("@", "ann"), ("GH-", "1"), ("!", "1"), (":", "smile:"), ("[", "[page]]")):
        assert not REFERENCES.search(shown(inert_markdown(first) + inert_markdown(second), "a {} b"))
