"""Secrets: in which forms they are replaced in a text, and what stays."""

import html
import json
import random
import re
import string
import time
from base64 import b32encode, b64encode, encodebytes
from collections.abc import Callable
from functools import partial
from html.entities import html5
from itertools import product
from quopri import encodestring
from urllib.parse import quote, unquote, unquote_plus

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from koregate.redaction.secret_mask import SecretMask

# Any code point, lone surrogates too, and often one that JSON escapes.
ANY = st.text(
    st.one_of(st.characters(exclude_categories=()), st.sampled_from('\t\n\r\x00\x1b\x7f\u2028\ud800\udfff\uffff \\/"é'))
)
SECRET = 'k/7"\\+ü=' * 3
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJhcHBJZCI6ImNzLTEifQ.c2lnbmF0dXJl_-"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (f"a{SECRET}b", "a***b"),
        (f"{SECRET}{SECRET}", "******"),
        (json.dumps({"msg": SECRET}), '{"msg": "***"}'),
        (json.dumps({"msg": SECRET}, ensure_ascii=False), '{"msg": "***"}'),
        (json.dumps({"msg": SECRET}).replace("/", r"\/"), '{"msg": "***"}'),
        (json.dumps({"msg": SECRET}, ensure_ascii=False).replace("/", r"\/"), '{"msg": "***"}'),
        (f"token {TOKEN}.", "token ***."),
        (TOKEN.rpartition(".")[0], "***"),
        ("eyJust a word.eyJ", "eyJust a word.eyJ"),
        ("nothing to hide", "nothing to hide"),
    ],
)
def test_a_secret_is_masked_in_every_form_it_takes_in_json_and_tokens_always(text: str, masked: str) -> None:
    mask = SecretMask([SECRET, ""])

    assert masked == mask.text(text)
    assert masked.encode() == mask.data(text.encode())


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("test", "***"),
        ("a test.", "a ***."),
        ("test-test_test", "***-***_***"),
        ('{"testRunId": "ctr-test"}', '{"testRunId": "ctr-***"}'),
        ("latest contest tests test1", "latest contest tests test1"),
        ("atest", "atest"),
        (r"\ntest", r"\n***"),
        ("a%3Dtest a%253Dtest a\\x3dtest", "a%3D*** a%253D*** a\\x3d***"),
        (r'{"text": "first\ntest\ttest\u00fctest"}', r'{"text": "first\n***\t***\u00fc***"}'),
    ],
)
def test_a_short_secret_is_masked_only_as_a_word_of_its_own(text: str, masked: str) -> None:
    assert masked == SecretMask(["test"]).text(text)


def test_of_two_secrets_that_begin_alike_the_longer_one_is_masked_whole() -> None:
    mask = SecretMask(["a-secret-of-some-length", "a-secret-of-some-length-and-more"])

    assert "*** ***" == mask.text("a-secret-of-some-length-and-more a-secret-of-some-length")


@pytest.mark.parametrize(
    "secrets",
    [
        ("abcdefghijklm", "hijklmnopqrst"),
        ("abcdefghijklmnopqrst", "efghijklmnop"),
        ("abcdefghijklm", "klmnopqrst...", "fghijklmnopqrst"),
    ],
)
def test_secrets_that_overlap_leave_nothing_of_each_other(secrets: tuple[str, ...]) -> None:
    assert "a *** b" == SecretMask(secrets).text("a abcdefghijklmnopqrst b")


def test_a_secret_of_twelve_characters_is_masked_inside_a_word_and_a_shorter_one_is_not() -> None:
    mask = SecretMask(["twelve-chars", "eleven-char"])

    assert "a***s aneleven-chars" == mask.text("atwelve-charss aneleven-chars")


def test_a_secret_is_masked_right_after_a_false_beginning_of_it() -> None:
    assert "a*** a***" == SecretMask(["aab-of-some-length"]).text(r"aaab-of-some-length a\u0061ab-of-some-length")


def test_a_secret_is_masked_if_only_its_third_character_is_escaped() -> None:
    assert r"<***>" == SecretMask(['ab"c-of-some-length']).text(r"<ab\"c-of-some-length>")


def test_a_secret_that_itself_looks_escaped_is_masked_beside_something_nested() -> None:
    secret = r"100%41-\n-&amp;-a"
    for told in (secret, "".join(f"\\x{ord(character):02x}" for character in secret)):
        masked = SecretMask([secret]).text(rf"{told} and \\\\\\\\u0041")

        assert r"*** and \\\\\\\\u0041" == masked


def test_a_secret_is_masked_beside_half_a_character() -> None:
    assert "\ud800 *** \udfff" == SecretMask(["twelve-chars"]).text("\ud800 twelve-chars \udfff")


