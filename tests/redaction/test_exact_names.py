"""Which names of test suites identify one suite in reports."""

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from koregate.redaction.exact_names import is_exact
from koregate.redaction.personal_data import personal_data_filter
from koregate.text import visible

# What redaction looks for, what it leaves, and what escapes look like.
PIECES = [
    "ann@example.com",
    "4111 1111 1111 1111",
    "+49 30 901820",
    "Hotline",
    "[email]",
    "[redacted]",
    "\\x1b",
    "@",
    "\\",
]
NAMES = st.lists(st.sampled_from(PIECES) | st.text(max_size=5)).map("".join)
SETTINGS = st.lists(st.sampled_from(["email", "card", "phone", "Hot", r"\[", "redacted", "a", r"\\x?"]), unique=True)


@given(NAMES, SETTINGS)
@example("Hotline", ["Hot", "redacted", "a"])
@example("a \ud83c", ["b"])
def test_every_name_that_redaction_or_an_escape_changes_is_told_by_what_they_leave(
    name: str, redact: list[str]
) -> None:
    shown = visible(personal_data_filter(redact)(name))
    assume(shown != name)

    assert not is_exact(shown)


@given(NAMES)
def test_a_name_is_exact_or_not_whether_it_is_the_platforms_or_the_one_that_reports_show(name: str) -> None:
    assert is_exact(name) == is_exact(visible(name))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Order a pizza", True),
        ("Größe [XL] \U0001f355\t100 %", True),
        ("C:\\users", True),
        ("ann@example.com", True),
        ("for [email]", False),
        ("[redacted]", False),
        ("a\x1b", False),
        ("a\\x1b", False),
        ("a\\u202e", False),
        ("a\r\nb", False),
    ],
)
def test_an_ordinary_name_is_exact(name: str, expected: bool) -> None:
    assert expected is is_exact(name)
