"""A whole job with batch suites, or with results behind a link: what is asked of the platform, and what comes of it."""

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from support.clock import FakeClock
from support.job import STEP, gate, job, run, scenario

from koregate.simulator import Simulator

RIGHT, WRONG = {"say": "hi", "intent": "Greet"}, {"say": "pizza", "intent": "Order", "matched": "Track"}
INTENTS: dict[str, Any] = {"seconds": 20, "utterances": [RIGHT, WRONG]}
PASSING: dict[str, Any] = {"seconds": 20, "utterances": [RIGHT]}
LINKED: dict[str, Any] = {"seconds": 20, "steps": [STEP, STEP], "linked_results": True}
# Parts of the address of a result file that no log and no report may show.
SIGNED = re.compile(r"getMediaStream|clientfilename|n=2501205681")


def batch(**suites: Any) -> Any:
    """A scenario of batch suites by name."""
    own = {key: suites.pop(key) for key in ("faults", "busy", "scope") if key in suites}
    return scenario(batch_suites=suites, **own)


def test_a_batch_suite_runs_like_any_other_and_each_utterance_is_a_test_case(tmp_path: Path, clock: FakeClock) -> None:
    done, simulator = job(tmp_path, clock, batch(Intents=INTENTS))

    assert (1, "failed") == (done.code, done.outputs["verdict"])
    assert [("1 intent: hi", "passed"), ("2 intent: pizza", "failure")] == [
        (row.name, row.outcome) for row in done.rows
    ]
    assert 'expected "Order", got "Track"' == done.rows[1].message
    assert "% of 2 utterances" in done.log
    (start,) = simulator.starts("Intents")
    assert {"version": "inDevelopment"} == json.loads(start.body)
    assert done.outputs["test-run-ids"].startswith("tr-")


@pytest.mark.parametrize("engine", ["", "regression", "dgpt"])
def test_the_engine_is_sent_only_if_it_is_given(tmp_path: Path, clock: FakeClock, engine: str) -> None:
    done, simulator = job(tmp_path, clock, batch(Intents=PASSING), engine=engine, bot_version="published")

    assert 0 == done.code
    (start,) = simulator.starts("Intents")
    assert {"version": "published", **({"engine": engine} if engine else {})} == json.loads(start.body)


def test_batch_suites_run_one_after_the_other(tmp_path: Path, clock: FakeClock) -> None:
    suites = dict.fromkeys(("One", "Two", "Three"), PASSING)

    done, simulator = job(tmp_path, clock, batch(**suites), max_parallel="16")

    assert (0, "3") == (done.code, done.outputs["passed"])
    starts = [simulator.starts(name)[0].time for name in suites]
    assert all(later - earlier >= 20 for earlier, later in pairwise(starts))
    assert 3 == sum(request.kind == "start" for request in simulator.requests)


def test_a_platform_that_is_busy_with_another_run_is_waited_for_and_the_log_says_so_once(
    tmp_path: Path, clock: FakeClock
) -> None:
    done, simulator = job(tmp_path, clock, batch(Intents=PASSING, busy=400))

    assert 0 == done.code
    assert 1 == done.log.count("another run is in progress on the platform")
    assert len(simulator.starts("Intents")) > 10
    assert 0 == simulator.limit_violations


def test_a_platform_that_stays_busy_ends_at_the_timeout(tmp_path: Path, clock: FakeClock) -> None:
    done, simulator = job(tmp_path, clock, batch(Intents=PASSING, busy=4000), timeout="5m")

    assert (5, "timeout") == (done.code, done.outputs["verdict"])
    assert "Another run is in progress on the platform" in done.log
    assert ", so no test run was started within 5m (timeout)." in done.log
    assert simulator.starts("Intents")[-1].time <= 330


def test_an_unknown_batch_suite_is_an_error_with_advice(tmp_path: Path, clock: FakeClock) -> None:
    done, _ = job(tmp_path, clock, batch(Intents=PASSING), test_suites="Others")

    assert 4 == done.code
    assert "Test Suite not found" in done.log


