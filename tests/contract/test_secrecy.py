"""Secrets and personal data, in everything that a job says and writes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from support.answers import TARGET, answer, assertion, response, status_of, step
from support.job import PASSING, gate, job, scenario

from koregate.errors import Verdict
from koregate.judging.results import Report
from koregate.reports import page
from koregate.runs.record import Ending
from koregate.simulator.api import SECRET

if TYPE_CHECKING:
    from pathlib import Path

    from support.clock import FakeClock


def test_secrets_show_up_nowhere_even_when_the_platform_echoes_them(tmp_path: Path, clock: FakeClock) -> None:
    for on in ("start", "status"):
        played = scenario(Pizza=PASSING, faults=[{"on": on, "fault": "echo", "code": 400}])
        done, simulator = job(tmp_path, clock, played)

        log = "\n".join(line for line in done.log.splitlines() if not line.startswith("::add-mask::"))
        shown = [log.encode(), done.summary.encode(), json.dumps(done.outputs).encode(), *done.files.values()]
        for secret in (SECRET, *(one.headers["auth"] for one in simulator.asked)):
            assert not any(secret.encode() in text for text in shown)
        assert "cannot take *** ***" in log
        assert done.log.startswith(f"::add-mask::{SECRET}\n")


PERSONAL = "I am ann@example.com, card 4111 1111 1111 1111, phone +49 30 1234567, order 4711"


def test_personal_data_is_taken_out_of_every_report_and_log_by_default(tmp_path: Path, clock: FakeClock) -> None:
    bad = {"say": PERSONAL, "expect": "Hello", "answer": f"You said: {PERSONAL}"}
    done, _ = job(tmp_path, clock, scenario(Pizza={"steps": [bad], "error_details": PERSONAL}))

    reports = {name: data.decode() for name, data in done.files.items() if not name.startswith("raw/")}
    for shown in (done.log, done.summary, json.dumps(done.outputs), *reports.values()):
        assert "ann@" not in shown
        assert "4111" not in shown
    assert "[email], card [card], phone +49 30 1234567, order 4711" in reports["junit.xml"]


@pytest.mark.parametrize(
    ("redact", "shown"),
    [
        ("phone", "I am ann@example.com, card 4111 1111 1111 1111, phone [phone], order 4711"),
        (r"order \d+", "I am ann@example.com, card 4111 1111 1111 1111, phone +49 30 1234567, [redacted]"),
        ("none", PERSONAL),
    ],
)
def test_what_is_redacted_is_the_users_choice_and_a_replay_keeps_it(
    tmp_path: Path, clock: FakeClock, redact: str, shown: str
) -> None:
    bad = {"say": "hi", "expect": "Hello", "answer": PERSONAL}
    done, _ = job(tmp_path, clock, scenario(Pizza={"steps": [bad]}), redact=redact)
    files = done.files

    assert shown in done.rows[0].text
    assert files == gate({}, tmp_path, clock, saved=(str(done.folder / "raw"),)).files


@pytest.mark.parametrize("redact", ["(", "a*", "(?=x)", r"(a)\1", "x" * 600])
def test_an_expression_that_cannot_be_used_is_an_input_that_cannot_be_used(
    tmp_path: Path, clock: FakeClock, redact: str
) -> None:
    done, simulator = job(tmp_path, clock, scenario(Pizza=PASSING), redact=redact)

    assert (2, []) == (done.code, simulator.asked)
    assert "redact: " in done.log


def test_an_expression_that_matches_status_words_changes_no_verdict() -> None:
    unjudged = assertion(None, [{"text": "Hello", "status": "passed"}])
    status = status_of(answer(step(expected=[response("Hello", text_=unjudged)])))
    report = Report.of(TARGET, "any", [Ending("Pizza", status=status)], ("passed|Hello",))

    assert Verdict.PASSED is report.verdict
    assert b"Hello" not in page.render(report)


def test_a_catastrophic_expression_is_harmless(tmp_path: Path, clock: FakeClock) -> None:
    long = {"say": "hi", "expect": "Hello", "answer": "a" * 200_000 + "b"}
    done, _ = job(tmp_path, clock, scenario(Pizza={"steps": [long]}), redact="(a+)+$")

    assert 1 == done.code
