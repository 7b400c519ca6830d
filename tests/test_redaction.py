"""Secrets and personal data: what is replaced in a text, and what stays."""

import html
import json
import random
import re
import time
from base64 import b32encode, b64encode, encodebytes, urlsafe_b64encode
from collections.abc import Callable
from html.entities import html5
from typing import Any
from urllib.parse import quote, unquote, unquote_plus

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from koregate.kore_api.json_values import redact_json
from koregate.redaction import SecretMask, check_patterns, personal_data_filter

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
        (r'{"text": "first\ntest\ttest\u00fctest"}', r'{"text": "first\n***\t***\u00fc***"}'),
    ],
)
def test_a_short_secret_is_masked_only_as_a_word_of_its_own(text: str, masked: str) -> None:
    assert masked == SecretMask(["test"]).text(text)


def test_of_two_secrets_that_begin_alike_the_longer_one_is_masked_whole() -> None:
    mask = SecretMask(["a-secret-of-some-length", "a-secret-of-some-length-and-more"])

    assert "*** ***" == mask.text("a-secret-of-some-length-and-more a-secret-of-some-length")


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


@pytest.mark.parametrize("before", ["", "x", "xy", "user:"])
@pytest.mark.parametrize("encode", [b64encode, urlsafe_b64encode])
def test_a_secret_is_masked_in_base64_wherever_it_begins(before: str, encode: Callable[[bytes], bytes]) -> None:
    secret = "k/7?>+ü=" * 3
    text = f"Basic {encode((before + secret + 'tail').encode()).decode()}"
    masked = SecretMask([secret]).text(text)

    assert "***" in masked
    assert len(masked) < len("Basic ***") + 16


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


@pytest.mark.parametrize(
    "text",
    [
        TOKEN.replace(".", "\\u002e"),
        TOKEN.replace(".", "%2E"),
        TOKEN.replace(".", "%252e"),
        TOKEN.replace(".", "&#46;").replace("_", "\\u005F"),
        TOKEN.replace("eyJ", "\\u0065\\u0079\\u004a"),
        "eyJhbGciOiJFUzI1NiJ9.ew0KICJhIjogMQ0KfQ.c2lnbmF0dXJlLXNpZ25hdHVyZQ",
        "eyJhbGciOiJFUzI1NiJ9.encrypted-key.initial-vector.cipher-text.tag-tag",
    ],
)
def test_whatever_looks_like_a_token_is_masked(text: str) -> None:
    assert 'a "***" b' == SecretMask([]).text(f'a "{text}" b')


def test_the_letter_of_an_escape_that_begins_a_secret_takes_its_backslash_along() -> None:
    data = b'{"text": "first\\n-is-for-new-lines", "more": 1}'

    assert {"text": "first***", "more": 1} == json.loads(SecretMask(["n-is-for-new-lines"]).data(data))


@pytest.mark.parametrize("part", ["eyJ", "eyJaaaaa.", "eyJaaaaa.eyJ", "\\", "%25", "&#0", "\\u005c", "a\\", "ab", "+"])
def test_no_text_makes_the_mask_slow(part: str) -> None:
    mask = SecretMask(["ab" * 30, "\\ab" * 10])
    began = time.monotonic()

    mask.text(part * 10_000)

    assert time.monotonic() - began < 10


@given(st.binary())
def test_bytes_without_a_secret_are_unchanged(data: bytes) -> None:
    assert data == SecretMask([SECRET]).data(data)


@given(st.binary(), st.binary())
def test_bytes_around_a_secret_are_unchanged(before: bytes, after: bytes) -> None:
    masked = SecretMask([SECRET]).data(before + b" " + SECRET.encode() + b" " + after)

    assert before + b" *** " + after == masked