def test_the_token_of_a_request_is_masked_too_but_only_by_the_mask_with_it() -> None:
    mask = SecretMask(["twelve-chars"])

    assert "*** and ***" == mask.with_token("another-token").text("twelve-chars and another-token")
    assert "*** and another-token" == mask.text("twelve-chars and another-token")


def test_each_line_of_a_secret_is_a_secret() -> None:
    mask = SecretMask(["first line of it\n  second line of it\r\n--\n"])

    assert ["a *** b", "***", "--"] == [mask.text(line) for line in ("a first line of it b", "second line of it", "--")]
    assert "***" == mask.text("first line of it\n  second line of it\r\n--\n")


def test_a_line_of_a_secret_with_fewer_than_six_letters_is_no_secret() -> None:
    mask = SecretMask([f"{' ' * 9}\n  a\n{' ' * 9}b\n  five!\n  sixsix  \n"])

    assert "a b five! *** sixsi" == mask.text("a b five! sixsix sixsi")


@pytest.mark.parametrize("kept", [6, 30, 99])
def test_a_secret_that_was_cut_is_masked(kept: int) -> None:
    secret = "0123456789-abcdefghi" * 5

    assert 'host: "***…" is no URL' == SecretMask([secret]).text(f'host: "{secret[:kept]}…" is no URL')
    assert 'host: "01234…" is no URL' == SecretMask([secret]).text('host: "01234…" is no URL')


def test_every_cut_secret_of_a_text_is_masked() -> None:
    mask = SecretMask(["0123456789-abcdefghi", "a-half: \ud800-of-a-letter"])

    assert "***… …, 01234…, ***…, ***…" == mask.text("012345… …, 01234…, 0123456789-a…, a-half: \ud800-of…")


@pytest.mark.parametrize("secret", ["ÿþÿabcdef", "þÿabcdef", "ÿabcdef", "abcdefÿþÿabcdef", "abcdefÿ", "abcdefÿþÿ"])
def test_a_secret_with_any_letters_is_not_found_across_two_rows_of_numbers(secret: str) -> None:
    mask = SecretMask([secret])

    for text in ("6a6b6c6d6e6f. (616263646566)", "616263646566. (6a6b6c6d6e6f)", "616263646566. (616263646566)"):
        assert text == mask.text(text)
    assert "(***)" == mask.text(f"({secret.encode('latin-1').hex(' ')})")


def test_text_without_a_secret_is_unchanged() -> None:
    assert "any text" == SecretMask([]).text("any text")


LONG = st.text(st.characters(codec="utf-8", exclude_characters="*"), min_size=12, max_size=30)


# No deadline: the first mask of a process compiles its patterns.
@settings(deadline=None)
@given(st.lists(LONG, min_size=1, max_size=3), ANY, ANY)
@example(["\\" * 12], "\\", "\\")
@example(["u00e9" * 3], "\\", "")
def test_no_secret_is_left_in_text_in_bytes_or_in_json_that_is_parsed_later(
    secrets: list[str], before: str, after: str
) -> None:
    mask = SecretMask(secrets)
    for secret in secrets:
        text = before + secret + after
        data = text.encode("utf-8", "surrogatepass")
        encoded = [json.dumps(secret, ensure_ascii=flag).encode() for flag in (True, False)]

        assert secret not in mask.text(text)
        assert secret.encode() not in mask.data(data)
        assert all(secret not in json.loads(mask.data(string)) for string in encoded)


def json_escape(character: str, choice: random.Random) -> str:
    units = character.encode("utf-16-be")
    code = "".join(f"\\u{units[place]:02x}{units[place + 1]:02x}" for place in range(0, len(units), 2))
    if choice.random() < 0.5:
        code = re.sub("[a-f]", lambda letter: letter[0].upper(), code)
    short = json.dumps(character)[1:-1]
    if character == "/":
        short = "\\/"
    return choice.choice([code, short])


def url_escape(character: str, choice: random.Random) -> str:
    code = "".join(f"%{octet:02x}" for octet in character.encode())
    return choice.choice([code, code.upper(), *(["+"] if character == " " else [])])


def html_escape(character: str, choice: random.Random) -> str:
    code = ord(character)
    names = [f"&{name}" for name, value in html5.items() if value == character and name.endswith(";")]
    zeros = "0" * choice.randrange(3)
    return choice.choice([f"&#{zeros}{code};", f"&#x{zeros}{code:x};", f"&#X{code:X};", *names])


def unescape_json(text: str) -> str:
    pairs = re.sub(
        r"\\(?:u([0-9A-Fa-f]{4})|(.))",
        lambda found: (
            chr(int(found[1], 16))
            if found[1]
            else dict(zip("bfnrt", "\b\f\n\r\t", strict=True)).get(found[2], found[2])
        ),
        text,
        flags=re.DOTALL,
    )
    return pairs.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


