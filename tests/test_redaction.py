"""Secrets and personal data: what is replaced in a text, and what stays."""

import json
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

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