@pytest.mark.parametrize(
    ("preset", "text", "redacted"),
    [
        ("email", "to ann@example.com, please", "to [email], please"),
        ("email", "ann.b+c@mail.example.co.uk", "[email]"),
        ("email", "ann@localhost and @ann stay", "ann@localhost and @ann stay"),
        ("card", "pay with 4111 1111 1111 1111", "pay with [card]"),
        ("card", "4111-1111-1111-1111", "[card]"),
        ("card", "order 4111 1111 1111 1112", "order 4111 1111 1111 1112"),
        ("card", "41111111111111111111111", "41111111111111111111111"),
        ("card", "4111 1111 1111 1111 12/27 123", "[card] 12/27 123"),
        ("card", "4111111111111111 1227", "[card] 1227"),
        ("card", "card 12: 4111-1111-1111-1111 - 12", "card 12: [card] - 12"),
        ("card", "order 17 4111 1111 1111 1111, 3782 822463 10005", "order 17 [card], [card]"),
        ("card", "4111111111111111 5500000000000004", "[card] [card]"),
        ("card", r"first\n4111111111111111\u00204111111111111111", r"first\n[card]\u0020[card]"),
        ("card", "4111\xa01111\u20111111  1111", "[card]"),
        ("card", "id a4111111111111111 and 4111111111111111b", "id a4111111111111111 and 4111111111111111b"),
        ("card", "Nr.4111 1111 1111 1111, card-4111-1111-1111-1111", "Nr.[card], card-[card]"),
        ("card", "card_4111111111111111_visa, 4111111111111111-visa", "card_[card]_visa, [card]-visa"),
        ("card", "at 0.4111111111111111 seconds", "at 0.4111111111111111 seconds"),
        ("card", "10 20 30 40 50 60 70", "10 20 30 40 50 60 70"),
        ("email", r"to ann\u0040example.com", "to [email]"),
        ("email", "ann%40example.com ann&#64;example.com ann&#x40;example.com", "[email] [email] [email]"),
        ("email", "ann&commat;example.com", "[email]"),
        ("phone", "call +49 30 1234567", "call [phone]"),
        ("phone", "call 030 1234567", "call [phone]"),
        ("phone", "order 4711", "order 4711"),
        ("none", "ann@example.com 4111 1111 1111 1111", "ann@example.com 4111 1111 1111 1111"),
    ],
)
def test_a_preset_replaces_personal_data_and_nothing_that_only_looks_like_it(
    preset: str, text: str, redacted: str
) -> None:
    assert redacted == personal_data_filter([preset])(text)


def test_presets_and_expressions_are_all_applied() -> None:
    redact = personal_data_filter(["email", r"order \d+", "card"])

    assert "[email], [redacted], [card]" == redact("ann@example.com, order 4711, 4111111111111111")
    assert "nothing of all that" == redact("nothing of all that")


def test_an_expression_of_a_team_is_matched_in_any_text_even_with_half_a_character() -> None:
    assert "a [redacted] ?" == personal_data_filter(["secret"])("a secret \ud83c")


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("(", "missing"),
        ("a*", "it matches the empty text"),
        ("(?=x)", "invalid"),
        (r"(a)\1", "invalid"),
        ("x" * 501, "is longer than 500 characters"),
    ],
)
def test_an_expression_that_cannot_be_used_is_an_error_with_the_reason(expression: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        check_patterns(["email", expression])


def test_every_preset_none_and_an_ordinary_expression_can_be_used() -> None:
    check_patterns(["email", "card", "phone", "none", r"\d+", "x" * 500])


@pytest.mark.parametrize("expressions", [["(a+)+$"], ["email"], ["card"], ["phone"]], ids=str)
@pytest.mark.parametrize("part", ["a", "a.", "1", "1 ", "+1-", "a@", "a@a."])
def test_no_text_makes_the_redaction_slow(expressions: list[str], part: str) -> None:
    redact = personal_data_filter(expressions)
    began = time.monotonic()

    redact(part * 100_000 + "!")

    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    ("value", "redacted"),
    [
        (
            {"ann@example.com": {"to": ["bob@example.com", 1, None, True]}},
            {"[email]": {"to": ["[email]", 1, None, True]}},
        ),
        ({"a@b.co": 1, "c@d.co": 2, "[email]": 3}, {"[email] (2)": 1, "[email] (3)": 2, "[email]": 3}),
        (4111111111111111, "[card]"),
        (r'{"text": "to ann\u0040example.com\n4111111111111111"}', '{"text": "to [email]\\n[card]"}'),
        (r'{"n": 4111111111111111, "ann@example.com": "\"x"}', r'{"n": "[card]", "[email]": "\"x"}'),
        (json.dumps({"payload": json.dumps({"to": "ann@example.com"})}), r'{"payload": "{\"to\": \"[email]\"}"}'),
        ('{"kept":  "as it is"}', '{"kept":  "as it is"}'),
        ('{"broken": "ann@example.com', '{"broken": "[email]'),
        ("[" * 50_000 + "ann@example.com", "[" * 50_000 + "[email]"),
    ],
    ids=range(9),
)
def test_values_keys_and_the_json_of_a_template_are_redacted_and_stay_json(value: Any, redacted: Any) -> None:
    assert redacted == redact_json(value, personal_data_filter(["email", "card"]))


def test_what_is_nested_too_deeply_is_cut() -> None:
    value: Any = "ann@example.com"
    for _ in range(200):
        value = [{"a": value}]

    redacted = json.dumps(redact_json(value, str))

    assert '"[nested too deeply]"' in redacted
    assert redacted.count("[{") == 50
    assert "ann@" not in json.dumps(redact_json(json.dumps(value), personal_data_filter(["email"])))