def test_a_missing_scope_names_the_one_for_batch_suites(tmp_path: Path, clock: FakeClock) -> None:
    done, _ = job(tmp_path, clock, batch(Intents=PASSING, scope="missing"))

    assert 3 == done.code
    assert 'Grant the scope "Batch Tests Execution"' in done.log


def test_a_run_can_be_attached_to(tmp_path: Path, clock: FakeClock) -> None:
    with Simulator(batch(Intents=PASSING), now=clock.monotonic, wall=clock.wall) as simulator:
        run_id = simulator.start_run("Intents", is_batch=True)
        done = run(simulator, tmp_path, clock, test_run_ids=run_id)

    assert (0, run_id, []) == (done.code, done.outputs["test-run-ids"], simulator.starts("Intents"))


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"engine": "dgpt"}, "engine is for batch suites only."),
        (
            {"suite-kind": "batch", "test-run-ids": "ctr-1"},
            "test-run-ids: a run id ctr-… does not belong to a batch suite.",
        ),
        ({"test-run-ids": "tr-1"}, "test-run-ids: a run id tr-… does not belong to a conversation suite."),
        ({"suite-kind": "both"}, 'suite-kind: "both" is not one of conversation, batch.'),
        ({"suite-kind": "batch", "engine": "gpt"}, 'engine: "gpt" is not one of regression, dgpt.'),
    ],
)
def test_inputs_that_do_not_fit_the_kind_are_refused(
    tmp_path: Path, clock: FakeClock, options: dict[str, str], problem: str
) -> None:
    given = {"host": "platform.kore.ai", "stream-id": "st-1", "test-suites": "Intents", "jwt": "a.b.c"}

    done = gate({**given, "user-email": "a@example.com", **options}, tmp_path, clock)

    assert 2 == done.code
    assert problem in done.log


def test_no_address_of_a_result_file_is_logged_or_kept(tmp_path: Path, clock: FakeClock) -> None:
    (tmp_path / "talk").mkdir()
    done, simulator = job(tmp_path, clock, batch(Intents=INTENTS))
    talk, _ = job(tmp_path / "talk", clock, scenario(Talk=LINKED))

    assert 1 == len(simulator.files)
    for finished in (done, talk):
        files = finished.files
        assert any(b'"fileUrl": "***"' in data for data in files.values())
        for text in (finished.log, finished.summary, *map(str, finished.outputs.values())):
            assert not SIGNED.search(text)
        for name, data in files.items():
            assert not SIGNED.search(data.decode("utf-8", "replace")), name


def test_the_file_is_asked_for_once_and_without_the_token(tmp_path: Path, clock: FakeClock) -> None:
    _, simulator = job(tmp_path, clock, batch(Intents=INTENTS))

    (file,) = simulator.files
    names = {name.lower() for name in file.headers}
    assert not {"auth", "authorization", "cookie"} & names
    assert "" == file.token


FILE_FAULTS = {
    "expired": {"fault": "http", "code": 403},
    "refused": {"fault": "http", "code": 401},
    "gone": {"fault": "http", "code": 410},
    "broken": {"fault": "http", "code": 500},
    "moved": {"fault": "redirect"},
    "elsewhere": {"fault": "redirect-elsewhere"},
    "reset": {"fault": "reset"},
    "closed": {"fault": "close"},
    "silent": {"fault": "silence"},
    "dripping": {"fault": "drip"},
    "cut": {"fault": "truncated"},
    "64 MiB": {"fault": "huge"},
    "64 MiB in chunks": {"fault": "huge-chunked"},
    "64 MiB compressed": {"fault": "gzip-bomb"},
    "broken compression": {"fault": "bad-gzip"},
    "not JSON": {"fault": "html"},
    "empty": {"fault": "empty"},
    "a list": {"fault": "json-list"},
    "not UTF-8": {"fault": "not-utf8"},
    "nested deeply": {"fault": "deep"},
}