ESCAPES = (lambda character, _: character, json_escape, url_escape, html_escape)
DECODERS: list[Callable[[str], str]] = [str, unescape_json, unquote, unquote_plus, html.unescape]
SECRETS = st.text(st.characters(codec="utf-8", exclude_characters="*<>"), min_size=8, max_size=40)


def escaped(text: str, choice: random.Random) -> str:
    return "".join(choice.choice(ESCAPES)(character, choice) for character in text)


def decodings(text: str) -> set[str]:
    """What the text may be to any two readers in a row."""
    return {second(first(text)) for first in DECODERS for second in DECODERS}


# No deadline: the first mask of a process compiles its patterns.
@settings(deadline=None)
@given(SECRETS, st.integers(1, 2), st.integers())
@example("abc/def+ghi=", 2, 1)
@example("\\\\n\\u003d%41", 2, 2)
def test_a_secret_is_masked_however_each_of_its_characters_is_escaped(secret: str, nesting: int, seed: int) -> None:
    choice = random.Random(seed)
    text = secret
    for _ in range(nesting):
        text = escaped(text, choice)
    mask = SecretMask([secret])

    assert "<***>" == mask.text(f"<{text}>")
    assert b"<***>" == mask.data(f"<{text}>".encode())


# No deadline: the first mask of a process compiles its patterns.
@settings(deadline=None)
@given(SECRETS, ANY, ANY, st.integers())
def test_nothing_that_is_left_of_a_secret_in_any_text_decodes_to_it(
    secret: str, before: str, after: str, seed: int
) -> None:
    choice = random.Random(seed)
    masked = SecretMask([secret * 2]).text(before + escaped(secret * 2, choice) + after)

    assert not [text for text in decodings(masked) if secret * 2 in text]


NESTED = {
    "in JSON, as a URL": lambda text: json.dumps(quote(text, safe=""))[1:-1],
    "as a URL, in JSON": lambda text: quote(json.dumps(text), safe="")[3:-3],
    "in JSON in JSON": lambda text: json.dumps(json.dumps(text))[3:-3],
    "in HTML in JSON": lambda text: json.dumps(html.escape(text))[1:-1],
    "all as codes": lambda text: "".join(f"\\u{ord(character):04X}" for character in text),
    "all in a URL": lambda text: "".join(f"%{octet:02X}" for octet in text.encode()),
    "all in HTML": lambda text: "".join(f"&#{ord(character)};" for character in text),
}


@pytest.mark.parametrize("encoded", NESTED.values(), ids=NESTED)
@pytest.mark.parametrize("secret", [SECRET, TOKEN, "Zm9vYmFyLWJhei1xdXV4Cg==", "p&ss 'w<rd' \"=\""])
def test_a_secret_is_masked_in_an_escape_within_another(encoded: Callable[[str], str], secret: str) -> None:
    assert "a *** b" == SecretMask([secret]).text(f"a {encoded(secret)} b")


ENCODERS: dict[str, Callable[[str], str]] = {
    "URL": lambda text: quote(text, safe=""),
    "URL, all": lambda text: "".join(f"%{octet:02x}" for octet in text.encode()),
    "JSON": lambda text: json.dumps(text)[1:-1],
    "JSON, as it is": lambda text: json.dumps(text, ensure_ascii=False)[1:-1].replace("/", "\\/"),
    "JSON, all": lambda text: "".join(f"\\u{ord(character):04x}" for character in text),
    "HTML": html.escape,
    "HTML, all": lambda text: "".join(f"&#{ord(character)};" for character in text),
    "HTML, all in hex": lambda text: "".join(f"&#x{ord(character):x};" for character in text),
    "JavaScript": lambda text: "".join(f"\\x{octet:02X}" for octet in text.encode()),
}


def test_the_payload_and_the_signature_of_a_token_are_secrets_of_their_own() -> None:
    header, payload, signature = "eyJhbGciOiJIUzI1NiJ9", "eyJhcHBJZCI6ImNzLTEifQ", "Zm9yZ2VkLXNpZ25hdHVyZQ"
    mask = SecretMask([f"{header}.{payload}.{signature}"])

    assert "the bot said *** and ***.***" == mask.text(f"the bot said {signature} and {payload}.{signature}")
    assert b"***" == mask.data(payload.encode())
    assert header == mask.text(header)


@pytest.mark.parametrize("secret", ["bot-name.example-host.org", "a.second-part.third-part", "one.two"])
def test_no_part_of_a_secret_with_dots_that_is_no_token_is_a_secret(secret: str) -> None:
    _, rest = secret.split(".", 1)

    for mask in (SecretMask([secret]), SecretMask([]).with_token(secret)):
        assert f"*** but {rest}" == mask.text(f"{secret} but {rest}")


