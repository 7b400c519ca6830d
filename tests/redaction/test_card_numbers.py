"""Where card numbers are in a text, group by group and digit by digit."""

import re
from collections.abc import Iterable
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from koregate.redaction.card_numbers import card_numbers

VISA = "4111111111111111"
USUAL_BREAKS = [*" \t\xa0\u1680\u2003\u202f\u205f\u3000-\u2010\u2011\u2015\u2212\ufe58\ufe63\uff0d", " - "]
OTHER_BREAKS = [*"./+_*\u00b7\u2022\n\r\x0b\x0c\x85\u2028\u2029", "    ", " / ", "\r\n", "-./-"]


def found(text: str) -> list[str]:
    return [text[start:end] for start, end in card_numbers(text)]


def check_sum(digits: str) -> int:
    """Luhn's check sum, from the last digit to the first."""
    return sum(sum(divmod(int(digit) * (1 + place % 2), 10)) for place, digit in enumerate(reversed(digits)))


def valid(text: str) -> str:
    """The text with its last digit replaced, so that all its digits have a valid check digit."""
    return next(
        checked
        for checked in (text[:-1] + digit for digit in "0123456789")
        if check_sum("".join(filter(str.isdecimal, checked))) % 10 == 0
    )


def grouped(digits: str, sizes: Iterable[int], between: str) -> str:
    rest = iter(digits)
    return between.join("".join(next(rest) for _ in range(size)) for size in sizes)


@given(st.integers(13, 19).flatmap(lambda size: st.text("0123456789", min_size=size - 1, max_size=size - 1)))
def test_the_check_digit_decides(digits: str) -> None:
    number = valid(f"4{digits}")

    for last in "0123456789":
        told = number[:-1] + last
        assert found(f"to {told}.") == ([told] if told == number and len(told) in range(13, 20) else [])


@pytest.mark.parametrize("size", range(1, 24))
def test_a_card_number_has_13_to_19_digits(size: int) -> None:
    number = valid("4" + "1" * (size - 1))

    assert ([number] if size in range(13, 20) else []) == found(number)
    in_groups = " ".join(number)
    assert (size in range(13, 20)) == (in_groups in found(in_groups))


@pytest.mark.parametrize(
    ("begin", "alone", "beside_others"),
    [
        *(("0", False, False), ("1", False, False), ("20", False, False), ("21", True, True), ("22", True, True)),
        *(("3", True, True), ("30", True, True), ("4", True, True), ("40", True, True), ("5", True, True)),
        *(("6", True, True), ("60", True, True), ("7", True, False), ("8", True, False), ("9", True, False)),
    ],
)
def test_the_first_digits_decide_whether_a_number_must_stand_alone(
    begin: str, alone: bool, beside_others: bool
) -> None:
    number = valid(begin.ljust(16, "7"))

    for told in (number, " ".join(number), f"{number[:1]} {number[1:]}", f"{number[:2]}-{number[2:]}"):
        assert alone == (told in found(told)), told
        assert alone == (told in found(f"to {told}, please")), told
        assert beside_others == (told in found(f"12 {told}")), told
        assert beside_others == (told in found(f"{told} 12")), told


@pytest.mark.parametrize(("size", "is_card"), [(13, False), (14, False), (15, True), (16, False), (19, False)])
def test_a_card_of_an_airline_has_15_digits_and_stands_alone(size: int, is_card: bool) -> None:
    number = valid("1" + "2" * (size - 1))

    for told in (number, f"{number[:4]} {number[4:10]} {number[10:]}", " ".join(number)):
        assert is_card == (told in found(told)), told
        assert told not in found(f"12 {told}")
        assert told not in found(f"{told} 12")


@pytest.mark.parametrize("sizes", [(4, 4, 4, 4), (1, 15), (15, 1), (3, 5, 7, 1), (2,) * 8])
def test_spaces_and_dashes_part_a_number_in_any_groups(sizes: tuple[int, ...]) -> None:
    for between in USUAL_BREAKS:
        told = grouped(VISA, sizes, between)
        assert [told] == found(f"{told} 12"), ascii(between)


@pytest.mark.parametrize(
    ("sizes", "is_card"),
    [
        *(((4, 4, 4, 4), True), ((4, 4, 4, 1), True), ((4, 4, 4, 4, 3), True), ((4, 4, 4, 3), True)),
        *(((4, 6, 5), True), ((4, 6, 4), True), ((4, 4, 5), True), ((4, 5, 6), True), ((8, 8), True)),
        *(((1,) * 16, True), ((1,) * 13, True), ((16,), True)),
        *(((4, 4, 4, 5), False), ((3, 4, 4, 4), False), ((4, 3, 4, 4), False), ((4, 4, 3, 4), False)),
        *(((5, 6, 4), False), ((6, 5, 4), False), ((7, 7), False), ((7, 8), False), ((2,) * 8, False)),
        *(((5, 4, 4), False), ((3, 4, 4, 3), False), ((3, 3, 3, 3, 3), False), ((1, 4, 4, 4), False)),
    ],
    ids=str,
)
def test_other_characters_part_it_only_in_the_groups_that_are_on_cards(sizes: tuple[int, ...], is_card: bool) -> None:
    number = valid("4" + "1" * (sum(sizes) - 1))
    for between in OTHER_BREAKS:
        told = grouped(number, sizes, between)
        assert is_card == (told in found(told)), ascii(between)