@pytest.mark.parametrize("fault", FILE_FAULTS.values(), ids=FILE_FAULTS)
def test_a_batch_file_that_does_not_arrive_is_reported_and_changes_no_verdict(
    tmp_path: Path, clock: FakeClock, fault: dict[str, Any]
) -> None:
    seconds = 0.2 if fault["fault"] in ("silence", "drip") else 20.0
    played = batch(Intents=INTENTS, faults=[{"on": "file", **fault}])

    done, simulator = job(tmp_path, clock, played, request_seconds=seconds)

    assert (1, "failed", 1) == (done.code, done.outputs["verdict"], len(simulator.files))
    assert [("count", "failure")] == [(row.name, row.outcome) for row in done.rows]
    assert not SIGNED.search(done.log)
    report = json.loads(done.files["report.json"])
    (remark,) = report["suites"][0]["remarks"]
    assert remark.startswith("The result file ")
    assert not SIGNED.search(remark)


@pytest.mark.parametrize(
    "suite", [INTENTS, PASSING, {**INTENTS, "partial": True}, {**INTENTS, "file": None}, {**INTENTS, "file": "?"}]
)
def test_a_replay_of_a_batch_job_gives_the_same_reports_offline(
    tmp_path: Path, clock: FakeClock, suite: dict[str, Any]
) -> None:
    live, _ = job(tmp_path, clock, batch(Intents=suite))
    reports = {name: live.files[name] for name in ("junit.xml", "report.json", "report.html")}

    raw = str(tmp_path / "koregate-report" / "raw")
    again = gate({"report-dir": "again"}, tmp_path, clock, saved=(raw,))

    assert (live.code, live.outputs["verdict"]) == (again.code, again.outputs["verdict"])
    assert reports == {name: again.files[name] for name in reports}


def test_merge_puts_suites_of_both_kinds_into_one_result(tmp_path: Path, clock: FakeClock) -> None:
    both = scenario(Talk={"steps": [STEP]}, batch_suites={"Intents": INTENTS})
    with Simulator(both, now=clock.monotonic, wall=clock.wall) as simulator:
        run(simulator, tmp_path, clock, report_dir="one")
        run(simulator, tmp_path, clock, report_dir="two", suite_kind="batch", test_suites="Intents")

    done = gate(
        {"report-dir": "merged"},
        tmp_path,
        clock,
        merge=tuple(str(tmp_path / name / "report.json") for name in ("one", "two")),
    )

    assert (1, "failed", "3") == (done.code, done.outputs["verdict"], done.outputs["total"])
    merged = json.loads(done.files["report.json"])
    assert ["conversation", "batch"] == [suite["kind"] for suite in merged["suites"]]
    assert "0.67" == merged["suites"][1]["figures"]["f1"]


def test_the_steps_behind_a_link_are_test_cases(tmp_path: Path, clock: FakeClock) -> None:
    done, simulator = job(tmp_path, clock, scenario(Talk=LINKED))

    assert (0, ["1.1 text: hi", "2.1 text: hi"]) == (done.code, [row.name for row in done.rows])
    assert 1 == len(simulator.files)
    assert "raw/001-talk.result.json" in done.files


def test_a_failure_behind_a_link_blocks_although_the_reply_says_passed(tmp_path: Path, clock: FakeClock) -> None:
    failing = {**LINKED, "steps": [STEP, {**STEP, "answer": "Go away"}], "status": "passed"}

    done, _ = job(tmp_path, clock, scenario(Talk=failing))

    assert (1, "failed") == (done.code, done.outputs["verdict"])
    assert "2.1 text: hi" in [row.name for row in done.rows if row.outcome == "failure"]


LINK_FAULTS = {
    **FILE_FAULTS,
    "another run's results": {"linked_run": "ctr-another"},
    "a foreign host": {"link": "http://other.example/results.json?s=clientfilename"},
    "no address": {"link": "/api/getMediaStream/media/f-1.json"},
    "a step less": {"cut": 1},
}


