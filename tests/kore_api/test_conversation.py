"""The platform's documented answers, from its page "Get Test Suite Execution Status", walked through to JUnit.

The page elides steps 3 to 13 of the completed answer; they are completed by hand in the same shapes.
"""

from __future__ import annotations

import json
from pathlib import Path

from support import junit as report

from koregate.judging.results import Report
from koregate.kore_api.conversation import read
from koregate.reports import junit
from koregate.runs.record import Ending, Target

DATA = Path(__file__).parents[1] / "data"
RUNNING = (DATA / "documented-in-progress.json").read_bytes()
COMPLETED = (DATA / "documented-completed.json").read_bytes()


def test_the_documented_answers_walk_through_to_junit() -> None:
    running, completed = read(RUNNING), read(COMPLETED)

    assert (False, 85, ()) == (running.ended, running.answer.percent, running.flaws)
    assert (True, 13, ()) == (completed.ended, len(completed.steps), completed.flaws)

    ending = Ending("Track order", "ctr-8", COMPLETED, completed)
    whole = Report.of(Target("https://bots.kore.ai", "st-4", "inDevelopment", "en"), "any", [ending])
    rows = report.read(junit.render(whole))

    assert ("passed", 0) == (whole.verdict, whole.exit_code)
    assert (27, 13, 13, "100.00", 14.364) == (
        len(rows),
        whole.steps.total,
        whole.steps.passed,
        whole.counts.pass_rate,
        whole.seconds,
    )
    assert [
        ("Track order.step 1 Start_Flow", "1.1 text", "passed"),
        ("Track order.step 2 help", "2.1 flow", "passed"),
        ("Track order.step 2 help", "2.1 text", "passed"),
    ] == [row[:3] for row in rows[:3]]
    assert ["5.1 flow", "5.1 text", "5.2 flow", "5.2 text"] == [row.name for row in rows if "4711" in row.classname]


def test_the_suite_carries_what_the_answer_says_of_the_run() -> None:
    ending = Ending("Track order", "ctr-8", COMPLETED, read(COMPLETED))
    text = junit.render(Report.of(Target("https://bots.kore.ai", "st-4", "published", "de"), "any", [ending])).decode()

    assert 'timestamp="2023-08-23T10:14:13"' in text
    assert 'time="14.364"' in text
    for name, value in {
        "test-run-id": "ctr-8",
        "stream-id": "st-4",
        "host": "https://bots.kore.ai",
        "bot-version": "published",
        "bot-language": "de",
        "nlp-version": "v3",
        "status": "passed",
    }.items():
        assert f'<property name="{name}" value="{value}" />' in text


def test_a_running_answer_judged_alone_proves_nothing() -> None:
    whole = Report.of(Target(), "any", [Ending("Track order", None, RUNNING, read(RUNNING))])

    assert ("error", 4) == (whole.verdict, whole.exit_code)


def test_the_made_up_steps_have_the_documented_shape() -> None:
    steps = json.loads(COMPLETED)["result"]["executionResults"]

    assert all(set(steps[1]) == set(step) for step in steps[1:])
    assert {frozenset(steps[0]["outputs"][0]), frozenset(steps[1]["outputs"][0]) - {"textMismatch"}} == {
        frozenset(output) - {"textMismatch"} for step in steps for output in step["outputs"]
    }