@pytest.mark.parametrize("begin", "01789")
def test_other_characters_part_no_number_that_must_stand_alone(begin: str) -> None:
    for sizes in ((4, 4, 4, 4), (4, 6, 5)):
        assert [] == found(grouped(valid(begin.ljust(sum(sizes), "7")), sizes, "/"))


def test_its_groups_are_those_of_a_card_whatever_groups_are_beside_it() -> None:
    for told in ("4111/1111/1111/1111", "3782/822463/10005", "41111111/11111111", "/".join(VISA)):
        for beside in ("12345", "1", "123/12345", "12345/1"):
            assert told in found(f"{beside}/{told}"), (beside, told)
            assert told in found(f"{told}/{beside}"), (beside, told)


def test_one_other_break_asks_for_the_groups_of_a_card() -> None:
    assert [] == found("41 11/1111 1111 1111")
    assert [] == found("41/11 1111 1111 1111")
    assert [] == found("41 11 1111 1111/1111")
    assert ["4111 1111/1111 1111"] == found("4111 1111/1111 1111")
    assert ["4111    1111 1111 1111"] == found("4111    1111 1111 1111")
    assert [] == found("41    11 1111 1111 1111")
    assert ["41   11 1111 1111 1111"] == found("41   11 1111 1111 1111")


@pytest.mark.parametrize(("size", "is_card"), [(20, True), (21, False)])
def test_up_to_20_characters_part_two_groups(size: int, is_card: bool) -> None:
    told = grouped(VISA, (4, 4, 4, 4), " " * size)

    assert ([told] if is_card else []) == found(told)


@pytest.mark.parametrize("between", [",", ":", ";", '","', "'", "|", "=", "#", "e", " x "])
def test_nothing_else_parts_a_number(between: str) -> None:
    assert [] == found(grouped(VISA, (4, 4, 4, 4), between))


@pytest.mark.parametrize(
    ("text", "cards"),
    [
        (f"a{VISA}", []),
        (f"{VISA}b", []),
        (f"{VISA}b, c", []),
        (f"{VISA}abc0def", []),
        (f"0x{VISA}", []),
        (f"0X{VISA}ff", []),
        (f"00c0ffee{VISA}", []),
        (f"é{VISA}", [VISA]),
        (f"card{VISA}", [VISA]),
        (f"card{VISA}x", [VISA]),
        (f"{VISA}is mine", [VISA]),
        (f"card{VISA} {VISA}x", [VISA, VISA]),
        (f"x{valid('5111 1111 1111 1117').replace(' ', '')}", [valid("5111 1111 1111 1117").replace(" ", "")]),
        (f"x{valid('9111 1111 1111 1117').replace(' ', '')}", []),
        (f"run{valid('1795428853330')}", []),
        (f"x{VISA[:-1]}2", []),
        (f"x{VISA}1234", []),
        (f"_{VISA}_", [VISA]),
        (f"a12 {VISA}", [VISA]),
        (f"{VISA} 12b", [VISA]),
        (f"a12 {VISA} 12b", [VISA]),
        ("a4111 1111 1111 1111", []),
        ("4111 1111 1111 1111b", []),
        ("a4111111111111111b", []),
        (f"a12 {valid('9111 1111 1111 1117')}", [valid("9111 1111 1111 1117")]),
        (f"{valid('9111 1111 1111 1117')} 12b", [valid("9111 1111 1111 1117")]),
        (f"{VISA}%20", [VISA]),
        (f"%20{VISA}", []),
        (f"%20 {VISA}", [VISA]),
        (f"%{valid('3111 1111 1111 1117')}", []),
        (f"%{valid('2211 1111 1111 1117')}", []),
        (f"%{VISA}", [VISA]),
        (f"%{valid('5111 1111 1111 1117')}", [valid("5111 1111 1111 1117")]),
    ],
)
def test_a_group_that_continues_a_word_is_no_part_of_a_number(text: str, cards: list[str]) -> None:
    assert cards == found(text)


@pytest.mark.parametrize("told", ["4111 1111 1111 1111", "4111-1111-1111-1111", "3782/822463/10005", " ".join(VISA)])
def test_a_divided_number_that_continues_a_word_is_found_whole(told: str) -> None:
    for before, after in [("Visa", ""), ("nr", ""), ("", "T"), ("", "ok"), ("卡", "号"), ("a", "T"), ("Visa", "b")]:
        for text in (f"{before}{told}{after}", f"to {before}{told}{after}, please"):
            assert told in found(text), text
    assert told in found(f"12 {told}T")
    assert told in found(f"Visa{told} 12")
    assert [told, told] == [card for card in found(f"Visa{told} {told}T") if card == told]


