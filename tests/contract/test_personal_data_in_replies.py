"""Personal data in every place of a status reply, as a key and as a value, in everything that a job shows."""

import copy
import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.answers import answer, assertion, failed_step, response, step
from support.batch import reply
from support.clock import FakeClock
from support.job import PASSING, Done, job, scenario

_Place = tuple[str | int, ...]

PAIR = {"key": "size", "value": "small", "status": "failed"}
CONVERSATION = answer(
    failed_step(),
    step("two", "failed", [response(context=assertion("failed", [PAIR]))], actual=[]),
    status="failed",
    result__errorDetails={"message": "boom"},
    errors=[{"msg": "odd", "code": 1}],
    details={"runs": [{"failed": 1}]},
    result__percentage=50,
    result__stepDetails__notExecuted=1,
    botLanguage="en",
)
BATCH = reply(2, 1, totalUtterances=3, utterance_ran=3, percentage=100, errors=None)
INTENTS: dict[str, Any] = {"utterances": [{"say": "hi", "intent": "Greet"}]}
# Keys that are compared with the documented ones without case and marks.
NEAR = ("total_utterances", "Utterance_Count", "is_partial_failure", "progress", "test_run_id", "suite_id", "language")


def places(value: Any, place: _Place = ()) -> Iterator[tuple[_Place, Any]]:
    yield place, value
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in parts:
        yield from places(inner, (*place, key))


def with_personal_data(whole: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The reply with an address in each place, in each form."""
    number = 0

    def address() -> str:
        nonlocal number
        number += 1
        return f"zz{number:05d}@corp.example"

    def changed(place: _Place, new: Any) -> dict[str, Any]:
        value = copy.deepcopy(whole)
        part: Any = value
        for key in place[:-1]:
            part = part[key]
        part[place[-1]] = new
        return value

    for place, value in places(whole):
        if isinstance(value, dict):
            yield changed((*place, address()), [{"success": False}])
            yield changed((*place, address()), {"enabled": True, "status": "failed"})
            if len(place) < 2:
                for key in NEAR:
                    yield changed((*place, key), address())
                    yield changed((*place, key), {address(): 1})
        elif place:
            yield changed(place, address())
            yield changed(place, [{address(): 1}])


def shown_by(done: Done) -> Iterator[tuple[str, str]]:
    yield from (("log", done.log), ("summary", done.summary), ("outputs", json.dumps(done.outputs)))
    yield from ((name, data.decode()) for name, data in done.files.items() if not name.startswith("raw/"))


@pytest.mark.parametrize(("kind", "whole"), [("conversation", CONVERSATION), ("batch", BATCH)])
def test_personal_data_in_any_place_of_a_reply_is_taken_out(
    tmp_path: Path, clock: FakeClock, kind: str, whole: dict[str, Any]
) -> None:
    replies = {f"S{number}": json.dumps(value) for number, value in enumerate(with_personal_data(whole))}
    faults = [
        {"on": "status", "suite": suite, "fault": "http", "code": 200, "body": body} for suite, body in replies.items()
    ]
    suites: dict[str, Any] = dict.fromkeys(replies, PASSING)
    if kind == "batch":
        suites = {"batch_suites": dict.fromkeys(replies, INTENTS)}
    done, _ = job(tmp_path, clock, scenario(**suites, faults=faults), suite_kind=kind, timeout="24h")

    raw = b"".join(data for name, data in done.files.items() if name.startswith("raw/"))
    assert len(replies) == len(set(re.findall(rb"zz(\d+)@", raw)))
    assert {} == {
        name: found for name, text in shown_by(done) if (found := set(re.findall(r"zz\d+@", html.unescape(text))))
    }
