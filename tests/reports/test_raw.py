"""raw/: the replies as they came, and a replay of them that gives the same result as the live run."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.answers import TARGET, answer, failed_step, job_of, record_of, replies, step

from koregate.inputs import FailOn
from koregate.judging.job import judge_job
from koregate.judging.results import JobResult
from koregate.policy.fail_on import with_exit_code
from koregate.reports import raw
from koregate.runs.record import RunRecord, StopReason, Target
from koregate.verdicts import Verdict

STOP = StopReason(Verdict.TIMEOUT, 5, "No end within 30m.")
RUNNING = json.dumps(answer(step(), status="in_progress", result__status="in_progress")).encode()


def saved_files(job: JobResult, records: list[RunRecord]) -> dict[str, bytes]:
    """The files of raw/ as a live run writes them: each reply when its run ends, and run.json last."""
    replies = {
        raw.reply_path(number, record.suite): record.reply
        for number, record in enumerate(records)
        if record.reply is not None
    }
    without_replies = [record.without_files() for record in records]
    return {**replies, raw.INDEX: raw.index(job.target, job.fail_on, job.redact, without_replies)}


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
        record_of("Pizza", answer(step(), status="odd"), None),
        RunRecord("Pizza", stop=StopReason(Verdict.ERROR, 3, "The platform rejected the token of ann@example.com.")),
        RunRecord("Pizza", "ctr-1", RUNNING, stop=STOP),
        RunRecord("Pizza", "ctr-1", RUNNING, stop=StopReason(Verdict.CANCELLED, 143, "Cancelled by SIGTERM.")),
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

    with pytest.raises(ValueError, match=r"is not a run.json that koregate wrote \(suites.0.file: "):
        raw.load(json.dumps(index).encode(), open_file)
    assert [] == opened


def test_single_replies_are_named_after_their_files_and_say_nothing_of_the_target() -> None:
    replies = [json.dumps(answer(step(), _id=run_id)).encode() for run_id in ("ctr-1", "ctr-2")]

    saved = raw.from_single_files(dict(zip(["a/Pizza.json", "Order.v2.json"], replies, strict=True)))

    assert (Target(), None, None) == (saved.target, saved.fail_on, saved.redact)
    assert ["Pizza", "Order.v2"] == [record.suite for record in saved.records]
    assert Verdict.PASSED is judge_job(saved.target, saved.records).verdict


@pytest.mark.parametrize("data", [b"", b"<html>", b"\xff", b'{"status": "pass', b"NaN"])
def test_a_single_file_that_is_not_json_is_named(data: bytes) -> None:
    good = json.dumps(answer(step())).encode()

    with pytest.raises(ValueError, match=r"is not a saved reply: Pizza\.json is not JSON"):
        raw.from_single_files({"Good.json": good, "a/Pizza.json": data})


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


def index_of(*suites: dict[str, Any]) -> bytes:
    return json.dumps({"koregate": "1", "streamId": "st-1", "suites": list(suites)}).encode()


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

    with pytest.raises(ValueError, match=r"is not a run.json that koregate wrote \(suites.0.stop"):
        replay_of(index_of({"suite": "Pizza", "file": file, "stop": stop}), answer(step()))


@pytest.mark.parametrize(
    ("verdict", "exit_code"),
    [("error", 2), ("error", 3), ("error", 4), ("timeout", 5), ("cancelled", 129), ("cancelled", 143)],
)
def test_a_saved_stop_is_worse_than_the_reply_beside_it(verdict: str, exit_code: int) -> None:
    stop = {"verdict": verdict, "exitCode": exit_code, "message": "Stopped."}

    job = replay_of(index_of({"suite": "Pizza", "file": "001-pizza.json", "stop": stop}), answer(step()))

    assert (verdict, exit_code) == (job.verdict, job.exit_code)


REPLAYS: dict[str, tuple[list[dict[str, Any]], list[Any]]] = {
    "the same file twice": (
        [{"file": "001-pizza.json", "testRunId": "ctr-1"}, {"file": "001-pizza.json", "testRunId": "ctr-2"}],
        [answer(step(), _id=None)],
    ),
    "the same test run twice": (
        [{"file": "001-pizza.json", "testRunId": "ctr-1"}, {"file": "002-pizza.json", "testRunId": "ctr-1"}],
        [answer(step()), answer(step(), _id=None)],
    ),
    "the same test run twice, as the replies tell": (
        [{"file": "001-pizza.json"}, {"file": "002-pizza.json"}],
        [answer(step()), answer(step())],
    ),
    "a reply of another test run": ([{"file": "001-pizza.json", "testRunId": "ctr-2"}], [answer(step())]),
    "a reply of another app": ([{"file": "001-pizza.json"}], [answer(step(), streamId="st-2")]),
    "no reply and no stop": ([{"testRunId": "ctr-1"}], []),
}


@pytest.mark.parametrize("name", REPLAYS)
def test_a_replay_of_what_is_not_this_jobs_is_an_error(name: str) -> None:
    suites, replies = REPLAYS[name]

    job = replay_of(index_of(*({"suite": f"Pizza {n}", **suite} for n, suite in enumerate(suites))), *replies)

    assert [(Verdict.ERROR, 4)] * len(suites) == [(suite.verdict, suite.exit_code) for suite in job.suites]