def test_the_payload_and_the_signature_of_a_requests_token_are_secrets_in_every_form() -> None:
    header, payload, signature = "eyJhbGciOiJIUzI1NiJ9", "eyJhcHBJZCI6ImNzLTEifQ", "Zm9yZ2VkLXNpZ25hdHVyZQ_-"
    mask = SecretMask([]).with_token(f"{header}.{payload}.{signature}")

    assert f"{header} ***.***" == mask.text(f"{header} {payload}.{signature}")
    for part, encode in product((payload, signature), (*ENCODERS.values(), *IN_NUMBERS.values())):
        assert "a *** b" == without_prefix(mask.text(f"a {encode(part)} b")), (part, encode)
    for text in (f"{header}.{payload}.{signature}", f"{payload}.{signature}"):
        for encode_bytes in ENCODED.values():
            masked = mask.text(encode_bytes(text.encode()))
            assert len(payload) < len(encode_bytes(text.encode())) - len(masked.replace("***", ""))


RARE = {
    "octal": lambda text: "".join(f"\\{octet:03o}" for octet in text.encode()),
    "code point": lambda text: "".join(f"\\u{{{ord(character):x}}}" for character in text),
    "function escape": lambda text: "".join(f"%u{ord(character):04X}" for character in text),
    "quoted-printable": lambda text: "".join(f"={octet:02X}" for octet in text.encode()),
}


@pytest.mark.parametrize("escaped", RARE.values(), ids=RARE)
def test_the_parts_of_a_requests_token_are_secrets_in_rare_escapes_too(escaped: Callable[[str], str]) -> None:
    header, payload, signature = TOKEN.split(".")
    mask = SecretMask([]).with_token(TOKEN)

    for part in (payload, signature):
        assert "a *** b" == mask.text(f"a {escaped(part)} b")
        assert "a *** b" == mask.text(f"a {escaped(part[0]) + part[1:]} b")
    assert header in mask.text(f"a {header}.{escaped(payload)} b")


def test_the_header_of_a_requests_token_is_no_secret_in_base64() -> None:
    header, payload, signature = TOKEN.split(".")
    encoded = b64encode(TOKEN.encode()).decode()

    masked = SecretMask([]).with_token(TOKEN).text(encoded)

    assert masked.startswith(encoded[: len(header)])
    assert len(masked) < len(encoded) - len(payload + signature)


def test_the_parts_of_an_earlier_requests_token_are_secrets_in_usual_forms() -> None:
    header, payload, signature = TOKEN.split(".")
    mask = SecretMask(["a-made-up-secret"]).with_token("the-token-of-this-one", [TOKEN])

    assert "*** *** ***" == mask.text(f"{TOKEN} the-token-of-this-one a-made-up-secret")
    assert f"{header} *** ***" == mask.text(" ".join(TOKEN.split(".")))
    for part in (payload, signature):
        in_codes = "".join(f"\\u{ord(letter):04x}" for letter in part)
        assert "a *** b" == mask.text(f"a {in_codes} b")
        for encode in ENCODED.values():
            encoded = encode(part.encode())
            assert len(encoded) - len(mask.text(encoded).replace("***", "")) >= len(part) - 4


def test_json_stays_json_where_an_escape_precedes_a_part_of_an_earlier_requests_token() -> None:
    mask = SecretMask([]).with_token("another-token", [TOKEN])
    texts = [f"{mark}{TOKEN.rpartition('.')[2]}" for mark in ("\n", "\t", "é", " ")]

    assert ["\n***", "\t***", "é***", " ***"] == json.loads(mask.data(json.dumps(texts).encode()))


def test_no_token_is_searched_twice() -> None:
    ready = SecretMask([TOKEN])

    assert len(ready._secrets) == len(ready.with_token(TOKEN)._secrets)
    assert [] == ready.with_token(TOKEN, [TOKEN])._earlier
    assert [] == SecretMask([]).with_token(TOKEN, [TOKEN])._earlier
    assert [] != SecretMask([]).with_token(TOKEN, [f"{TOKEN}x"])._earlier


def test_after_many_places_that_look_like_a_beginning_a_secret_is_found_with_fewer_of_them() -> None:
    secret, alike = "a-made-up-secret", "\\\\u0071 "
    mask = SecretMask([secret])
    (finder,) = mask._secrets
    quick = finder._begin

    text = alike * 3000 + secret
    assert alike * 3000 + "***" == mask.text(text)

    assert 3000 <= len(quick.findall(text.encode()))
    assert 1 == len(finder._begin.findall(text.encode()))


