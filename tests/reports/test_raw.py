"""raw/: the replies as they came, and a replay of them that gives the same result as the live run."""

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.answers import MISSING, TARGET, answer, failed_step, job_of, put, record_of, replies, step
from support.batch import record, reply
from support.saved import FACTS, run_json

from koregate.inputs import FailOn
from koregate.judging.job import judge_job
from koregate.judging.results import JobResult
from koregate.kore_api.json_places import shown
from koregate.policy.baseline import baseline_from
from koregate.policy.fail_on import with_exit_code
from koregate.reports import raw
from koregate.reports.raw_policy import SavedBaselineModel
from koregate.runs.record import RunRecord, StopReason, SuiteSource, Target
from koregate.verdicts import Verdict

STOP = StopReason(Verdict.TIMEOUT, 5, "No end within 30m.")
RUNNING = json.dumps(answer(step(), status="in_progress", result__status="in_progress")).encode()


def saved_files(job: JobResult, records: list[RunRecord]) -> dict[str, bytes]:
    """The files of raw/ as a live run writes them: each reply when its run ends, and run.json last."""
    replies = {
        raw.reply_path(number, run): run.reply
        for number, record in enumerate(records)
        for run in (*record.earlier, record)
        if run.reply is not None
    }
    without_replies = [record.without_files() for record in records]
    return {**replies, raw.INDEX: raw.index(job.target, FACTS, raw.Settings(job.fail_on, job.redact), without_replies)}


def replayed(job: JobResult, records: list[RunRecord]) -> JobResult:
    files = saved_files(job, records)
    saved = raw.load(files["raw/run.json"], lambda name: files[f"raw/{name}"])
    assert saved.fail_on is not None
    assert saved.redact is not None
    return with_exit_code(judge_job(saved.target, saved.records, saved.redact), saved.fail_on)


@pytest.mark.parametrize(
    "record",
    [
        record_of("Pizza", answer(step())),
        record_of("Pizza", answer(failed_step("I am ann@example.com"), status="failed"), "ctr-9"),
        record_of("Pizza", answer(step(), status="odd"), "ctr-9"),
        RunRecord("Pizza", stop=StopReason(Verdict.ERROR, 3, "The platform rejected the token of ann@example.com.")),
        RunRecord("Pizza", "ctr-1", RUNNING, stop=STOP),
        RunRecord("Pizza", "ctr-1", RUNNING, stop=StopReason(Verdict.CANCELLED, 143, "Canceled by SIGTERM.")),
        RunRecord("Pizza", "ctr-1", b"<html>\xff", stop=StopReason(Verdict.ERROR, 4, "The reply is not JSON.")),
    ],
    ids=["passed", "failed", "no verdict", "no reply", "timeout", "cancelled", "unreadable"],
)
@pytest.mark.parametrize("fail_on", ["any", "error", "never"])
def test_a_replay_gives_the_same_result_as_the_live_run(record: RunRecord, fail_on: FailOn) -> None:
    job = job_of(record, fail_on=fail_on, redact=("email",))

    assert job == replayed(job, [record])


@given(st.lists(st.tuples(st.text(st.characters(codec="utf-8"), min_size=1), replies()), min_size=1, max_size=3))
def test_any_replies_give_the_same_result_again(suites: list[tuple[str, Any]]) -> None:
    # The live run waits until a reply tells the end, so a record without an end has the reason of its stop.
    records = [
        raw.with_reply(RunRecord(name, f"ctr-{number}"), json.dumps(reply).encode())
        for number, (name, reply) in enumerate(suites)
    ]
    records = [record if record.ended or record.stop else record._replace(stop=STOP) for record in records]
    job = job_of(*records)

    assert job == replayed(job, records)


def test_each_run_of_a_suite_file_keeps_the_id_that_the_suite_had() -> None:
    source = SuiteSource("suites/intents.json", "0" * 64, 3, suite_id="ts-1")
    first = record(reply(2, 1))._replace(source=source)
    ids = {"testSuiteId": "ts-2", "result__testSuiteId": "ts-2", "_id": "tr-2", "result___id": "tr-2"}
    last = record(reply(3, 0, **ids), run_id="tr-2")._replace(source=source._replace(suite_id="ts-2"), earlier=(first,))

    job = judge_job(TARGET, [last])

    assert (Verdict.PASSED, (Verdict.FAILED,)) == (
        job.suites[0].verdict,
        tuple(run.verdict for run in job.suites[0].earlier_runs),
    )
    assert job == replayed(job, [last])


def test_every_reply_is_saved_byte_for_byte_in_a_file_of_its_own() -> None:
    bodies = [b'{"status": "passed", "result": {} }\r\n', b"\xff\x00 <html>", b""]
    names = ["Order a Pizza!", "../../etc/passwd", "Order a Pizza!"]
    records = [RunRecord(name, "ctr-1", body, stop=STOP) for name, body in zip(names, bodies, strict=True)]

    files = saved_files(job_of(*records), records)

    assert raw.written_files(files[raw.INDEX]) == list(files)
    assert ["raw/001-order-a-pizza.json", "raw/002-etc-passwd.json", "raw/003-order-a-pizza.json", "raw/run.json"] == [
        *files
    ]
    assert bodies == list(files.values())[:3]
    index = json.loads(files["raw/run.json"])
    assert names == [suite["suite"] for suite in index["suites"]]
    assert [path.removeprefix("raw/") for path in files][:3] == [suite["file"] for suite in index["suites"]]


