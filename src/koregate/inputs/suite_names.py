"""Names of test suites that are easily mistyped: look-alike characters, spaces, names that differ by case only."""

import unicodedata
from collections.abc import Iterator, Sequence

from koregate.inputs.values import split_lines
from koregate.text import one_line

_MAX_NAME = 60
# Letters of other scripts that look like Latin letters in most fonts, and the characters that word processors insert
# instead of ASCII punctuation (Unicode Technical Standard 39, confusables).
_LATIN = "aceopxyijsABCEHIKMOPTXYaoABEHIKMNOPTXYZvu"
_OTHER = (
    "\u0430\u0441\u0435\u043e\u0440\u0445\u0443\u0456\u0458\u0455\u0410\u0412\u0421\u0415\u041d\u0406\u041a\u041c\u041e\u0420\u0422\u0425\u0423"
    "\u03b1\u03bf\u0391\u0392\u0395\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a7\u03a5\u0396\u03bd\u03c5"
)
_PUNCTUATION = {
    "-": "\u2010\u2011\u2012\u2013\u2014\u2015\u2212",
    "'": "\u2018\u2019\u201a\u02bc\u00b4",
    '"': "\u201c\u201d\u201e",
}
_LOOK_ALIKES = {
    **dict(zip(_OTHER, _LATIN, strict=True)),
    **{other: plain for plain, others in _PUNCTUATION.items() for other in others},
}


def doubtful_names(given: str, names: Sequence[str]) -> Iterator[str]:
    """A sentence for each name that may be mistyped. `given` is the raw input, and `names` are the parsed names."""
    for line in split_lines(given):
        if line.strip() and line != line.strip(" \t"):
            yield f"{_quoted(line)} has leading or trailing spaces, which are ignored. Remove them."
    for name in names:
        yield from _doubts(name)
    yield from _pairs(names)


def _doubts(name: str) -> Iterator[str]:
    seen: set[str] = set()
    for character in name:
        if character in seen or character.isascii():
            continue
        seen.add(character)
        if unicodedata.category(character) in {"Cf", "Zs"} or not character.isprintable():
            yield f"{_quoted(name)} contains {_described(character)}, which is invisible. Type the name again."
        elif character in _LOOK_ALIKES and _is_out_of_place(character, name):
            plain = _LOOK_ALIKES[character]
            yield f"{_quoted(name)} contains {_described(character)}, which looks like {plain}. Check it in Kore.ai."
        elif (
            unicodedata.normalize("NFKC", character) != character
            and unicodedata.normalize("NFC", character) == character
        ):
            plain = unicodedata.normalize("NFKC", character)
            yield f"{_quoted(name)} contains {_described(character)}, which looks like {plain}. Check it in Kore.ai."
    if unicodedata.normalize("NFC", name) != name:
        yield f"{_quoted(name)} contains a letter with a separate accent character. Type the name again."
    if "  " in name:
        yield f"{_quoted(name)} contains two spaces in a row. Check it in Kore.ai."


def _is_out_of_place(character: str, name: str) -> bool:
    """Whether a look-alike is suspicious: punctuation always, a letter only in a name with Latin letters too."""
    if not character.isalpha():
        return True
    return any(letter.isascii() and letter.isalpha() for letter in name)


def _pairs(names: Sequence[str]) -> Iterator[str]:
    """A sentence for each pair of names that a reader may confuse."""
    for other, name, how in names_alike(names):
        yield f"{_quoted(other)} and {_quoted(name)} {how}. Check that you mean both."


def names_alike(names: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Each name that a reader takes for one before it: that one, the name, and in which way they are alike."""
    first: dict[str, str] = {}
    for name in names:
        other = first.setdefault(as_seen(name), name)
        if other != name:
            yield other, name, "differ only by case" if other.casefold() == name.casefold() else "look alike"


def as_seen(name: str) -> str:
    """The name for a reader who does not notice case, spaces or scripts."""
    plain = "".join(_LOOK_ALIKES.get(character, character) for character in unicodedata.normalize("NFKC", name))
    shown = "".join(character for character in plain if unicodedata.category(character) != "Cf")
    return " ".join(shown.casefold().split())


def _quoted(name: str) -> str:
    return f'"{one_line(name, _MAX_NAME)}"'


def _described(character: str) -> str:
    return f"U+{ord(character):04X} {unicodedata.name(character, '')}".rstrip()
