"""Names of test suites that are easily mistyped."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from koregate.inputs.suite_names import doubtful_names
from koregate.inputs.values import lines


def doubts(text: str) -> list[str]:
    return list(doubtful_names(text, lines(text)))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\u041erder a pizza", "U+041E CYRILLIC CAPITAL LETTER O, which looks like O"),
        ("Order \u03b1 pizza", "U+03B1 GREEK SMALL LETTER ALPHA, which looks like a"),
        ("Order\u00a0a pizza", "U+00A0 NO-BREAK SPACE, which is invisible"),
        ("Order a pizza\u200b", "U+200B ZERO WIDTH SPACE, which is invisible"),
        ("Order \u2013 pizza", "U+2013 EN DASH, which looks like -"),
        ("Luigi\u2019s pizza", "U+2019 RIGHT SINGLE QUOTATION MARK, which looks like '"),
        ("\uff30izza", "U+FF30 FULLWIDTH LATIN CAPITAL LETTER P, which looks like P"),
        ("Cafe\u0301", "letter with a separate accent"),
        ("Order  a pizza", "two spaces in a row"),
        (" Order a pizza", "leading or trailing spaces"),
        ("Pizza\nOrder \nOther", '"Order " has leading or trailing spaces'),
        ("Order a pizza\norder a Pizza", "differ only by case"),
        ("Order a pizza\n\u041erder a pizza", "look alike"),
        ("Order a pizza\nOrder  a pizza", "look alike"),
    ],
)
def test_a_name_that_is_easily_mistyped_is_named_with_what_is_odd(text: str, said: str) -> None:
    assert any(said in doubt for doubt in doubts(text)), doubts(text)
    assert all(doubt.endswith(".") for doubt in doubts(text))


@pytest.mark.parametrize(
    "text", ["Order a pizza\nOpening hours", "Bestellung für Gäste", "Заказ пиццы", "Παραγγελία", "注文", "Pizza 🍕"]
)
def test_a_name_in_any_language_is_fine(text: str) -> None:
    assert [] == doubts(text)


@given(st.text(st.characters(codec="ascii", categories=["L", "N", "P", "S"]), max_size=20))
def test_a_name_of_visible_ascii_characters_is_never_doubted(name: str) -> None:
    assert [] == doubts(name)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_gives_sentences_on_one_line(text: str) -> None:
    assert all(
        ("\n" not in doubt and "\u200b" not in doubt.replace("ZERO", "")) or doubt.count("\u200b")
        for doubt in doubts(text)
    )
