"""Valid JSON that Python or pydantic refuses to read: half a character in a key, and numbers of thousands of digits."""

import json
from typing import Any

import pytest
from support.answers import TARGET, answer, failed_step, step

from koregate.judging.job import judge_job
from koregate.judging.results import SuiteResult
from koregate.kore_api.conversation import read_progress, read_status
from koregate.kore_api.json_values import load_json, repeated_key
from koregate.kore_api.reply_parts import ReplyParts
from koregate.kore_api.shape import shape_lines
from koregate.runs.record import RunRecord

HALF, OTHER_HALF = "\ud83d", "\udc00"
LONG = "9" * 5000


def judged(body: bytes) -> SuiteResult:
    """The result of a suite whose reply has this body."""
    return judge_job(TARGET, [RunRecord("Pizza", "ctr-1", body, read_progress(body).ended)]).suites[0]


@pytest.mark.parametrize("place", ["top", "result", "step"])
def test_half_a_character_in_a_key_hides_nothing_beside_it(place: str) -> None:
    reply = answer(step(), failed_step(), status="failed")
    part: dict[str, Any] = {"top": reply, "result": reply["result"], "step": reply["result"]["executionResults"][0]}[
        place
    ]
    part |= {HALF: 1, "\\ud83d": 2, f"a{OTHER_HALF}": {HALF: [{HALF: 3}]}}
    suite = judged(json.dumps(reply).encode())

    assert ("failed", 1) == (suite.verdict, suite.exit_code)
    assert [2, 1, 1] == [suite.step_counts.total, suite.step_counts.passed, suite.step_counts.failed]
    assert not any("cannot be read" in doubt for doubt in suite.doubts)


def test_a_run_goes_on_beside_half_a_character_in_a_key() -> None:
    assert not read_progress(json.dumps({"status": "inprogress", HALF: 1}).encode()).ended


def test_keys_that_become_alike_are_all_kept() -> None:
    body = json.dumps({**answer(step()), HALF: "a", "\\ud83d": "b"}).encode()

    fields = read_status(body).body.undocumented
    assert {"a", "b"} <= {value for value in fields.values() if isinstance(value, str)}


def test_a_number_of_thousands_of_digits_is_json() -> None:
    body = json.dumps(answer(step(), failed_step(), status="failed")).replace(
        '"duration": ', f'"other": {LONG}, "duration": '
    )
    data = body.encode()

    assert LONG in body
    assert "failed" == judged(data).verdict
    assert LONG == load_json(f'{{"a": {LONG}}}'.encode())["a"]
    assert 10**3999 == load_json(b"1" + b"0" * 3999)
    assert None is repeated_key(data)
    assert ReplyParts(data).whole
    assert [*shape_lines(data)]


def test_a_documented_number_of_thousands_of_digits_is_left_out_and_its_place_is_named() -> None:
    body = json.dumps(answer(step(), failed_step(), status="failed", result__duration=7)).replace(": 7", f": {LONG}")

    status = read_status(body.encode())

    assert None is status.result.duration_ms
    assert "failed" == judged(body.encode()).verdict
