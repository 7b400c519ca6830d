"""The history file: what it keeps and how much, that it is read back, and that nothing in it is believed unread."""

import contextlib
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from koregate.judging import past_runs
from koregate.judging.past_runs import (
    HEADER,
    MAX_BYTES,
    MAX_RUNS,
    SHOWN_RUNS,
    BrokenHistory,
    NotAHistory,
    PastRun,
    hash_of,
    hash_of_bot,
    history_file,
    read_history,
    runs_of_bot,
)
from koregate.runs.record import Target
from koregate.verdicts import Verdict

MOMENT = datetime(2026, 3, 1, 12, tzinfo=UTC)
BOT = Target("https://platform.kore.ai", "st-1", "published", "en")


def run(number: int = 0, steps: int = 1, bot: Target = BOT) -> PastRun:
    failed = {hash_of(number, step): ["1 text"] for step in range(steps)}
    return PastRun(
        finished=MOMENT + timedelta(hours=number),
        bot=hash_of_bot(bot),
        verdict=Verdict.FAILED,
        suites={hash_of("Pizza"): failed},
    )


@given(st.lists(st.integers(0, 50), max_size=20))
def test_what_is_written_is_read_back(numbers: list[int]) -> None:
    runs = [run(number, number) for number in numbers]

    assert runs == read_history(history_file(runs))


def test_the_first_line_says_that_it_is_a_history_of_koregate() -> None:
    assert HEADER.encode() + b"\n" == history_file([])
    assert [] == read_history(history_file([]))


def test_the_oldest_runs_are_dropped_first() -> None:
    runs = [run(number) for number in range(MAX_RUNS + 5)]

    assert runs[5:] == read_history(history_file(runs))


def test_a_file_never_grows_beyond_its_limit() -> None:
    runs = [run(number, 5_000) for number in range(30)]
    data = history_file(runs)
    kept = read_history(data)

    assert MAX_BYTES >= len(data) > MAX_BYTES * 0.8
    assert runs[-len(kept) :] == kept


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"{}\n",
        b" " + HEADER.encode() + b"\n",
        HEADER.encode()[:-1] + b"\n",
        HEADER.replace("1", "2").encode() + b"\n",
        b"name,city\nAnn,Rome\n",
        b"\xff\xfe\x00",
        HEADER.encode() + b"\r\n",
    ],
)
def test_a_file_with_another_first_line_is_not_koregates(data: bytes) -> None:
    with pytest.raises(NotAHistory) as caught:
        read_history(data)

    assert "its first line does not say that koregate wrote it" == str(caught.value)


GOOD: dict[str, Any] = json.loads(run().model_dump_json())


@pytest.mark.parametrize(
    "line",
    [
        "",
        "[]",
        "null",
        "{",
        "[" * 100_000,
        json.dumps({**GOOD, "verdict": "green"}),
        json.dumps({**GOOD, "verdict": "<b>passed</b>"}),
        json.dumps({**GOOD, "verdict": "passed"}),
        json.dumps({**GOOD, "verdict": "cancelled", "suites": {}}),
        json.dumps({**GOOD, "verdict": "skipped", "suites": {}}),
        json.dumps({**GOOD, "finished": "yesterday"}),
        json.dumps({**GOOD, "finished": "2026-03-01T12:00:00"}),
        json.dumps({**GOOD, "finished": "0001-01-01T00:00:00+14:00"}),
        json.dumps({**GOOD, "bot": "st-1"}),
        json.dumps({**GOOD, "bot": f"{'a' * 16}\n"}),
        json.dumps({**GOOD, "suites": {"Pizza": {}}}),
        json.dumps({**GOOD, "suites": {"a" * 16: {"b": []}}}),
        json.dumps({**GOOD, "suites": {"a" * 16: {"b" * 16: ["x" * 41]}}}),
        json.dumps({**GOOD, "suites": {"a" * 16: {"b" * 16: ["x"] * 21}}}),
        json.dumps({**GOOD, "exitCode": 0}),
        json.dumps({"finished": GOOD["finished"]}),
        json.dumps(GOOD) * 2,
    ],
)
def test_one_line_that_cannot_be_read_breaks_the_history(line: str) -> None:
    data = history_file([run()]) + line.encode() + b"\n"

    with pytest.raises(BrokenHistory):
        read_history(data)


@pytest.mark.parametrize(
    "data",
    [
        history_file([run()])[:-1],
        history_file([run()])[:-20],
        HEADER.encode(),
        HEADER.encode() + b"\n" + (run().model_dump_json().encode() + b"\n") * (MAX_RUNS + 1),
        HEADER.encode() + b"\n" + b" " * MAX_BYTES + b"\n",
    ],
)
def test_a_history_that_was_cut_or_grew_is_broken(data: bytes) -> None:
    with pytest.raises(BrokenHistory) as caught:
        read_history(data)

    assert "it is too large or incomplete" == str(caught.value)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"verdict": "passed"}, "the verdict contradicts the rest of the entry"),
        ({"finished": "0001-01-01T00:00:00+14:00"}, "finished: not a time in UTC"),
        ({"exitCode": 0}, "exitCode is no key that koregate writes"),
    ],
)
def test_the_first_problem_of_a_line_is_the_reason(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(BrokenHistory) as caught:
        read_history(history_file([]) + json.dumps(GOOD | change).encode() + b"\n")

    assert f"line 2 is none that koregate wrote ({reason})" == str(caught.value)


def test_a_time_is_kept_in_utc_without_fractions_of_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "XYZ-9")
        time.tzset()
        entry = PastRun.model_validate({**GOOD, "finished": "2026-03-01T14:00:00.9+02:00"})
    time.tzset()

    assert (MOMENT, UTC) == (entry.finished, entry.finished.tzinfo)


def test_a_file_may_have_exactly_as_many_bytes_as_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = [run(number) for number in range(3)]
    data = history_file(runs)

    monkeypatch.setattr(past_runs, "MAX_BYTES", len(data))
    assert (data, runs) == (history_file(runs), read_history(data))
    monkeypatch.setattr(past_runs, "MAX_BYTES", len(data) - 1)
    assert runs[1:] == read_history(history_file(runs))
    with pytest.raises(BrokenHistory):
        read_history(data)


@given(st.binary(max_size=200), st.booleans())
def test_reading_any_bytes_never_ends_in_another_error(data: bytes, with_header: bool) -> None:
    with contextlib.suppress(BrokenHistory, NotAHistory):
        read_history((HEADER.encode() + b"\n" if with_header else b"") + data)


def test_only_the_last_runs_of_the_same_bot_are_reported() -> None:
    others = [
        BOT._replace(host="https://other.example"),
        BOT._replace(stream_id="st-2"),
        BOT._replace(bot_version="inDevelopment"),
        BOT._replace(bot_language="de"),
    ]
    mine = [run(number) for number in range(30)]
    mixed = [entry for one in mine for entry in (one, *(run(99, bot=other) for other in others))]

    assert tuple(mine[-SHOWN_RUNS + 1 :]) == runs_of_bot(mixed, BOT._replace(training="trained"))


@given(st.lists(st.text() | st.integers() | st.none()), st.lists(st.text() | st.integers() | st.none()))
def test_different_values_have_different_hashes(one: list[Any], other: list[Any]) -> None:
    assert (one == other) == (hash_of(*one) == hash_of(*other))