@pytest.mark.parametrize("status", ["passed", "aborted"])
@pytest.mark.parametrize("fault", LINK_FAULTS.values(), ids=LINK_FAULTS)
def test_a_linked_file_that_cannot_be_used_makes_no_verdict_better(
    tmp_path: Path, clock: FakeClock, fault: dict[str, Any], status: str
) -> None:
    is_fault = "fault" in fault
    seconds = 0.2 if fault.get("fault") in ("silence", "drip") else 20.0
    suite = {**LINKED, "status": status, **({} if is_fault else fault)}
    played = scenario(Talk=suite, faults=[{"on": "file", **fault}] if is_fault else [])

    done, simulator = job(tmp_path, clock, played, request_seconds=seconds)

    # A step that the file lacks makes a pass worse. Any other file is told in a remark.
    code = 4 if status == "aborted" or "cut" in fault else 0
    assert (code, {0: "passed", 4: "error"}[code]) == (done.code, done.outputs["verdict"])
    assert len(simulator.files) == (0 if "link" in fault else 1)
    report = json.loads(done.files["report.json"])
    remarks = report["suites"][0]["remarks"]
    remarks = [remark for remark in remarks if "undocumented parts" not in remark]
    assert (["The result file "] if "cut" not in fault else []) == [remark[:16] for remark in remarks]
    for text in (done.log, *remarks):
        assert not SIGNED.search(text)


def test_a_reply_with_a_list_of_steps_leaves_a_link_alone(tmp_path: Path, clock: FakeClock) -> None:
    reply = {"status": "passed", "totalTestStepsCount": 0, "fileUrl": "https://files.example/f?n=2501205681"}
    final = {**reply, "result": {"status": "passed", "executionResults": []}}

    done, simulator = job(tmp_path, clock, scenario(Talk={"seconds": 20, "final": final}))

    assert (4, []) == (done.code, simulator.files)
    assert not any(b"files.example" in data for data in done.files.values())


@pytest.mark.parametrize("change", [{}, {"cut": 1}, {"linked_run": "ctr-another"}, {"status": "aborted"}])
def test_a_replay_of_linked_results_gives_the_same_reports_offline(
    tmp_path: Path, clock: FakeClock, change: dict[str, Any]
) -> None:
    live, _ = job(tmp_path, clock, scenario(Talk={**LINKED, **change}))
    reports = {name: live.files[name] for name in ("junit.xml", "report.json", "report.html")}

    raw = str(tmp_path / "koregate-report" / "raw")
    again = gate({"report-dir": "again"}, tmp_path, clock, saved=(raw,))

    assert live.code == again.code
    assert reports == {name: again.files[name] for name in reports}


FEW: dict[str, Any] = {"seconds": 20, "utterances": [RIGHT, {**RIGHT, "say": "hello"}, WRONG]}


@pytest.mark.parametrize("file", ["csv", None])
def test_a_least_f1_score_lets_a_suite_by_and_every_report_says_so(
    tmp_path: Path, clock: FakeClock, file: str | None
) -> None:
    played = batch(Intents={**FEW, "file": file, "changes": {"f1_score": "0.80"}})

    done, _ = job(tmp_path, clock, played, min_f1="0.8")
    missed, _ = job(tmp_path, clock, played, min_f1="0.81", report_dir="missed")

    assert (0, "tolerated", "1", "0") == (
        done.code,
        *(done.outputs[name] for name in ("verdict", "tolerated", "failed")),
    )
    assert (1, "failed", "0", "2") == (
        missed.code,
        *(missed.outputs[name] for name in ("verdict", "tolerated", "failed")),
    )
    assert "1 test case tolerated by min-f1" in done.verdict
    assert "The F1 score is 0.80, and min-f1 is 0.81." in missed.log
    rows = {row.name: row for row in done.rows}
    let_by = rows["3 intent: pizza" if file else "count"]
    assert ("skipped", "passed") == (let_by.outcome, rows["min-f1"].outcome)
    assert "the F1 score is 0.80, and min-f1 is 0.8" in let_by.message