@pytest.mark.parametrize(
    "text",
    [
        *("b4111 1111 1111 1111c", "0x4111 1111 1111 1111", "ab4111-1111-1111-1111", "x4111 1111 1111 1112"),
        *("x411 1111 1111 11111", "x41 11 1111 1111 1111", "41 11 1111 1111 1111x", "x4 111111111111111"),
        *(f"x{valid(f'{digit}111 1111 1111 1117')}" for digit in "01789"),
        *(f"{valid(f'{digit}111 1111 1111 1117')}x" for digit in "01789"),
        *(valid("x2026-1130-1230-4557"), f"{valid('2026-1130-1230-4557')}T", f"x{valid('2026.11.30 123045578')}"),
        *(f"tel{valid('49 151 2345 67890')}", f"tel{valid('0049 1512 3456 7897')}"),
        *("ctr-a7d8badb-57bf-4688-8244-10615b004ee4ok", "runc421a2a8-6688-4991-8221-39fdd07777a7T"),
        *("x50ff4642-4150-4138-8a1b-48ba80ef36fc", "runb26e2156-5860-4084-98aa-8a17b090b321T"),
        *(f"run{valid('41111111-1111-4117')}-8111-111111111111", f"41111111-1111-4111-{valid('4111-111111111117')}T"),
    ],
)
def test_a_divided_number_in_a_word_needs_all_that_a_card_has(text: str) -> None:
    assert [] == found(text)


HEX = st.text("0123456789abcdef", min_size=12, max_size=64)


@given(
    HEX.filter(lambda digits: not digits.isdecimal()), st.sampled_from(["ctr-", "tr-", "st-", "ctc-", "sha256:", ""])
)
def test_an_id_of_hexadecimal_digits_is_no_number_of_a_card(digits: str, prefix: str) -> None:
    for told in (digits, digits.upper()):
        assert [] == found(f"{prefix}{told}")


@given(st.uuids())
def test_an_id_of_a_run_and_its_requests_is_no_number_of_a_card(made: UUID) -> None:
    if re.search("[a-f]", str(made)[:8]) and re.search("[a-f]", str(made)[24:]):
        assert [] == found(f"ctr-{made}")
        assert [] == found(f"ctr-{made}12")


def test_each_number_in_a_long_word_is_found() -> None:
    assert 1_000 == len(found(f"x{VISA}" * 1_000))


@pytest.mark.parametrize(
    ("text", "cards"),
    [
        (f"0.{VISA}", []),
        (f"12.{VISA}", []),
        (f".{VISA}", [VISA]),
        (f"a.{VISA}", [VISA]),
        (f" .{VISA}", [VISA]),
        (f"x0.{VISA}", []),
        (f"0.{VISA} 12", []),
        ("0.4111 1111 1111 1111", ["4111 1111 1111 1111"]),
        (f"0 .{VISA}", [VISA]),
        (f"0,{VISA}", [VISA]),
        (f"0-{VISA}", [VISA]),
    ],
)
def test_digits_behind_a_decimal_point_are_no_number_of_a_card(text: str, cards: list[str]) -> None:
    assert cards == found(text)


def test_each_number_is_found_once_and_the_longest_that_begins_there() -> None:
    longer = valid(f"{VISA} 117")

    assert [VISA, VISA] == found(f"{VISA} {VISA}")
    assert [VISA, VISA] == found(f"{VISA}, {VISA}")
    assert [longer] == found(longer)
    assert [longer] == found(f"{longer} 1227")
    assert [] == found("")
    assert [] == found("no 4711 here")


def test_a_number_is_found_behind_any_number_and_before_any() -> None:
    told = "4111 1111 1111 1111"
    for number in range(1000):
        assert told in found(f"{number} {told}"), number
        assert any(card.startswith(told) for card in found(f"{told} {number}")), number
        assert any(card.startswith(told) for card in found(f"{number}/{told}/{number}")), number


@given(st.lists(st.tuples(st.text("0123456789", min_size=1, max_size=8), st.sampled_from(" -./")), max_size=12))
def test_what_is_found_begins_and_ends_with_a_group_and_is_valid(groups: list[tuple[str, str]]) -> None:
    text = "".join(group + between for group, between in groups)
    for start, end in card_numbers(text):
        digits = "".join(filter(str.isdecimal, text[start:end]))

        assert len(digits) in range(13, 20)
        assert check_sum(digits) % 10 == 0
        assert digits[0] != "0"
        assert not digits.startswith("20")
        assert not text[max(start - 1, 0) : start].isdecimal()
        assert not text[end : end + 1].isdecimal()
