"""Policies to apply, and results to apply them to."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from koregate.judging.cases import FailureClass
from koregate.judging.job import judge_job
from koregate.judging.results import JobResult
from koregate.policy.baseline import Baseline, baseline_from
from koregate.policy.quarantine import Quarantine, read_quarantine
from koregate.policy.rules import Policy
from koregate.runs.record import RunRecord, StopReason
from koregate.verdicts import Verdict
from support.answers import (
    RUN_ID,
    TARGET,
    answer,
    assertion,
    broken,
    disabled,
    failed_step,
    job_of,
    record_of,
    replies,
    response,
    step,
)

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def quarantine(*inputs: str, suite: str = "Pizza", until: str = "2026-12-24", more: str = "") -> Quarantine:
    """A quarantine file with an entry for each of these inputs."""
    entries = (
        f'[[quarantine]]\nsuite = "{suite}"\ninput = "{text}"\nreason = "Prices change."\nowner = "Ann"\n'
        f"until = {until}\n{more}\n"
        for text in inputs
    )
    return read_quarantine("q.toml", "".join(entries).encode(), NOW.date())


def baseline(job: JobResult, days: float = 1, source: str = "main.json") -> Baseline:
    """The baseline that this job makes so many days later, as if of other test runs."""
    made = baseline_from(source, job.target, NOW - timedelta(days=days), job.suites)
    return made._replace(run_ids=frozenset())


def failing(said: str, kind: str, *, silent: bool = False) -> dict[str, Any]:
    """A step whose one assertion, of that kind, failed."""
    bad = assertion("failed", [{"status": "failed"}])
    parts: dict[str, Any] = {"flow": disabled(), "text_": disabled(), "context": disabled(), kind: bad}
    wrong = response("Hello", **parts)
    return step(said, "failed", [wrong], [] if silent else [wrong])


def failed(*steps: Any, **changes: Any) -> dict[str, Any]:
    """The reply of a run that failed."""
    return answer(*steps, status="failed", **changes)


def retried(*replies: Any, name: str = "Pizza") -> JobResult:
    """The job of one suite with a run for each reply, in their order."""
    runs: tuple[RunRecord, ...] = ()
    for number, reply in enumerate(replies, 1):
        runs = (*runs, record_of(name, reply, f"{RUN_ID}.{number}")._replace(earlier=runs))
    return judge_job(TARGET, runs[-1:])


def mood(*statuses: str | None, said: str = "pizza", key: str = "mood", **kinds: Any) -> dict[str, Any]:
    """A step with one assertion of an undocumented kind per status, disabled for None."""
    message = response(**kinds)
    message["assertions"][key] = [disabled() if status is None else assertion(status) for status in statuses]
    return step(said, "failed" if "failed" in statuses else "passed", [message], [message])


_steps = st.sampled_from(
    [
        step("hi"),
        step("bye"),
        step("hi", expected=[]),
        failed_step("pizza"),
        failed_step("pizza", "How large?"),
        failed_step("hi"),
        failing("where", "flow"),
        failing("where", "context"),
        failing("silence", "text_", silent=True),
        step("odd", "failed"),
        step("odd"),
        step("pizza"),
        *(mood(*statuses, said="mood") for statuses in (("failed",), ("passed",), (None,), ("passed", "failed"))),
    ]
)
_changes: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [
        *[{}] * 6,
        {"totalTestStepsCount": 9},
        {"result__stepDetails": None},
        {"result__errorDetails": "boom"},
        {"result__status": "aborted"},
        {"percentageCompleted": 50},
    ]
)
_STOPS = [
    StopReason(Verdict.TIMEOUT, 5, "No end within 30m."),
    StopReason(Verdict.ERROR, 4, "The platform knows no such suite."),
    StopReason(Verdict.CANCELLED, 143, "Canceled by SIGTERM."),
]


@st.composite
def _runs(draw: st.DrawFn) -> Any:
    steps = draw(st.lists(_steps, min_size=1, max_size=5))
    status = "failed" if any(part["status"] == "failed" for part in steps) else "passed"
    return answer(*steps, status=status, **draw(_changes))


@st.composite
def failed_replies(draw: st.DrawFn) -> dict[str, Any]:
    """Replies of runs that failed in assertions, mostly whole, then broken in up to two places."""
    steps = draw(st.lists(_steps, min_size=1, max_size=4))
    return broken(draw, failed(*steps))


@st.composite
def records(draw: st.DrawFn) -> list[RunRecord]:
    """What is known of one to three suites: mostly runs that failed in assertions, and everything else that happens."""
    endings = draw(st.lists(_runs() | _runs() | _runs() | replies() | st.sampled_from(_STOPS), min_size=1, max_size=3))
    return [
        RunRecord(f"Suite {number}", f"ctr-{number}", stop=ending)
        if isinstance(ending, StopReason)
        else record_of(f"Suite {number}", ending, f"ctr-{number}")
        for number, ending in enumerate(endings)
    ]


@st.composite
def retried_records(draw: st.DrawFn) -> list[RunRecord]:
    """What is known of one to three suites, some of which ran more than once."""
    found = draw(records())
    made = []
    for number, record in enumerate(found):
        runs: tuple[RunRecord, ...] = ()
        for place, earlier in enumerate(draw(st.lists(records(), max_size=3))):
            run = earlier[0]
            if run.stop is None and run.reply is not None:
                run_id = f"ctr-{number}.{place}"
                reply = run.reply.replace(b'"_id": "ctr-0"', f'"_id": "{run_id}"'.encode())
                run = run._replace(suite=record.suite, run_id=run_id, reply=reply, earlier=runs)
                # No suite runs again after a pass.
                if judge_job(TARGET, [run._replace(earlier=())]).exit_code:
                    runs = (*runs, run)
        made.append(record._replace(earlier=runs))
    return made


@st.composite
def policies(draw: st.DrawFn, found: Iterable[RunRecord] = ()) -> Policy:
    """A policy with any of its rules; the baseline is the job of `found`, or of other runs."""
    inputs = draw(st.lists(st.sampled_from(["pizza", "p*", "where", "*i*", "silence", "odd", "nothing"]), max_size=3))
    classes = draw(st.sampled_from(["", 'class = "no-answer"', 'class = "wrong-dialog"', 'kind = "text"']))
    entries = quarantine(
        *inputs, suite="Suite 0", until=draw(st.sampled_from(["2026-12-24", "2026-11-24"])), more=classes
    )
    records_before = draw(st.sampled_from([list(found) or None, None])) or draw(records())
    return Policy(
        NOW,
        Decimal(draw(st.sampled_from(["100", "99.99", "66.7", "50", "0"]))),
        frozenset(draw(st.sets(st.sampled_from([FailureClass.WRONG_TEXT, FailureClass.WRONG_CONTEXT])))),
        draw(st.sampled_from([0, 0, 0, 3])),
        draw(st.sampled_from([None, entries])),
        draw(st.sampled_from([None, baseline(job_of(*records_before), draw(st.sampled_from([1, 6.9, 8])))])),
        draw(st.sampled_from([True, False, None])),
    )
