"""Personal data: what is replaced in a text, and what stays."""

import json
import sys
import time
from typing import Any

import pytest

from koregate.kore_api.json_values import redact_json
from koregate.personal_data import check_patterns, personal_data_filter


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
        ("card", "4111111111111111110 411111111117, 41111111111111111117", "[card] 411111111117, 41111111111111111117"),
        ("card", "9111 1111 1111 1110", "[card]"),
        ("card", "9111 1111 1111 1110 12", "9111 1111 1111 1110 12"),
        ("card", "12 9111 1111 1111 1110", "12 9111 1111 1111 1110"),
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
        ("a*", "it matches the empty text$"),
        ("(?=x)", "invalid"),
        (r"(a)\1", "invalid"),
        ("x" * 501, "is longer than 500 characters$"),
    ],
)
def test_an_expression_that_cannot_be_used_is_an_error_with_the_reason_and_nothing_in_the_log(
    expression: str, reason: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ValueError, match=f"^{reason}"):
        check_patterns(["email", expression])

    assert ("", "") == capfd.readouterr()


def test_every_preset_none_and_an_ordinary_expression_can_be_used() -> None:
    check_patterns(["email", "card", "phone", "none", r"\d+", "[A-Z]+", "x" * 500])


def test_presets_alone_do_not_load_the_library_for_a_teams_expressions(monkeypatch: pytest.MonkeyPatch) -> None:
    # From here on, its import fails.
    monkeypatch.setitem(sys.modules, "re2", None)

    check_patterns(["email", "card", "phone", "none"])
    assert "[email]" == personal_data_filter(["email", "card", "phone", "none"])("ann@example.com")
    with pytest.raises(ImportError):
        check_patterns(["Ann"])


@pytest.mark.parametrize("expressions", [["(a+)+$"], ["email"], ["card"], ["phone"]], ids=str)
@pytest.mark.parametrize("part", ["a", "a.", "1", "1 ", "+1-", "a@", "a@a."])
def test_no_text_makes_the_redaction_slow(expressions: list[str], part: str) -> None:
    redact = personal_data_filter(expressions)
    began = time.process_time()

    redact(part * 100_000 + "!")

    assert time.process_time() - began < 10


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