def test_a_run_without_a_reply_has_no_file() -> None:
    record = RunRecord("Pizza", stop=STOP)

    files = saved_files(job_of(record), [record])

    assert ["raw/run.json"] == list(files)
    assert [None] == [suite["file"] for suite in json.loads(files["raw/run.json"])["suites"]]


@pytest.mark.parametrize("file", ["../secret.json", "/etc/passwd", "a/b.json", "..", ".hidden", ""])
def test_an_index_that_names_a_file_elsewhere_is_not_read(file: str) -> None:
    record = record_of("Pizza", answer(step()))
    index = json.loads(saved_files(job_of(record), [record])["raw/run.json"])
    index["suites"][0]["file"] = file
    opened: list[str] = []

    def open_file(name: str) -> bytes:
        opened.append(name)
        return b"{}"

    with pytest.raises(ValueError, match=r"has a run.json that koregate did not write \((missing: )?suites\[0\].file"):
        raw.load(json.dumps(index).encode(), open_file)
    assert [] == opened


def test_single_replies_are_named_after_their_files_and_say_nothing_of_the_target() -> None:
    replies = [json.dumps(answer(step(), _id=run_id)).encode() for run_id in ("ctr-1", "ctr-2")]

    saved = raw.from_single_files(dict(zip(["a/Pizza.json", "Order.v2.json"], replies, strict=True)))

    assert (Target(), None, None) == (saved.target, saved.fail_on, saved.redact)
    assert (None, True) == (saved.facts.finished, saved.facts.is_replay)
    assert ["Pizza", "Order.v2"] == [record.suite for record in saved.records]
    assert Verdict.PASSED is judge_job(saved.target, saved.records).verdict


@pytest.mark.parametrize("data", [b"[]", b"{}", b"1", b"null", b'"passed"'])
def test_a_single_file_that_is_no_status_is_never_a_pass(data: bytes) -> None:
    saved = raw.from_single_files({"Pizza.json": data})

    job = judge_job(saved.target, saved.records)
    assert (Verdict.ERROR, 4) == (job.verdict, job.exit_code)


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"suites": []}', b'{"suites": [{"suite": "Pizza"}]}'])
def test_an_index_that_koregate_did_not_write_names_no_file_as_its_own(data: bytes) -> None:
    assert [] == raw.written_files(data)


def test_a_saved_reply_of_a_run_that_had_not_ended_is_never_a_pass() -> None:
    job = judge_job(TARGET, raw.from_single_files({"Pizza.json": RUNNING}).records)

    assert (Verdict.ERROR, 4) == (job.verdict, job.exit_code)


def replay_of(index: bytes, *replies: Any) -> JobResult:
    """The result of a run.json whose files hold these replies."""
    files = {f"{number:03d}-pizza.json": json.dumps(reply).encode() for number, reply in enumerate(replies, 1)}
    saved = raw.load(index, files.__getitem__)
    return judge_job(saved.target, saved.records)


@pytest.mark.parametrize(
    ("verdict", "exit_code"),
    [
        *(("passed", 0), ("skipped", 0), ("failed", 1), ("tolerated", 0)),
        *(("error", code) for code in (0, 1, 5, 256)),
        *(("timeout", code) for code in (0, 4)),
        *(("cancelled", code) for code in (0, 128, 144)),
    ],
)
@pytest.mark.parametrize("file", [None, "001-pizza.json"])
def test_a_saved_stop_that_is_none_is_refused(verdict: str, exit_code: int, file: str | None) -> None:
    stop = {"verdict": verdict, "exitCode": exit_code, "message": "All is well."}

    with pytest.raises(ValueError, match=r"has a run.json that koregate did not write \(suites\[0\].stop"):
        replay_of(run_json({"file": file, "stop": stop}), answer(step()))


@pytest.mark.parametrize(
    ("verdict", "exit_code"),
    [("error", 2), ("error", 3), ("error", 4), ("timeout", 5), ("cancelled", 129), ("cancelled", 143)],
)
def test_a_saved_stop_is_worse_than_the_reply_beside_it(verdict: str, exit_code: int) -> None:
    stop = {"verdict": verdict, "exitCode": exit_code, "message": "Stopped."}

    job = replay_of(run_json({"stop": stop}), answer(step()))

    assert (verdict, exit_code) == (job.verdict, job.exit_code)


