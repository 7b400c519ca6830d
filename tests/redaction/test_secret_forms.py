"""The forms of a secret's characters: each one is found, and where it ends."""

import html
import json
from base64 import b32encode, b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from html.entities import html5
from itertools import product
from urllib.parse import quote, quote_plus

import pytest

from koregate.redaction.secret_forms import Encoded, begin_pattern, encoded_forms, ends, quick_begin_pattern

# A letter, a digit, what JSON, URLs or HTML escape, two to four bytes of UTF-8, and half a character.
CHARACTERS = 'k7"\\/& +\né€𝄞\ud800'


DOUBLED = '""'


def raw(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


@cache
def escapes(character: str) -> list[str]:
    """The escapes of JSON, JavaScript, URLs, HTML, CSV and quoted-printable, with capitals and without."""
    code = ord(character)
    units = character.encode("utf-16-be", "surrogatepass").hex()
    in_json = "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
    in_url = "".join(f"%{octet:02x}" for octet in raw(character))
    short = json.dumps(character)[1:-1]
    in_javascript = [f"\\u{{{code:x}}}", f"\\x{{{code:x}}}", f"\\u{{00{code:X}}}", in_json.replace("\\", "%")]
    in_octal = ["".join(f"\\{octet:03o}" for octet in raw(character))]
    in_octal += ["".join(f"\\0{octet:03o}" for octet in raw(character))]
    ways = [in_json, in_json.upper().replace("U", "u"), in_url, in_url.upper(), *in_javascript, *in_octal]
    ways += [in_url.replace("%", "="), in_url.upper().replace("%", "=")]
    ways += [f"&#{code};", f"&#{code}", f"&#0000000{code};", f"&#x{code:x};", f"&#X{code:X}", f"&#x00{code:X};"]
    names = [name.removesuffix(";") for name, value in html5.items() if value == character and name.endswith(";")]
    ways += [f"&{name}{semicolon}" for name in names for semicolon in (";", "")]
    ways += [short] if len(short) == 2 else [f"\\{character}"] if not character.isalnum() else []
    ways += ["+"] if character == " " else ['""'] if character == '"' else []
    return list(dict.fromkeys(ways))


def nested(character: str) -> Iterator[str]:
    """Each escape with one of its characters escaped, in turn and in each way, and with all of them escaped.

    A quote is doubled around all other escapes: beside an escaped one, it ends the text.
    """
    for escape in escapes(character):
        if escape == DOUBLED:
            continue
        for at, part in enumerate(escape):
            yield from (escape[:at] + way + escape[at + 1 :] for way in escapes(part) if way != DOUBLED)
        for number in (0, 2, -1):
            yield "".join([way for way in escapes(part) if way != DOUBLED][number] for part in escape)


@pytest.mark.parametrize("character", CHARACTERS, ids=ascii)
def test_a_character_begins_and_ends_in_each_escape_and_in_each_escape_of_that(character: str) -> None:
    pattern, with_next = begin_pattern(character), begin_pattern(character + "z")
    quick, quick_with_next = quick_begin_pattern(character), quick_begin_pattern(character + "z")
    for form in (character, *escapes(character), *nested(character)):
        data = b"<" + raw(form)

        assert len(data) in ends(data, 1, character), form
        assert (begun := pattern.search(data)) is not None, form
        assert 1 == begun.start(), form
        assert with_next.match(data + b"z", 1), form
        assert quick.match(data, 1), form
        assert quick_with_next.match(data + b"z", 1), form


def test_a_secret_begins_in_a_doubled_quote_that_is_escaped() -> None:
    for pattern in (begin_pattern('"z'), quick_begin_pattern('"z')):
        for form in ('""z', r"\"\"z", r"\"\"\u007a"):
            assert pattern.match(raw(form)), form
    assert {2, 4} == ends(rb"\"\"z", 0, '"')
    assert {2} == ends(rb'\"X"z', 0, '"')


@pytest.mark.parametrize("character", 'k"/ é', ids=ascii)
def test_a_character_is_not_found_in_another_ones_escapes(character: str) -> None:
    pattern = begin_pattern(character)
    for form in ("ü", *escapes("ü"), *nested("ü")):
        assert set() == ends(raw(form), 0, character), form
        assert pattern.match(raw(form)) is None, form


@pytest.mark.parametrize("second", CHARACTERS, ids=ascii)
def test_a_secret_begins_where_its_second_character_follows_in_any_form(second: str) -> None:
    pattern, quick = begin_pattern("k" + second), quick_begin_pattern("k" + second)
    for form in (second, *escapes(second), *nested(second)):
        assert pattern.match(raw("k" + form)), form
        assert pattern.match(raw("%256b" + form)), form
        assert quick.match(raw("k" + form)), form
    if second not in "k\\":
        assert pattern.match(b"kk") is None
        assert pattern.match(rb"k\k") is None


@pytest.mark.parametrize("first", "k7e_-Z")
@pytest.mark.parametrize("second", "k7_-")
def test_the_quick_pattern_misses_no_beginning_and_no_ordinary_escape_is_one(first: str, second: str) -> None:
    pattern = quick_begin_pattern(first + second)
    for form in (first, *escapes(first), *nested(first)):
        for following in (second, *escapes(second)):
            assert pattern.match(raw(form + following)), form + following
    for form in ('\\"', "\\n", "\\/", "\\u00fc", "%C3%BC", "% 5", "& ", "&eacute;", f"{first}.", f" {second}"):
        assert pattern.search(raw(form)) is None, form


@pytest.mark.parametrize(
    ("data", "found"),
    [
        ("A", {1}),
        ("&#65;", {4, 5}),
        ("&#65%3B", {4, 7}),
        ("&#65%3b;", {4, 7}),
        ("&#65%253B", {4}),
        ("&#x00000041;", {11, 12}),
        ("&#x000000041;", {12, 13}),
        ("&#x0000000041;", set()),
        ("&#%30065;", {8, 9}),
        ("&#%2530065;", set()),
        ("&amp;#65;", {8, 9}),
        ("&amp;amp;#65;", set()),
        ("%2541", {5}),
        ("%252541", set()),
        (r"\u0041", {6}),
        (r"\\u0041", {7}),
        (r"\\\u0041", set()),
        (r"\A", set()),
        ("&X65;", set()),
        ("&Xx41;", set()),
        ("+", set()),
        (r"\X0041", set()),
        (r"\X{41}", set()),
        (r"\uX41}", set()),
        (r"\u{41X", set()),
        (r"\X101", set()),
        ("%X0041", set()),
    ],
)
def test_an_escape_ends_with_its_semicolon_or_before_it_and_is_nested_once_at_most(data: str, found: set[int]) -> None:
    assert found == ends(data.encode(), 0, "A")


@pytest.mark.parametrize(
    ("character", "escape"),
    [
        *(("é", escape) for escape in (r"\303\251", r"\0303\0251", "%c3%a9", "=C3=A9")),
        *(("𝄞", escape) for escape in (r"\ud834\udd1e", "%ud834%udd1e")),
    ],
)
def test_each_part_of_an_escape_begins_with_its_sign(character: str, escape: str) -> None:
    second = escape.rindex(escape[0])

    assert {len(escape)} == ends(escape.encode(), 0, character)
    assert set() == ends(f"{escape[:second]}X{escape[second + 1 :]}".encode(), 0, character)


def covered(forms: Iterable[Encoded], data: bytes) -> set[int]:
    """The places of the data in which an encoding is found."""
    spans = [span for form in forms for span in form.spans(data)]
    return {place for start, end in spans for place in range(start, end)}


@pytest.mark.parametrize(("encode", "bits"), [(b64encode, 6), (urlsafe_b64encode, 6), (b32encode, 5)])
@pytest.mark.parametrize("before", range(7))
@pytest.mark.parametrize("after", range(6))
def test_each_letter_with_a_bit_of_the_secret_is_found_wherever_it_begins_and_at_most_one_more_at_each_end(
    encode: Callable[[bytes], bytes], bits: int, before: int, after: int
) -> None:
    # Each half of its base64 has a letter that differs in URLs, wherever it begins.
    secret = "~~~>?>>b?b~b?aab>"
    forms = encoded_forms(secret)
    encoded = encode(b"x" * before + secret.encode() + b"y" * after).rstrip(b"=")
    first, last = before * 8 // bits, -(-(before + len(secret)) * 8 // bits)

    for begin, end in ((b"", b""), (b"<", b">"), (b"a<", b">a")):
        found = covered(forms, begin + encoded + end)
        assert set(range(len(begin) + first, len(begin) + last)) <= found
        assert found <= set(range(len(begin) + max(first - 1, 0), len(begin) + min(last + 1, len(encoded))))


LINE_BREAKS = ["\n", "\r\n", "\\n", "\\r\\n", r"\\r\\n", "%0A", "%0d%0a", "&#10;", "&#13;"]


@pytest.mark.parametrize("secret", ["abcdef", "a-made-up", "a?made>up?secret>of some more length"])
@pytest.mark.parametrize("encode", [b64encode, lambda secret: secret.hex().encode(), b32encode], ids=range(3))
def test_an_encoded_secret_is_found_wherever_a_line_of_it_ends(encode: Callable[[bytes], bytes], secret: str) -> None:
    forms = encoded_forms(secret)
    encoded = encode(secret.encode()).rstrip(b"=")
    for at, line_break in product(range(1, len(encoded) - 1), LINE_BREAKS):
        data = encoded[:at] + line_break.encode() + encoded[at:]

        assert set(range(len(data))) == covered(forms, data), data


@pytest.mark.parametrize(("width", "alike"), [(48, 64), (64, 40), (76, 46)])
def test_a_secret_is_found_in_lines_of_base64_also_if_many_of_its_letters_differ_in_urls(
    width: int, alike: int
) -> None:
    secret = b"made-up-" + b"?" * alike + b"made-up-secret"
    forms = encoded_forms(secret.decode())
    for before in range(width):
        encoded = b64encode(b"x" * before + secret).rstrip(b"=")
        lines = b"\n".join(encoded[at : at + width] for at in range(0, len(encoded), width))

        assert len(secret) < len(covered(forms, lines)), before


SPELLINGS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "in a part of a URL": lambda secret: quote(secret, safe="", errors="surrogatepass"),
    "in a URL": lambda secret: quote(secret, errors="surrogatepass"),
    "in a form": lambda secret: quote_plus(secret, errors="surrogatepass"),
    "in JSON": lambda secret: json.dumps(secret)[1:-1],
    "in JSON with all letters": lambda secret: json.dumps(secret, ensure_ascii=False)[1:-1],
    "in JSON with slashes": lambda secret: json.dumps(secret)[1:-1].replace("/", "\\/"),
    "in JSON with all letters and slashes": lambda secret: json.dumps(secret, ensure_ascii=False)[1:-1].replace(
        "/", "\\/"
    ),
    "in JSON for HTML": lambda secret: json.dumps(secret)[1:-1].translate(
        {ord(letter): f"\\u{ord(letter):04x}" for letter in "=&<>'"}
    ),
    "in HTML": html.escape,
    "in CSV": lambda secret: secret.replace('"', '""'),
}
ENCODINGS: dict[str, Callable[[bytes], bytes]] = {
    "base64": lambda text: b64encode(text).rstrip(b"="),
    "hex": lambda text: text.hex().encode(),
    "HEX": lambda text: text.hex().upper().encode(),
}