def test_a_least_f1_score_holds_in_a_replay_and_must_be_given_to_a_merge(tmp_path: Path, clock: FakeClock) -> None:
    done, _ = job(tmp_path, clock, batch(Intents=FEW), min_f1="0.5", report_dir="shard")
    shard = str(done.folder / "report.json")

    again = gate({"report-dir": "again"}, tmp_path, clock, saved=(str(done.folder / "raw"),))
    higher = gate({"report-dir": "higher", "min-f1": "1"}, tmp_path, clock, saved=(str(done.folder / "raw"),))
    without = gate({"report-dir": "without"}, tmp_path, clock, merge=(shard,))
    with_score = gate({"report-dir": "merged", "min-f1": "0.5"}, tmp_path, clock, merge=(shard,))

    assert (0, 0, 1, 1, 0) == (done.code, again.code, higher.code, without.code, with_score.code)
    suites, *others = [json.loads(one.files["report.json"])["suites"] for one in (done, again, with_score)]
    assert [suites, suites] == others
    assert b"min-f1" not in without.files["junit.xml"]


# One utterance of three passed, and its 200 entities are 200 more test cases of the result file.
ENTITIES: dict[str, Any] = {
    "seconds": 20,
    "utterances": [
        {**RIGHT, "entities": {f"size {number}": ["large", "large"] for number in range(200)}},
        WRONG,
        {**WRONG, "say": "pasta"},
    ],
}


@pytest.mark.parametrize("file", ["csv", None])
def test_the_rows_of_a_result_file_count_for_nothing_in_min_pass_rate_and_min_tests(
    tmp_path: Path, clock: FakeClock, file: str | None
) -> None:
    played = batch(Intents={**ENTITIES, "file": file})
    rules = ({"min-pass-rate": "33.4"}, {"min-pass-rate": "33.3"}, {"min-tests": "4"}, {"min-tests": "3"})
    live = [
        job(tmp_path, clock, played, report_dir=f"live-{number}", **{name.replace("-", "_"): value})[0]
        for number, rule in enumerate(rules)
        for name, value in rule.items()
    ]

    shard = str(live[0].folder / "report.json")
    merges = [gate({"report-dir": "merged", **rule}, tmp_path, clock, merge=(shard,)) for rule in rules]

    # Without a list of utterances, no rate tolerates anything.
    codes = [1, 0 if file else 1, 4, 1]
    assert (codes, codes) == ([done.code for done in live], [done.code for done in merges])
    assert str(203 if file else 1) == live[0].outputs["total"]
    for done in (live[2], merges[2]):
        assert "Only 3 utterances have a result, and min-tests requires 4." in done.log
        assert "Look for utterances that were removed from the test suites, or lower min-tests." in done.log
    if file:
        assert "1 of 3 utterances of the suite passed, and min-pass-rate is 33.3" in live[1].log


def test_the_rows_of_a_result_file_do_not_decide_whether_a_suite_runs_again(tmp_path: Path, clock: FakeClock) -> None:
    wrong = [
        {**WRONG, "say": f"pizza {number}", "entities": ENTITIES["utterances"][0]["entities"]} for number in range(10)
    ]

    done, simulator = job(tmp_path, clock, batch(Intents={**ENTITIES, "utterances": wrong}), retries="1")

    assert (1, 1) == (done.code, len(simulator.starts("Intents")))
    assert "Not run again: most of it failed, so it is broken, not flaky." in done.log


def test_a_passed_entity_is_no_passed_utterance(tmp_path: Path, clock: FakeClock) -> None:
    done, _ = job(
        tmp_path,
        clock,
        batch(Intents={**ENTITIES, "utterances": [{**ENTITIES["utterances"][0], "matched": "Order"}]}),
        min_pass_rate="0",
    )

    assert (1, "200") == (done.code, done.outputs["passed"])
    assert 'Nothing in "Intents" is tolerated, because no utterance passed.' in done.log


def test_min_tests_counts_the_test_cases_of_conversations_and_the_utterances_of_batch_suites(
    tmp_path: Path, clock: FakeClock
) -> None:
    both = scenario(Talk={"steps": [STEP]}, batch_suites={"Intents": ENTITIES})
    with Simulator(both, now=clock.monotonic, wall=clock.wall) as simulator:
        run(simulator, tmp_path, clock, report_dir="one")
        run(simulator, tmp_path, clock, report_dir="two", suite_kind="batch", test_suites="Intents")
    paths = tuple(str(tmp_path / name / "report.json") for name in ("one", "two"))

    enough, few = (
        gate({"report-dir": "merged", "min-tests": least}, tmp_path, clock, merge=paths) for least in ("4", "5")
    )

    assert (1, 4) == (enough.code, few.code)
    assert "Only 4 test cases and utterances have a result, and min-tests requires 5." in few.log