REPLAYS: dict[str, tuple[list[dict[str, Any]], list[Any]]] = {
    "the same file twice": (
        [{}, {"file": "001-pizza.json"}],
        [answer(step(), _id=None)],
    ),
    "the same test run twice": (
        [{}, {"testRunId": "ctr-1"}],
        [answer(step()), answer(step(), _id=None)],
    ),
    "the same test run twice, as the replies tell": (
        [{"testRunId": "ctr-3"}, {}],
        [answer(step()), answer(step())],
    ),
    "a reply of another test run": ([{"testRunId": "ctr-2"}], [answer(step())]),
    "a reply of another app": ([{}], [answer(step(), streamId="st-2")]),
    "a reply of another version": ([{}], [answer(step(), result__version="published")]),
    "a reply of another language": ([{}], [answer(step(), language="de")]),
}


@pytest.mark.parametrize("name", REPLAYS)
def test_a_replay_of_what_is_not_this_jobs_is_an_error(name: str) -> None:
    suites, replies = REPLAYS[name]

    job = replay_of(run_json(*suites), *replies)

    assert [(Verdict.ERROR, 4)] * len(suites) == [(suite.verdict, suite.exit_code) for suite in job.suites]


def test_a_whole_run_json_is_a_pass_again() -> None:
    job = replay_of(run_json({}, {}), answer(step()), answer(step(), _id="ctr-2"))

    assert (Verdict.PASSED, 0) == (job.verdict, job.exit_code)


SUITE = "suites", 0
TOLD = ["host", "streamId", "botVersion", "botLanguage", "finishedAt"]
ALL: list[tuple[Any, ...]] = [(name,) for name in (*TOLD, "ci", "failOn", "redact")]
ALL += [("ci", "url"), ("ci", "isPullRequest"), *((*SUITE, name) for name in ("testRunId", "file", "stop"))]


@pytest.mark.parametrize("place", ALL, ids=lambda place: ".".join(map(str, place)))
def test_a_run_json_without_a_part_is_refused_with_its_name(place: tuple[Any, ...]) -> None:
    index = json.loads(run_json({}))
    put(index, list(place), MISSING)

    with pytest.raises(
        ValueError, match=rf"did not write \(missing: {re.escape(shown(place))}\)\. Give an unchanged raw"
    ):
        replay_of(json.dumps(index).encode(), answer(step()))


@pytest.mark.parametrize("value", [None, "", " "])
@pytest.mark.parametrize("name", TOLD)
def test_a_run_json_that_does_not_tell_what_was_run_is_refused(name: str, value: str | None) -> None:
    with pytest.raises(ValueError, match=rf"has a run.json that koregate did not write \(.*{name}"):
        replay_of(run_json({}, **{name: value}), answer(step()))


@pytest.mark.parametrize("name", ["testRunId", "file"])
def test_only_a_stopped_suite_may_have_no_run_or_no_reply(name: str) -> None:
    stop = {"verdict": "error", "exitCode": 4, "message": "Lost."}

    with pytest.raises(ValueError, match=rf"\(suites\[0\]: {name} is missing, and no stop says why\)"):
        replay_of(run_json({name: None}), answer(step()))
    assert 4 == replay_of(run_json({name: None, "stop": stop}), answer(step())).exit_code


def test_more_missing_parts_than_fit_are_counted() -> None:
    with pytest.raises(ValueError, match=r"\(missing: koregate, host, streamId, botVersion, botLanguage and 5 more\)"):
        replay_of(b"{}", answer(step()))


@pytest.mark.parametrize("moment", ["soon", "2026-11-23T10:15:42", "0001-01-01T00:00:00+14:00"])
def test_a_date_that_is_no_moment_is_refused(moment: str) -> None:
    with pytest.raises(ValueError, match=r"did not write \(finishedAt"):
        replay_of(run_json({}, finishedAt=moment), answer(step()))


def test_a_run_json_of_another_version_is_refused() -> None:
    with pytest.raises(ValueError, match=r"did not write \(schemaVersion must be 1\)"):
        replay_of(run_json({}, schemaVersion=2), answer(step()))


def test_the_facts_of_the_job_are_saved_and_read_back() -> None:
    record = record_of("Pizza", answer(step()))
    files = saved_files(job_of(record), [record])

    saved = raw.load(files[raw.INDEX], lambda name: files[f"raw/{name}"])

    assert FACTS._replace(is_replay=True) == saved.facts


def test_forged_facts_of_a_run_json_are_made_safe() -> None:
    ci = {**json.loads(run_json({}))["ci"], "url": "javascript:alert(1)", "commit": "abc\n::error::"}

    facts = raw.load(run_json({}, ci=ci), lambda _: json.dumps(answer(step())).encode()).facts.ci

    assert ("", "abc ::error::") == (facts.url, facts.commit)


def test_run_json_keeps_a_baseline_whole() -> None:
    job = job_of(record_of("Pizza", answer(failed_step("pizza"), status="failed")))
    whole = baseline_from("main.json", job.target, datetime(2026, 11, 25, tzinfo=UTC), job.suites, "it is odd")

    saved = SavedBaselineModel.model_validate_json(SavedBaselineModel.of(whole).model_dump_json(by_alias=True))

    assert {"ctr-1"} == whole.run_ids
    assert whole == saved.baseline()