def test_a_requests_token_that_is_no_web_token_is_a_secret_in_every_form() -> None:
    token = "another/token of a request"
    mask = SecretMask([]).with_token(token)

    for encode in (*ENCODERS.values(), *IN_NUMBERS.values()):
        assert "a *** b" == without_prefix(mask.text(f"a {encode(token)} b")), encode
    for encode_bytes in ENCODED.values():
        assert "***" in mask.text(encode_bytes(token.encode()))


MARKS = [
    *":-_ ,.;+\n\t",
    *("%20", "%3A", "\\u003a", "\\n", "&#58;", "&nbsp;", "&#x20;", "\\\\t", ", ", " : ", "\r\n"),
]


def in_hex_with(mark: str, text: str) -> str:
    return mark.join(f"{octet:02x}" for octet in text.encode())


IN_NUMBERS: dict[str, Callable[[str], str]] = {
    **{f"hex with {mark!r}": partial(in_hex_with, mark) for mark in MARKS},
    "HEX with colons": lambda text: text.encode().hex(":").upper(),
    "HEX": lambda text: text.encode().hex().upper(),
    "Hex": lambda text: "".join(
        f"{octet:02x}" if place % 3 else f"{octet:02X}" for place, octet in enumerate(text.encode())
    ),
    "hex in groups": lambda text: text.encode().hex(" ", 2),
    "hex with a break": lambda text: ", ".join(text.encode().hex(":", 1).split(":")),
    r"\x": lambda text: "".join(f"\\x{octet:02x}" for octet in text.encode()),
    "LDAP": lambda text: "".join(f"\\{octet:02x}" for octet in text.encode()),
    "LDAP in JSON": lambda text: "".join(f"\\\\{octet:02X}" for octet in text.encode()),
    r"\X": lambda text: "".join(f"\\x{octet:02X}" for octet in text.encode()),
    r"\\x": lambda text: "".join(f"\\\\x{octet:02x}" for octet in text.encode()),
    r"\x with spaces": lambda text: " ".join(f"\\x{octet:02x}" for octet in text.encode()),
    "0x": lambda text: ", ".join(f"0x{octet:02X}" for octet in text.encode()),
    "0x without spaces": lambda text: ",".join(f"0x{octet:02x}" for octet in text.encode()),
    "decimal": lambda text: ",".join(map(str, text.encode())),
    "decimal with spaces": lambda text: ", ".join(map(str, text.encode())),
    "decimal in lines": lambda text: ",\n".join(map(str, text.encode())),
}


def without_prefix(masked: str) -> str:
    """The text without the prefix of the first number in hexadecimal, which says nothing."""
    return re.sub(r"(?:0x|\\{1,2}x?)(?=\*\*\*)", "", masked)


@pytest.mark.parametrize("encode", IN_NUMBERS.values(), ids=IN_NUMBERS)
@pytest.mark.parametrize("secret", ["abc/=+", "a-made-up-secret", "k/7?>+ü=" * 12])
@pytest.mark.parametrize("escape", [str, lambda text: b64encode(text.encode()).decode().strip("=")], ids=range(2))
def test_a_secret_is_masked_in_the_numbers_of_its_bytes(
    secret: str, encode: Callable[[str], str], escape: Callable[[str], str]
) -> None:
    mask = SecretMask([secret])

    for before, after in (("a [", "] b"), (": ", " z"), ('{"data":[', "]}")):
        masked = mask.text(before + encode(escape(secret)) + after)
        assert f"{before}***{after}" == without_prefix(masked)
    # Bytes before and after it, as in a dump of a whole text.
    masked = mask.text(encode(f"before {escape(secret)} after"))
    assert "***" in masked
    assert encode(escape(secret))[3:-3] not in masked


@settings(deadline=None)
@given(st.binary(min_size=12, max_size=30).map(lambda octets: octets.hex()), st.data())
def test_nothing_of_a_secret_is_left_however_its_bytes_are_told(secret: str, data: st.DataObject) -> None:
    choice = random.Random(data.draw(st.integers()))
    mark = choice.choice([":", " ", "-", ", ", "\\x", ":0x", "%20", "&#58;", "", "\\n"])
    digits = [f"{octet:02x}" if choice.random() < 0.5 else f"{octet:02X}" for octet in secret.encode()]

    assert "<***>" == SecretMask([secret]).text(f"<{mark.join(digits)}>")


