"""Bytes that are written as numbers: which are read, and the way back to the numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from koregate.redaction.byte_numbers import numbered_bytes

SIX = b"jk\xff\x00no"
HEX = [f"{byte:02x}" for byte in SIX]
DECIMAL = [str(byte) for byte in SIX]

# Both kinds of numbers have these between them, and the second ones are for numbers in hexadecimal alone.
BOTH_BREAKS = [
    *" ,;\n\t",
    ", ",
    " , ",
    "   ;;;",
    ",\n" + " " * 40,
    ",\r\n\t\t\t\t\t\t\t\t",
    ",\\r\\n" + " " * 40,
    "\\n",
    "\\r",
    "\\t",
    "\\\\n",
    "\\\\\\\\n",
    "&nbsp;",
    "&colon;",
    "&comma;",
]
BOTH_BREAKS += [f"%{code}" for code in ("20", "09", "0a", "0D", "2c", "2C", "3A", "3b", "2C%20")]
BOTH_BREAKS += [f"\\u00{code}" for code in ("20", "09", "0a", "0D", "2C", "2c", "3a", "3B", "a0", "A0")]
BOTH_BREAKS += [f"&#{code};" for code in ("9", "32", "10", "013", "44", "45", "58", "59", "160")]
BOTH_BREAKS += [f"&#{code};" for code in ("x20", "x9", "XA", "xd", "x2c", "X2D", "x3A", "x3b", "xa0")]
HEX_BREAKS = ["", *":.+_-x", "\\x", "\\\\x", "\\\\\\\\x", "0x", "0X", " 0x", ", 0x", "%2C 0x", "::: ::"]


def read(text: str) -> list[bytes]:
    """What is read in hexadecimal and in decimal numbers."""
    return [numbered.data for numbered in numbered_bytes(text.encode())]


def origins(text: str, *spans: tuple[int, int]) -> list[str]:
    """The texts that these parts of the last view come from."""
    data = text.encode()
    *_, numbered = numbered_bytes(data)
    return [data[start:end].decode() for start, end in numbered.origins(spans)]


@pytest.mark.parametrize("between", [*BOTH_BREAKS, *HEX_BREAKS], ids=ascii)
def test_bytes_in_hexadecimal_are_read_whatever_is_between_them(between: str) -> None:
    for numbers in (HEX, [number.upper() for number in HEX]):
        text = between.join(numbers)

        (data,) = read(f"<{text}>")
        assert data.startswith(SIX)
        assert [text] == origins(f"<{text}>", (0, 6))
        assert [between.join(["", *numbers[2:4]])] == origins(f"<{text}>", (2, 4))


@pytest.mark.parametrize("between", BOTH_BREAKS, ids=ascii)
def test_bytes_in_decimal_numbers_are_read_whatever_is_between_them(between: str) -> None:
    text = between.join(DECIMAL)

    (data,) = read(f"<{text}>")
    assert data.startswith(SIX)
    assert [text] == origins(f"<{text}>", (0, 6))
    assert [between.join(["", *DECIMAL[2:4]])] == origins(f"<{text}>", (2, 4))


@pytest.mark.parametrize(
    "text",
    [
        *("", "no numbers", "106, 107, 255, 0, 110", "6a 6b ff 00 6e", "6 a 6 b f f 0 0 6 e", "6a|6b|ff|00|6e|6f"),
        *("106, 107, 256, 0, 110, 111", "999, 107, 255, 0, 110, 111", "106, 107, 255, 0, 110, 300"),
        *("1|2|3|4|5|6", "1.2.3.4.5.6", "1:2:3:4:5:6", "123456", "6a 0x0x6b ff 00 6e 6f"),
        *("6a &#33; 6b &#33; ff", "6a%216b%21ff%2100%216e%216f"),
    ],
)
def test_fewer_numbers_larger_ones_and_others_are_no_bytes(text: str) -> None:
    assert [] == read(text)


def test_both_kinds_of_numbers_are_read() -> None:
    hexadecimal, decimal = numbered_bytes(b"10 20 30 40 50 255")

    assert hexadecimal.data.startswith(bytes.fromhex("102030405025"))
    assert decimal.data.startswith(bytes([10, 20, 30, 40, 50, 255]))
    assert [(0, 17)] == list(hexadecimal.origins([(0, 6)]))
    assert [(0, 18)] == list(decimal.origins([(0, 6)]))


RUNS = st.lists(st.binary(min_size=6, max_size=12), min_size=1, max_size=4)


@given(RUNS, st.booleans(), st.data())
def test_every_part_comes_from_its_own_numbers(runs: list[bytes], is_decimal: bool, drawn: st.DataObject) -> None:
    texts = [", ".join(str(byte) if is_decimal else f"0x{byte:02x}" for byte in run) for run in runs]
    data = f"({')('.join(texts)})".encode()
    (numbered,) = [view for view in numbered_bytes(data) if not is_decimal or runs[0] in view.data]
    spans, expected = [], []
    for text, run, place in zip(texts, runs, numbered.places, strict=True):
        first = drawn.draw(st.integers(0, len(run) - 1))
        end = drawn.draw(st.integers(first + 1, len(run)))
        assert run == numbered.data[place : place + len(run)]
        spans.append((place + first, place + end))
        expected.append(", ".join(text.split(", ")[first:end]).removeprefix("0x"))

    found = [data[start:end].decode() for start, end in numbered.origins(spans[::-1])]

    # The break before a number goes with it, but not the one before the first number of all.
    assert expected == [text.removeprefix(", ").removeprefix("0x") for text in found]


def test_two_runs_are_no_text_together() -> None:
    text = "6a6b6c6d6e6f. (6a6b6c6d6e6f)"
    (data,) = read(text)

    assert 2 == data.count(b"jklmno")
    with pytest.raises(UnicodeDecodeError):
        data[: data.rindex(b"j")].decode()
    assert ["6b6c6d6e6f", "6a6b6c6d6e6f"] == origins(text, (1, 6), (data.rindex(b"j"), data.rindex(b"o") + 1))
    assert ["6a6b"] == origins(text, (data.rindex(b"j"), data.rindex(b"l")))


def test_a_part_of_two_runs_comes_from_nowhere() -> None:
    text = "6a6b6c6d6e6f. (6a6b6c6d6e6f)"
    (data,) = read(text)
    second = data.rindex(b"j")

    for start in range(second):
        assert [] == origins(text, (start, second + 1), (start, len(data)))
    for end in (len(data) - 2, len(data)):
        assert [] == origins(text, (second, end), (end - 1, end))
    assert ["6f"] == origins(text, (5, second), (5, 6), (5, 7))
