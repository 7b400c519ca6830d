"""One word for one thing: in messages and descriptions, on pages, in names and docstrings."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
# Prose, and the descriptions in both actions and the reusable workflow.
PAGES = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
    ROOT / "action.yml",
    ROOT / "composite" / "action.yml",
    *sorted((ROOT / ".github" / "workflows").glob("*.yml")),
    *sorted((ROOT / "src").rglob("*.html")),
]

# What must not be there, and the word for it.
WORDS = {
    r"(test |conversation )collections?\b": "test suite",
    r"\b(platform|Kore\.ai|server|API)(?:'s)? answer": "reply: an answer is what a bot says",
    r"\banswer(s|ed)? (of|from) the (platform|server|API)": "reply",
    r"\bred (step|case|suite)s?\b": "failed",
    r"\bforeign (text|word)s?\b": "untrusted text",
    r"\blet(s|ting)?\b[^.,;:|\n]{0,40}? by(?![\w-])(?! (the|a|an|name)\b)": "tolerate",
    r"\b(is|are|was|were|be) told\b(?! apart| from)": "shown, reported or named",
    r"\btells? of\b": "say about",
    r"\bgo(es|ing)? on\b": "continue",
    r"\bwhat becomes of\b": "what happens to",
    r"\bmeanwhile\b": "during the job",
    r"\bbut for\b": "except",
    r"\blone\b(?!\s(# )?surrogate)": "single",
    r"\bin the clear\b": "unencrypted",
    r"\bto the letter\b": "exactly",
    r"\bmet an? (unexpected )?\w*(error|Error)\b": "Internal error",
    r"\bper cent\b": "percent",
    r"\d %": "40%, without a space",
    r"\b(one|twice|two|\d+) an? (line|row|suite|step|job|run|second|minute|hour|day|file)\b": "per",
    r"\bwhere that (is|matters)\b": "if",
    r"\b(is|are|was|were|be|a|the) cancelled\b(?! *[|`,\"])": "canceled: cancelled is the verdict alone",
    r"\b(colour|behaviour|favour|honour|licen[c]e|catalogue|centre|grey|artefact|judgement|learnt|whilst)": "American",
    r"\b\w+(gnis|rganis|ormalis|erialis|nitialis|ummaris|inimis|ptimis|uthoris)(e|es|ed|ing|ation)\b": "American: -ize",
}
# On pages for users: the words of docs/README.md. **Test summary** is a panel of GitLab.
PAGE_WORDS = {
    r"(?<!run's )(?<!\*\*Test )(?<!job )(?<!job\n)(?<!job\n  )\bsummar(y|ies)\b(?! only)": "job summary",
    r"\bturn(s|ed)? the gate (green|red)\b": "make the gate pass or fail",
    r"\b(a|an|the|each|every) red (job|run|pipeline|pull request|merge request|schedule)\b": "failed",
    r": not tried\b": "a whole sentence: … was not tried",
    r"\bpage, the (job )?summary\b": "HTML report",
}
# These have tables or tests of their own.
GENERATED = {"README.md", "docs/inputs.md", "CHANGELOG.md"}
USER_PAGES = [path for path in PAGES if path.suffix == ".md" and str(path.relative_to(ROOT)) not in GENERATED]
BANNED = re.compile("|".join(f"(?P<w{number}>{pattern})" for number, pattern in enumerate(WORDS)), re.IGNORECASE)


def findings(text: str) -> Iterator[str]:
    """Each word that must not be there, with the one to use."""
    for match in BANNED.finditer(text):
        better = list(WORDS.values())[int((match.lastgroup or "w0")[1:])]
        yield f"{text.count(chr(10), 0, match.start()) + 1}: {match[0]!r} ({better})"


def prose(path: Path) -> str:
    """A page without its code, line for line."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".md":
        return text
    text = re.sub(
        r"^( *)```.*?^ *```$", lambda block: "\n" * block[0].count("\n"), text, flags=re.DOTALL | re.MULTILINE
    )
    return re.sub(r"`[^`\n]+`", "`…`", text)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_messages_names_and_docstrings_use_the_words_of_the_glossary(path: Path) -> None:
    assert not list(findings(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_pages_use_them_too(path: Path) -> None:
    assert not list(findings(prose(path)))


@pytest.mark.parametrize("path", USER_PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_pages_for_users_use_the_words_that_they_explain(path: Path) -> None:
    text = prose(path)
    found = [(better, match[0]) for word, better in PAGE_WORDS.items() for match in re.finditer(word, text)]

    assert [] == found


@pytest.mark.parametrize(
    ("text", "better"),
    [
        ("The platform answered late.", "reply"),
        ("Names, one a line.", "per"),
        ("A rule that lets a failure by.", "tolerate"),
        ("The run goes on.", "continue"),
        ("Running: 40 % of 13 steps.", "40%"),
        ("The job was cancelled in time.", "canceled"),
        ("The behaviour is known.", "American"),
    ],
)
def test_a_word_that_must_not_be_there_is_found(text: str, better: str) -> None:
    assert better in " ".join(findings(text))


@pytest.mark.parametrize(
    "text",
    [
        "They are told apart.",
        "One per line.",
        "The verdict is `cancelled`.",
        "Let me stop by the shop.",
        "a gate by itself",
    ],
)
def test_good_words_are_not_taken_for_bad_ones(text: str) -> None:
    assert not list(findings(text))