WRITTEN: dict[str, Callable[[str], str]] = {
    "JavaScript with braces": lambda text: "".join(f"\\u{{{ord(letter):x}}}" for letter in text),
    "octal": lambda text: "".join(f"\\{octet:03o}" for octet in text.encode()),
    "octal of a shell": lambda text: "".join(f"\\0{octet:03o}" for octet in text.encode()),
    "%u": lambda text: "".join(f"%u{ord(letter):04x}" for letter in text),
    "quoted-printable": lambda text: encodestring(text.encode()).decode().strip(),
    "quoted-printable, all": lambda text: "".join(f"={octet:02X}" for octet in text.encode()),
    "CSV": lambda text: text.replace('"', '""'),
}


@pytest.mark.parametrize("write", WRITTEN.values(), ids=WRITTEN)
def test_a_secret_is_masked_as_other_formats_write_it_and_in_json_of_that(write: Callable[[str], str]) -> None:
    secret = 'k/7+ü=k&Q"\\+ü=zz"x'
    for mask in (SecretMask([secret]), SecretMask([]).with_token(secret)):
        assert "<***>" == mask.text(f"<{write(secret)}>")
        assert "<***>" == mask.text(f"<{json.dumps(write(secret))[1:-1]}>")
        if write is not WRITTEN["CSV"]:
            assert "<***>" == mask.text(f"<{write(json.dumps(secret)[1:-1])}>")


def test_a_secret_that_begins_and_ends_in_a_quote_takes_no_quote_of_the_json_around_it() -> None:
    secret = '"a-made-up "secret"'
    mask = SecretMask([secret])

    assert {"a": "***", "b": ["***", "x"]} == json.loads(
        mask.data(json.dumps({"a": secret, "b": [secret, "x"]}).encode())
    )
    assert 'x,"***",y' == mask.text('x,"""a-made-up ""secret""",y')


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("before", ["", "a", "ab"])
@pytest.mark.parametrize("secret", ["a-made-up-secret", "мой-пароль", "a-€-and-𝄞"])
def test_a_secret_is_masked_in_base64_of_utf_16(secret: str, encoding: str, before: str) -> None:
    encoded = b64encode(f"{before}{secret}".encode(encoding)).decode()

    masked = SecretMask([secret]).text(encoded)

    assert len(masked.replace("***", "")) <= len(before) * 3 + 4


WIDE: dict[str, Callable[[str], str]] = {
    "JSON": lambda text: json.dumps(text)[1:-1],
    "JSON in JSON": lambda text: json.dumps(json.dumps(text))[3:-3],
    "URL": lambda text: quote(text, safe=""),
    "URL, all": lambda text: "".join(f"%{ord(octet):02x}" for octet in text),
    "URL in a URL": lambda text: quote(quote(text, safe=""), safe=""),
    "JavaScript": lambda text: text.replace("\0", "\\x00"),
    "HTML": lambda text: html.escape(text).replace("\0", "&#0;"),
}


@pytest.mark.parametrize("escape", WIDE.values(), ids=WIDE)
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("secret", ["a-made-up-secret", "k/7?>+=\"'k/7?>+ ="])
def test_a_secret_is_masked_in_escaped_utf_16(secret: str, encoding: str, escape: Callable[[str], str]) -> None:
    null, other = escape("\0"), escape(f"a{secret}b".encode(encoding).decode("latin-1"))
    kept = ("a", null, "***", null, "b", null) if encoding == "utf-16-le" else (null, "a", null, "***", null, "b")

    masked = SecretMask([secret]).text(other)

    assert "".join(kept) == masked.replace(escape("a"), "a").replace(escape("b"), "b")


def test_a_secret_is_masked_in_the_bytes_of_a_list_with_any_indent() -> None:
    numbers = list(b"a-made-up-secret")
    for indent in (1, 4, 40, 400):
        masked = SecretMask(["a-made-up-secret"]).text(json.dumps({"data": numbers}, indent=indent))

        assert ["***"] == json.loads(masked.replace("***", '"***"'))["data"]


@pytest.mark.parametrize("text", ["\\" * 20_000, "1" + " " * 20_000, "1, " * 7_000, '"' * 20_000, "=41=" * 5_000])
def test_a_hostile_text_is_searched_in_linear_time(text: str) -> None:
    mask = SecretMask(["a-made-up-secret"]).with_token(TOKEN)
    began = time.process_time()
    assert text == mask.text(text)

    assert time.process_time() - began < 3


@pytest.mark.parametrize("text", ["%" + "25" * 3000 + "41", "&" + "amp;" * 3000 + "#65;"], ids=["URL", "HTML"])
def test_an_escape_in_thousands_of_others_is_no_error(text: str) -> None:
    assert f"{text} ***" == SecretMask(["a-made-up-secret"]).text(f"{text} a-made-up-secret")


