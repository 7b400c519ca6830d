"""Secrets and personal data, in everything that a job says and writes."""

import json
from pathlib import Path

import pytest
from support.answers import answer, assertion, job_of, record_of, response, step
from support.clock import FakeClock
from support.job import PASSING, gate, job, scenario

from koregate.reports import page
from koregate.simulator.api import SECRET
from koregate.verdicts import Verdict


def test_secrets_show_up_nowhere_even_when_the_platform_echoes_them(tmp_path: Path, clock: FakeClock) -> None:
    for on in ("start", "status"):
        played = scenario(Pizza=PASSING, faults=[{"on": on, "fault": "echo-auth", "code": 400}])
        done, simulator = job(tmp_path, clock, played)

        log = "\n".join(line for line in done.log.splitlines() if not line.startswith("::add-mask::"))
        texts = [log.encode(), done.summary.encode(), json.dumps(done.outputs).encode(), *done.files.values()]
        for secret in (SECRET, *(request.headers["auth"] for request in simulator.requests)):
            assert not any(secret.encode() in text for text in texts)
        assert "cannot take *** ***" in log
        assert done.log.startswith(f"::add-mask::{SECRET}\n")


@pytest.mark.parametrize("variable", ["INPUT_CLIENT-SECRET", "KOREGATE_CLIENT_SECRET"])
def test_a_secret_is_masked_before_anything_is_printed_whatever_is_wrong_with_the_inputs(
    tmp_path: Path, clock: FakeClock, variable: str
) -> None:
    done = gate({"timeout": "soon"}, tmp_path, clock, environ={variable: SECRET})

    assert 2 == done.code
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

    assert (2, []) == (done.code, simulator.requests)
    assert "redact: " in done.log


def test_an_expression_that_matches_status_words_changes_no_verdict() -> None:
    unjudged = assertion(None, [{"text": "Hello", "status": "passed"}])
    reply = answer(step(expected=[response("Hello", text_=unjudged)]))

    result = job_of(record_of("Pizza", reply), redact=("passed|Hello",))

    assert Verdict.PASSED is result.verdict
    assert b"Hello" not in page.render(result)
    assert b"Hello" in page.render(job_of(record_of("Pizza", reply)))


def test_a_catastrophic_expression_is_harmless(tmp_path: Path, clock: FakeClock) -> None:
    long = {"say": "hi", "expect": "Hello", "answer": "a" * 200_000 + "b"}
    done, _ = job(tmp_path, clock, scenario(Pizza={"steps": [long]}), redact="(a+)+$")

    assert 1 == done.code