@pytest.mark.parametrize("spell", SPELLINGS.values(), ids=SPELLINGS)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_an_escaped_secret_is_found_whole_in_an_encoding(spell: Callable[[str], str], encoding: str) -> None:
    for secret in ('"ü/<&>\'= k"', "a half: \ud800/&"):
        forms = encoded_forms(secret)
        data = ENCODINGS[encoding](raw(spell(secret)))

        assert set(range(len(data))) == covered(forms, data), secret


SECRETS = ["abcdef", "geheimes Wört", "мой пароль", "5 € für 𝄞", "a half: \ud800"]


@pytest.mark.parametrize("secret", SECRETS, ids=ascii)
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "base64", "hex", "HEX", "base32"])
def test_a_secret_in_any_letters_is_found_whole_in_an_encoding(secret: str, encoding: str) -> None:
    data = {
        "utf-16-le": secret.encode("utf-16-le", "surrogatepass")[:-1],
        "utf-16-be": secret.encode("utf-16-be", "surrogatepass")[1:],
        "base32": b32encode(raw(secret)).rstrip(b"="),
        **{name: encode(raw(secret)) for name, encode in ENCODINGS.items()},
    }[encoding]

    assert set(range(1, len(data) + 1)) == covered(encoded_forms(secret), b"<" + data + b">")


@pytest.mark.parametrize("secret", SECRETS, ids=ascii)
def test_a_secret_is_found_in_base64_of_base64_but_for_its_last_letter(secret: str) -> None:
    data = b64encode(b64encode(raw(secret)).rstrip(b"=")).rstrip(b"=")

    assert set(range(len(data) - 1)) <= covered(encoded_forms(secret), data)


@pytest.mark.parametrize(
    ("secret", "data"),
    [
        ("geheimes Wört", "geheimes Wört".encode("latin-1")),
        ("müßig!", "müßig!".encode("latin-1")),
        ("12345 € für 𝄞", "12345 € für ".encode("cp1252")),
    ],
)
def test_the_part_of_a_secret_that_an_old_encoding_has_is_found(secret: str, data: bytes) -> None:
    assert set(range(1, len(data) + 1)) == covered(encoded_forms(secret), b"<" + data + b">")


def test_a_secret_of_five_bytes_is_too_common_in_encodings() -> None:
    assert () == encoded_forms("abcde")
    assert () != encoded_forms("abcdef")