@pytest.mark.parametrize("outer", ENCODERS)
def test_a_secret_is_masked_in_three_escapes_within_each_other(outer: str) -> None:
    secret = 'k/7+ü=k&Q"\\+ü=zz <x>'
    mask = SecretMask([secret])

    for middle, inner in product(ENCODERS, repeat=2):
        text = ENCODERS[outer](ENCODERS[middle](ENCODERS[inner](secret)))
        assert "<a>***</a>" == mask.text(f"<a>{text}</a>"), (middle, inner)


def test_a_secret_is_masked_in_a_json_text_in_four_others() -> None:
    text = 'p"ss\\word of some length'
    secret = text
    for _ in range(5):
        text = json.dumps({"a": text})

    assert "***" in SecretMask([secret]).text(text)
    assert "word of some length" not in SecretMask([secret]).text(text)


def test_a_secret_is_masked_in_a_json_text_in_four_others_in_up_to_a_mebibyte() -> None:
    told = "".join(f"\\u{ord(letter):04x}" for letter in "a-made-up-secret").replace("\\", "\\" * 16)
    room = " " * (1024 * 1024 - len(told))

    assert room + "***" == SecretMask(["a-made-up-secret"]).text(room + told)


def test_a_secret_is_masked_in_three_escapes_in_a_reply_of_more_than_a_mebibyte() -> None:
    text = 'p"ss\\word of some length'
    told = json.dumps(json.dumps(json.dumps(text)))

    assert "***" in SecretMask([text]).text(told + " " * 1024 * 1024)
    assert "word of some length" not in SecretMask([text]).text(told + " " * 1024 * 1024)


@pytest.mark.parametrize("secret", ["abcdef", "abc/=+", "k/7?>+ü=k/7?>", "Zm9vYmFyLWJhei1xdXV4Cg=="])
@pytest.mark.parametrize("escape", [str, *ENCODERS.values()][:4], ids=range(4))
@pytest.mark.parametrize("encoding", ["base64", "hex", "escaped base64"])
def test_an_escaped_secret_is_masked_in_base64_and_hex(
    secret: str, escape: Callable[[str], str], encoding: str
) -> None:
    if escape is ENCODERS["URL, all"]:
        escape = html.escape
    told = f'{{"secret": "{escape(secret)}"}}'.encode()
    texts = {"base64": b64encode(told).decode(), "hex": told.hex()}
    texts["escaped base64"] = ENCODERS["HTML, all"](texts["base64"])

    assert re.search(r"\A[^*]+\*\*\*[^*]+\Z", SecretMask([secret]).text(texts[encoding]))


ENCODED: dict[str, Callable[[bytes], str]] = {
    "hex": lambda secret: secret.hex(),
    "HEX": lambda secret: secret.hex().upper(),
    "base32": lambda secret: b32encode(secret).decode(),
    "base64 in lines": lambda secret: encodebytes(b"x" * 50 + secret).decode(),
    "base64 in lines, in JSON": lambda secret: json.dumps(encodebytes(b"x" * 50 + secret).decode()),
    "base64 in a URL": lambda secret: quote(b64encode(secret).decode(), safe=""),
    "base64 as JSON escapes": lambda secret: b64encode(secret).decode().replace("+", "\\u002B").replace("/", "\\u002f"),
    "base64 of base64": lambda secret: b64encode(b"xy" + b64encode(b"x" + secret)).decode(),
}


@pytest.mark.parametrize("encode", ENCODED.values(), ids=ENCODED)
@pytest.mark.parametrize("secret", ["a-made-up-secret", "k/7?>+ü=" * 12])
def test_a_secret_is_masked_in_other_letters(secret: str, encode: Callable[[bytes], str]) -> None:
    encoded = encode(secret.encode())
    masked = SecretMask([secret]).text(f"a {encoded} b")

    assert "***" in masked
    assert len(f"a {encoded} b") - len(masked.replace("***", "")) > len(secret.encode())


@pytest.mark.parametrize("shared", ["", "x", "xy"])
@pytest.mark.parametrize("before", ["\n", "/", "\\", "\\n", "\t", "é", "\x7f", "%41", "a", "Z", "+", " "])
def test_json_stays_json_and_keeps_the_escape_before_base64_of_a_secret(before: str, shared: str) -> None:
    text = f"{before}{b64encode(f'{shared}a-made-up-secret'.encode()).decode()}"
    told = json.dumps(text).replace("/", "\\/").encode()

    masked = json.loads(SecretMask(["a-made-up-secret"]).data(told))

    kept = "" if before in {"/", "a", "Z", "+"} and not shared else before
    assert re.fullmatch(re.escape(kept) + r".{0,2}\*\*\*=*", masked, re.DOTALL)