def test_the_platforms_counts_in_a_report_must_be_those_of_its_steps(tmp_path: Path, clock: FakeClock) -> None:
    done, _ = job(tmp_path, clock, batch(Intents=PASSING))
    report = json.loads(done.files["report.json"])
    report["suites"][0]["platformCounts"] = {"total": 100, "passed": 100, "failed": 0}
    (tmp_path / "forged.json").write_text(json.dumps(report))

    merged = gate({"report-dir": "merged", "min-tests": "50"}, tmp_path, clock, merge=(str(tmp_path / "forged.json"),))

    assert 4 == merged.code
    assert (
        "platformCounts has 100 passed and 0 failed of 100, but stepCounts has 1 passed and 0 failed of 1" in merged.log
    )


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"min_f1": "1.01"}, 'min-f1: "1.01" is more than 1. Write'),
        ({"min_f1": "80%"}, 'min-f1: "80%" is not a number from 0 to 1. Write'),
        ({"min_f1": "-0.1"}, 'min-f1: "-0.1" is not a number from 0 to 1.'),
        ({"min_f1": "1e-1"}, 'min-f1: "1e-1" is not a number from 0 to 1.'),
        ({"min_f1": "0.8", "suite_kind": "conversation", "user_email": "a@b.example"}, "min-f1 is for batch suites"),
    ],
)
def test_a_least_f1_score_that_cannot_be_used_is_named_and_no_request_is_sent(
    tmp_path: Path, clock: FakeClock, options: dict[str, str], problem: str
) -> None:
    done, simulator = job(tmp_path, clock, batch(Intents=FEW), **options)

    assert (2, "error") == (done.code, done.outputs["verdict"])
    assert problem in done.log
    assert [] == simulator.requests


QUOTED = 'pa"ssWord-9xKq"7Lm2-4hTn8wZc5vBq'
# In the second one, a quote in the middle ends the quotes, and in the third one, the cell is JSON.
WRITTEN = [
    ('pa""ssWord-9xKq""7Lm2-4hTn8wZc5vBq', True),
    ('pa""ssWord"-9xKq"7Lm2-4hTn8wZc5vBq', False),
    ('pa\\""ssWord-9xKq\\""7Lm2-4hTn8wZc5vBq', False),
]


@pytest.mark.parametrize("kind", ["batch", "conversation"])
@pytest.mark.parametrize(("written", "is_used"), WRITTEN)
def test_a_secret_in_the_csv_of_a_result_file_shows_up_nowhere(
    tmp_path: Path, clock: FakeClock, kind: str, written: str, is_used: bool
) -> None:
    file = f'Bot Name,Luigi\r\n\r\nUtterance,Expected Intent,Matched Intent\r\n"hi {written}",Greet,Greet\r\n'
    suites = {"batch_suites": {"Intents": PASSING}} if kind == "batch" else {"Intents": LINKED}
    played = scenario(**suites, faults=[{"on": "file", "fault": "http", "code": 200, "body": file}])
    with Simulator(played, now=clock.monotonic, wall=clock.wall, client_secret=QUOTED) as simulator:
        done = run(simulator, tmp_path, clock, suite_kind=kind)

    assert kind == "conversation" or is_used == ("1 intent: hi ***" in [row.name for row in done.rows])
    log = "\n".join(line for line in done.log.splitlines() if not line.startswith("::add-mask::"))
    texts = {**{name: data.decode() for name, data in done.files.items()}, "log": log, "summary": done.summary}
    assert {} == {name: text for name, text in texts.items() if "ssWord" in text}
    assert is_used or "The result file is not used: it contains a secret in parts." in texts["report.json"]