@pytest.mark.parametrize(
    "text",
    [
        TOKEN.replace(".", "\\u002e"),
        TOKEN.replace(".", "%2E"),
        TOKEN.replace(".", "%252e"),
        TOKEN.replace(".", "&#X2E;"),
        TOKEN.replace(".", "&period;"),
        TOKEN.replace(".", "&#46;").replace("_", "\\u005F"),
        TOKEN.replace("eyJ", "\\u0065\\u0079\\u004a"),
        "eyJhbGciOiJFUzI1NiJ9.ew0KICJhIjogMQ0KfQ.c2lnbmF0dXJlLXNpZ25hdHVyZQ",
        "eyJhbGciOiJFUzI1NiJ9.encrypted-key.initial-vector.cipher-text.tag-tag",
    ],
)
def test_whatever_looks_like_a_token_is_masked(text: str) -> None:
    assert 'a "***" b' == SecretMask([]).text(f'a "{text}" b')


CODES = [
    "\\u{0:04x}",
    "\\u{0:04X}",
    "\\\\\\\\u{0:04x}",
    "%{0:02x}",
    "%{0:02X}",
    "%25{0:02x}",
    "%25{0:02X}",
    "&#{0};",
    "&#0000000{0};",
    "&amp;#{0};",
    "&amp;#x{0:X};",
    "&#x{0:x};",
    "&#X{0:X};",
    "&#x0000000{0:x};",
]


@pytest.mark.parametrize("code", CODES)
def test_whatever_looks_like_a_token_is_masked_if_all_of_its_letters_are_escaped(code: str) -> None:
    mask = SecretMask([])
    letters = "eyJ" + string.ascii_letters + string.digits + "_-"
    parts = [
        "".join(code.format(ord(letter)) for letter in part) for part in ("eyJhbGciO", letters, letters[::-1], ".", "/")
    ]
    begin, object_, other, dot, end = parts

    assert f'"***{end}' == mask.text(f'"{begin}{dot}{object_}{end}')
    assert f'"***{end}' == mask.text(f'"{begin}{dot}{other}{dot}{other}{end}')
    assert f'"{begin}{end}{object_}"' == mask.text(f'"{begin}{end}{object_}"')


def test_the_letter_of_an_escape_that_begins_a_secret_takes_its_backslash_along() -> None:
    data = b'{"text": "first\\n-is-for-new-lines", "more": 1}'

    assert {"text": "first***", "more": 1} == json.loads(SecretMask(["n-is-for-new-lines"]).data(data))


@pytest.mark.parametrize("backslashes", range(6))
@pytest.mark.parametrize("before", ["a", "ab"])
def test_of_the_backslashes_before_a_secret_only_one_that_escapes_it_is_masked(before: str, backslashes: int) -> None:
    kept = before + "\\" * (backslashes - backslashes % 2)

    assert f"{kept}*** b" == SecretMask(["a-made-up-secret"]).text(
        f"{before + backslashes * chr(92)}a-made-up-secret b"
    )


@pytest.mark.parametrize(
    "part",
    [
        *("eyJ", "eyJaaaaa.", "eyJaaaaa.eyJ", "\\", "%25", "&#0", "\\u005c", "a\\", "ab", "+"),
        *(
            "61:",
            "61",
            "97, ",
            "61 6",
            "0x61,",
            "1,",
            "61\\n",
            "f:",
            "&amp;amp;",
            "%25%26",
            "ab…",
            "a" * 11 + "…",
            "%41",
            "\\x61b",
            "\\61",
            "a\\u0000",
            "%00",
        ),
    ],
)
def test_no_text_makes_the_mask_slow(part: str) -> None:
    mask = SecretMask(["ab" * 30, "\\ab" * 10])
    began = time.process_time()

    mask.text(part * 10_000)

    # Linear time, on a slow machine too: the worst of these takes about eight seconds. Quadratic time takes minutes.
    assert time.process_time() - began < 40


@given(st.binary())
def test_bytes_without_a_secret_are_unchanged(data: bytes) -> None:
    assert data == SecretMask([SECRET]).data(data)


@given(st.binary(), st.binary())
def test_bytes_around_a_secret_are_unchanged(before: bytes, after: bytes) -> None:
    masked = SecretMask([SECRET]).data(before + b" " + SECRET.encode() + b" " + after)

    assert before + b" *** " + after == masked


def test_a_reply_without_a_part_of_a_secret_compiles_no_expression_for_it() -> None:
    mask = SecretMask(["a/rather+long-secret"])

    mask.data(b'{"status": "passed", "from": "2026-11-29T02:02:38Z"}')

    forms = [form for secret in mask._secrets for form in secret._encoded]
    assert [form for form in forms if len(form._form) > 12]
    assert not [form._form for form in forms if len(form._form) > 12 and "_pattern" in vars(form)]
