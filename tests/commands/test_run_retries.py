"""Whole jobs with `retries`: which suites run again, what becomes of them, and that no two runs make one pass."""

import html
import json
import shutil
import signal
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest
from support.clock import FakeClock
from support.job import FAILING, PASSING, STEP, Done, gate, job, run, scenario

from koregate.runs.event_queue import EventQueue
from koregate.simulator import Simulator, load_scenario
from koregate.simulator.api import HandledRequest

WRONG = {**STEP, "say": "bye", "answer": "Go away"}
RIGHT = {**STEP, "say": "bye"}
FLAKY: dict[str, Any] = {"seconds": 20, "steps": [STEP, RIGHT], "runs": [{"answers": {"2": "Go away"}}, {}]}
KNOWN: dict[str, Any] = {"seconds": 20, "steps": [STEP, WRONG]}
ABORTED: dict[str, Any] = {**PASSING, "runs": [{"status": "aborted", "executed": 1}, {}]}
PULL_REQUEST = {"GITHUB_EVENT_NAME": "pull_request"}
ENTRY = """[[quarantine]]
suite = "Pizza"
input = "bye"
reason = "It may say what it likes."
owner = "ann"
until = {until}
"""


def retried(tmp_path: Path, clock: FakeClock, played: Any, **options: Any) -> tuple[Done, Simulator]:
    return job(tmp_path, clock, played, **{"retries": "2", **options})


def report(done: Done) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(done.files["report.json"])
    return value


def suite_of(done: Done, number: int = 0) -> dict[str, Any]:
    suite: dict[str, Any] = report(done)["suites"][number]
    return suite


def reports(done: Done) -> dict[str, bytes]:
    return {name: data for name, data in done.files.items() if not name.startswith("raw/")}


# Which suites run again, and what becomes of them


@pytest.mark.parametrize(
    ("name", "flaky", "verdict", "code", "starts", "flaky_tests"),
    [
        ("flaky", "fail", "failed", 1, 2, 2),
        ("flaky", "pass", "tolerated", 0, 2, 2),
        ("drifting", "fail", "failed", 1, 3, 2),
        ("drifting", "pass", "failed", 1, 3, 2),
        ("known", "pass", "failed", 1, 3, 0),
        ("aborted-once", "fail", "passed", 0, 2, 0),
        ("aborted", "pass", "error", 4, 3, 0),
        ("passing", "pass", "passed", 0, 1, 0),
    ],
)
def test_a_suite_that_did_not_pass_runs_again_and_its_last_run_decides(
    tmp_path: Path, clock: FakeClock, name: str, flaky: str, verdict: str, code: int, starts: int, flaky_tests: int
) -> None:
    done, simulator = retried(tmp_path, clock, load_scenario(name), flaky=flaky)

    assert (verdict, code) == (done.outputs["verdict"], done.code)
    assert starts == len(simulator.starts(simulator.suites[0]))
    assert all(1 == len(simulator.starts(other)) for other in simulator.suites[1:])
    assert str(flaky_tests) == done.outputs["flaky-tests"]
    assert 0 == simulator.limit_violations


@pytest.mark.parametrize(("retries", "warned"), [("0", True), ("1", False)])
def test_flaky_without_retries_is_warned_of(tmp_path: Path, clock: FakeClock, retries: str, warned: bool) -> None:
    done, _ = job(tmp_path, clock, scenario(Pizza=PASSING), flaky="pass", retries=retries)

    assert warned == ("::warning title=koregate::flaky: pass has no effect without retries." in done.log.splitlines())


@pytest.mark.parametrize("retries", range(5))
def test_there_are_never_more_runs_than_retries_and_one(tmp_path: Path, clock: FakeClock, retries: int) -> None:
    done, simulator = retried(tmp_path, clock, load_scenario("drifting"), retries=str(retries), flaky="pass")

    assert (1, retries + 1) == (done.code, len(simulator.starts("Order a pizza")))
    assert retries == len(suite_of(done)["earlierRuns"])


def test_every_run_may_take_the_whole_timeout(tmp_path: Path, clock: FakeClock) -> None:
    played = scenario(Pizza={**FLAKY, "seconds": 50})

    done, _ = retried(tmp_path, clock, played, flaky="pass", timeout="60s")

    assert ("tolerated", True) == (done.outputs["verdict"], clock.time >= 100)


def test_a_broken_suite_does_not_run_again_and_the_log_says_so(tmp_path: Path, clock: FakeClock) -> None:
    done, simulator = retried(tmp_path, clock, load_scenario("broken"))

    assert (1, 1) == (done.code, len(simulator.starts("Opening hours")))
    assert "10 of 11 test cases failed in steps 2 to 11. Not run again: most of it failed, so it is broken" in done.log


@pytest.mark.parametrize(
    ("faults", "options", "code"),
    [
        ([{"on": "start", "fault": "close"}], {}, 4),
        ([{"on": "start", "fault": "json-other"}], {}, 4),
        ([{"on": "start", "fault": "http", "code": 401, "message": "Invalid SDK credentials"}], {}, 3),
        ([{"on": "start", "fault": "http", "code": 400, "message": "Test Suite not found"}], {}, 4),
        ([{"on": "status", "fault": "http", "code": 403}], {}, 3),
        ([{"on": "status", "fault": "http", "code": 400, "message": "Test Result not found."}], {}, 4),
        ([{"on": "status", "fault": "reset"}], {}, 4),
        ([{"on": "status", "fault": "huge"}], {}, 4),
        ([], {"timeout": "10s"}, 5),
        ([], {"stall_timeout": "1s", "poll_interval": "1s"}, 5),
    ],
)
def test_a_suite_whose_run_did_not_end_at_the_platform_never_runs_again(
    tmp_path: Path, clock: FakeClock, faults: list[Any], options: dict[str, str], code: int
) -> None:
    played = scenario(Pizza={**FAILING, "progress": [[0, 0]]}, faults=faults)

    done, simulator = retried(tmp_path, clock, played, **options)

    assert (code, 1) == (done.code, len(simulator.starts("Pizza")))
    assert "Running again" not in done.log


def test_a_second_start_that_is_not_certain_is_an_error_and_is_not_followed_by_a_third(
    tmp_path: Path, clock: FakeClock
) -> None:
    played = scenario(Pizza=FLAKY, faults=[{"on": "start", "requests": "2", "fault": "close"}])

    done, simulator = retried(tmp_path, clock, played, flaky="pass")

    assert (4, 2) == (done.code, len(simulator.starts("Pizza")))
    assert "may have started" in done.log
    (earlier,) = suite_of(done)["earlierRuns"]
    assert ("failed", None) == (earlier["verdict"], suite_of(done)["testRunId"])


def test_the_same_run_id_a_second_time_is_an_error_and_proves_nothing(tmp_path: Path, clock: FakeClock) -> None:
    done, simulator = retried(tmp_path, clock, scenario(Pizza={**FLAKY, "same_run": True}), flaky="pass")

    assert (4, 2) == (done.code, len(simulator.starts("Pizza")))
    run_id = suite_of(done)["earlierRuns"][0]["testRunId"]
    assert f"The platform replied to the start with {run_id}, an earlier run of the suite" in done.log
    assert "" == done.outputs["test-run-ids"]


def test_runs_that_are_attached_to_do_not_run_again_and_the_log_says_so(tmp_path: Path, clock: FakeClock) -> None:
    with Simulator(scenario(Pizza=FLAKY), now=clock.monotonic, wall=clock.wall) as simulator:
        run_id = simulator.start_run("Pizza")
        done = run(simulator, tmp_path, clock, test_run_ids=run_id, retries="2", flaky="pass")

    assert (1, []) == (done.code, simulator.starts("Pizza"))
    assert "::warning title=koregate::retries is not looked at: with test-run-ids nothing is started" in done.log


def test_batch_suites_run_again_one_after_the_other(tmp_path: Path, clock: FakeClock) -> None:
    hi, bad = {"say": "hi", "intent": "Greet"}, {"say": "pizza", "intent": "Order", "matched": "Greet"}
    good = {**bad, "matched": "Order"}
    flaky = {"seconds": 20, "utterances": [hi, good], "runs": [{"utterances": [hi, bad]}, {}]}
    partial = {"seconds": 20, "utterances": [hi, good], "runs": [{"partial": True}, {}]}
    played = scenario(batch_suites={"One": flaky, "Two": partial})

    done, simulator = retried(tmp_path, clock, played, flaky="pass")

    assert ("tolerated", "1") == (done.outputs["verdict"], done.outputs["flaky-tests"])
    starts = [(request.suite, request.time) for request in simulator.requests if request.kind == "start"]
    assert ["One", "Two", "One", "Two"] == [suite for suite, _ in starts]
    assert all(later - earlier >= 20 for (_, earlier), (_, later) in pairwise(starts))
    assert ["tolerated", "passed"] == [suite["verdict"] for suite in report(done)["suites"]]
    assert [b'"Bot Name', b'"Bot Name'] == [done.files[f"raw/001-one{end}.result.csv"][:9] for end in ("", "-run-2")]


def test_the_limits_on_starts_and_status_requests_hold_across_runs(tmp_path: Path, clock: FakeClock) -> None:
    names = [f"Suite {number}" for number in range(30)]
    bad = {**FAILING, "seconds": 0}

    # One thread: of several, one would find that another's wait moved the clock after it had counted its request.
    done, simulator = retried(tmp_path, clock, scenario(**dict.fromkeys(names, bad)), retries="4", max_parallel="1")

    assert (1, 150) == (done.code, sum(request.kind == "start" for request in simulator.requests))
    assert 0 == simulator.limit_violations
    assert clock.time >= 120


# Policy


@pytest.fixture
def entry(tmp_path: Path, clock: FakeClock) -> str:
    """A quarantine file that excuses the second step."""
    (tmp_path / "q.toml").write_text(ENTRY.format(until=(clock.now() + timedelta(days=10)).date().isoformat()))
    return "q.toml"


def test_a_failure_that_another_rule_tolerates_makes_no_suite_run_again(
    tmp_path: Path, clock: FakeClock, entry: str
) -> None:
    for options in ({"quarantine": entry}, {"warn_on": "wrong-text"}, {"min_pass_rate": "50"}):
        done, simulator = retried(tmp_path, clock, scenario(Pizza=KNOWN), **options)
        assert ("tolerated", 1) == (done.outputs["verdict"], len(simulator.starts("Pizza")))


def test_a_known_failure_makes_a_suite_run_again_only_where_it_blocks(tmp_path: Path, clock: FakeClock) -> None:
    with Simulator(scenario(Pizza=KNOWN), now=clock.monotonic, wall=clock.wall) as simulator:
        before = run(simulator, tmp_path, clock)
        shutil.copy(before.folder / "report.json", tmp_path / "main.json")
        for event, code, starts in ((PULL_REQUEST, 0, 2), ({"GITHUB_EVENT_NAME": "push"}, 1, 5)):
            done = run(simulator, tmp_path, clock, retries="2", baseline="main.json", environ=event)
            assert (code, starts) == (done.code, len(simulator.starts("Pizza")))


@pytest.mark.parametrize(("flaky", "verdict"), [("pass", "tolerated"), ("fail", "failed")])
def test_a_flaky_failure_beside_a_quarantined_one_is_judged_by_itself(
    tmp_path: Path, clock: FakeClock, entry: str, flaky: str, verdict: str
) -> None:
    first = {"answers": {"1": "Go away", "2": "Go away"}}
    played = scenario(Pizza={**FLAKY, "steps": [STEP, RIGHT, STEP], "runs": [first, {"answers": {"2": "Go away"}}]})

    done, simulator = retried(tmp_path, clock, played, quarantine=entry, flaky=flaky)

    assert (verdict, 2) == (done.outputs["verdict"], len(simulator.starts("Pizza")))
    assert "1" == done.outputs["flaky-tests"]
    kinds = {case["name"]: case["tolerance"] and case["tolerance"]["kind"] for case in cases_of(done)}
    assert "quarantine" == kinds["2.1 text: bye"]
    assert ("flaky" if flaky == "pass" else None) == kinds["1.1 text: hi"]


def cases_of(done: Done) -> list[dict[str, Any]]:
    return [case for step in suite_of(done)["steps"] for case in step["cases"]]


def test_with_fail_a_case_is_not_excused_for_what_nothing_excused_in_an_earlier_run(
    tmp_path: Path, clock: FakeClock, entry: str
) -> None:
    played = scenario(Pizza={**FLAKY, "runs": [{"answers": {"2": None}}, {"answers": {"2": "Go away"}}]})

    by_flaky = {
        flaky: retried(tmp_path, clock, played, quarantine=entry, flaky=flaky)[0].outputs for flaky in ("fail", "pass")
    }

    assert {"fail": "failed", "pass": "tolerated"} == {flaky: done["verdict"] for flaky, done in by_flaky.items()}
    assert {"0"} == {done["flaky-tests"] for done in by_flaky.values()}


def test_with_fail_a_flaky_case_does_not_block_if_another_rule_excuses_its_failure(
    tmp_path: Path, clock: FakeClock, entry: str
) -> None:
    played = scenario(Pizza={**FLAKY, "runs": [{"answers": {"1": "Go away", "2": "Go away"}}, {}]})

    done, _ = retried(tmp_path, clock, played, quarantine=entry)

    assert ("failed", "2") == (done.outputs["verdict"], done.outputs["flaky-tests"])
    assert ["Pizza.step 1.1.1 text: hi"] == json.loads(done.outputs["failed-tests"])


@pytest.mark.parametrize("flaky", ["fail", "pass"])
def test_an_entry_that_excuses_the_failure_of_an_earlier_run_is_named_wherever_it_turns_the_job_green(
    tmp_path: Path, clock: FakeClock, entry: str, flaky: str
) -> None:
    done, _ = retried(tmp_path, clock, scenario(Pizza=FLAKY), report_dir="shard")
    report_json, raw = str(done.folder / "report.json"), str(done.folder / "raw")

    options = {"quarantine": entry, "flaky": flaky}
    merged = gate({**options, "report-dir": "merged"}, tmp_path, clock, merge=(report_json,))
    again = gate(options, tmp_path, clock, merge=(str(merged.folder / "report.json"),))
    replayed = gate(options, tmp_path, clock, saved=(raw,))

    assert (1, "failed") == (done.code, done.outputs["verdict"])
    for green in (merged, again, replayed):
        assert (0, "tolerated", "1") == (green.code, green.outputs["verdict"], green.outputs["tolerated"])
        assert "1 test case tolerated as quarantined (q.toml). 1 suite ran again." in green.verdict
        assert "tolerated as quarantined (q.toml)" in html.unescape(green.summary)
        row = green.rows[1]
        assert ("passed", ["flakyFailure"]) == (row.outcome, [one.tag for one in row.earlier])
        assert "owner ann): It may say what it likes." in row.output
        assert row.output in html.unescape(green.files["report.html"].decode())


@pytest.mark.parametrize(("flaky", "verdict", "code"), [("pass", "tolerated", 0), ("fail", "failed", 1)])
def test_a_suite_whose_failed_step_is_gone_in_the_second_run_is_failed(
    tmp_path: Path, clock: FakeClock, flaky: str, verdict: str, code: int
) -> None:
    played = scenario(Pizza={**FLAKY, "runs": [{"steps": [STEP, WRONG]}, {"steps": [STEP, STEP]}]})

    done, simulator = retried(tmp_path, clock, played, flaky=flaky)

    assert (1, "failed", 2) == (done.code, done.outputs["verdict"], len(simulator.starts("Pizza")))
    if flaky == "pass":
        for text in (done.log, done.summary, done.files["report.html"].decode(), done.files["junit.xml"].decode()):
            assert "A step or an assertion that failed is gone" in text
    same = scenario(Pizza={**FLAKY, "runs": [{"steps": [STEP, WRONG]}, {"steps": [STEP, RIGHT]}]})
    assert (verdict, code) == (retried(tmp_path, clock, same, flaky=flaky)[0].outputs["verdict"], code)


@pytest.mark.parametrize(("flaky", "verdict", "code"), [("pass", "tolerated", 0), ("fail", "failed", 1)])
def test_a_failure_that_no_test_case_of_the_last_run_has_is_not_lost(
    tmp_path: Path, clock: FakeClock, flaky: str, verdict: str, code: int
) -> None:
    bad = {"steps": [STEP, {**STEP, "status": "failed"}]}
    played = scenario(Pizza={**PASSING, "runs": [bad, {}]})

    done, _ = retried(tmp_path, clock, played, flaky=flaky)

    assert (verdict, code, "1") == (done.outputs["verdict"], done.code, done.outputs["flaky-tests"])
    assert "earlier-runs" == cases_of(done)[-1]["kind"]
    assert (
        "Step 2 failed on the platform, but no assertion says why."
        in suite_of(done)["earlierRuns"][0]["failures"][0]["message"]
    )
    assert "Step 2 failed on the platform" in done.files["junit.xml"].decode()


# Evidence


@pytest.mark.parametrize("flaky", ["fail", "pass"])
@pytest.mark.parametrize("name", ["flaky", "drifting", "known", "aborted-once", "aborted"])
def test_each_runs_reply_is_kept_and_a_replay_gives_the_same_reports_outputs_and_exit_code(
    tmp_path: Path, clock: FakeClock, name: str, flaky: str
) -> None:
    done, simulator = retried(tmp_path, clock, load_scenario(name), flaky=flaky)
    suite = suite_of(done)
    run_ids = [*(earlier["testRunId"] for earlier in suite["earlierRuns"]), suite["testRunId"]]
    replies = [json.loads(data)["_id"] for file, data in sorted(done.files.items()) if file.startswith("raw/001")]
    live = reports(done)
    later = FakeClock()
    later.began = clock.now() + timedelta(days=300)

    again = gate({}, tmp_path, later, saved=(str(done.folder / "raw"),))

    assert len(simulator.starts("Order a pizza")) == len(set(run_ids))
    assert sorted(run_ids) == sorted(replies)
    assert live == reports(again)
    assert (done.outputs, done.code) == (again.outputs, again.code)
    earlier_runs = json.loads(done.files["raw/run.json"])["suites"][0]["earlierRuns"]
    assert run_ids[:-1] == [earlier["testRunId"] for earlier in earlier_runs]


def test_a_replay_may_have_its_own_flaky(tmp_path: Path, clock: FakeClock) -> None:
    done, _ = retried(tmp_path, clock, scenario(Pizza=FLAKY), flaky="pass")

    strict = gate({"flaky": "fail"}, tmp_path, clock, saved=(str(done.folder / "raw"),))

    assert (0, 1) == (done.code, strict.code)


@pytest.mark.parametrize("name", ["flaky", "drifting", "aborted-once"])
def test_a_merge_judges_earlier_runs_by_its_own_flaky(tmp_path: Path, clock: FakeClock, name: str) -> None:
    done, _ = retried(tmp_path, clock, load_scenario(name), flaky="pass", report_dir="shard")
    shard = str(done.folder / "report.json")

    strict = gate({"report-dir": "strict"}, tmp_path, clock, merge=(shard,))
    lenient = gate({"flaky": "pass"}, tmp_path, clock, merge=(shard,))
    # A strict report has the same evidence.
    again = gate({"flaky": "pass", "report-dir": "again"}, tmp_path, clock, merge=(str(strict.folder / "report.json"),))

    assert (0 if name == "aborted-once" else 1) == strict.code
    assert done.code == lenient.code == again.code
    same = {"junit.xml", "report.json", "ctrf-report.json"}
    assert {name: done.files[name] for name in same} == {name: lenient.files[name] for name in same}
    assert {name: done.files[name] for name in same} == {name: again.files[name] for name in same}


def test_a_run_that_is_in_two_reports_as_an_earlier_one_is_found_by_a_merge(tmp_path: Path, clock: FakeClock) -> None:
    done, _ = retried(tmp_path, clock, scenario(Pizza=FLAKY, Pasta=FLAKY), flaky="pass", report_dir="shard")
    path = done.folder / "report.json"
    value = json.loads(path.read_bytes())
    value["suites"][1]["earlierRuns"][0]["testRunId"] = value["suites"][0]["earlierRuns"][0]["testRunId"]
    path.write_text(json.dumps(value))

    merged = gate({"flaky": "pass"}, tmp_path, clock, merge=(str(path),))

    assert 4 == merged.code
    assert "1 test run is in the reports more than once" in merged.log


# Interrupted jobs


def signal_at(number: int, queue: EventQueue, kind: str) -> Callable[[HandledRequest], None]:
    """Send SIGTERM with the request of that kind and number."""
    seen: list[HandledRequest] = []

    def on_request(handled: HandledRequest) -> None:
        if handled.request.kind == kind:
            seen.append(handled)
            if number == len(seen):
                queue.put(signal.SIGTERM)

    return on_request


def test_a_signal_in_the_middle_of_a_second_run_keeps_what_the_first_one_proved(
    tmp_path: Path, clock: FakeClock
) -> None:
    queue: EventQueue = SimpleQueue()
    played = scenario(Pizza={**FLAKY, "runs": [{"answers": {"2": "Go away"}}, {"seconds": 7000}]})
    with Simulator(played, now=clock.monotonic, wall=clock.wall, on_request=signal_at(2, queue, "start")) as simulator:
        options: dict[str, Any] = {"retries": "2", "flaky": "pass", "timeout": "2h", "stall_timeout": "0"}
        done = run(simulator, tmp_path, clock, queue=queue, **options)
        second = done.outputs["test-run-ids"]
        # The second run ends at last.
        clock.time += 7000
        clock._signum = 0
        resumed = run(simulator, tmp_path, clock, resume="true", **{**options, "flaky": "fail"})

    assert (143, "cancelled") == (done.code, done.outputs["verdict"])
    (earlier,) = suite_of(done)["earlierRuns"]
    assert ["bye"] == [failure["input"] for failure in earlier["failures"]]
    assert {"raw/001-pizza.json", "raw/001-pizza-run-2.json"} <= set(done.files)
    assert f"  test-run-ids: |\n    {second}\n" in done.log
    assert ["run 1 failed in 1 test case, run 2 was canceled"] == [
        line.partition(": ")[2].rstrip(".")
        for line in done.log.splitlines()
        if "ran twice" in line and not line.startswith("::")
    ]
    assert 2 == len(simulator.starts("Pizza"))
    assert (1, "failed", "1") == (resumed.code, resumed.outputs["verdict"], resumed.outputs["flaky-tests"])
    assert suite_of(done)["earlierRuns"] == suite_of(resumed)["earlierRuns"]
    assert second == resumed.outputs["test-run-ids"]
    assert "resume.json" not in resumed.files


def test_a_job_that_is_killed_between_two_runs_starts_the_second_one_when_it_is_resumed(
    tmp_path: Path, clock: FakeClock
) -> None:
    with Simulator(scenario(Pizza=FLAKY), now=clock.monotonic, wall=clock.wall) as simulator:
        # Its timeout stands for the kill: the run is kept for the next job.
        late = run(simulator, tmp_path, clock, timeout="5s", retries="2", flaky="fail")
        resumed = run(simulator, tmp_path, clock, resume="true", retries="2", flaky="fail")

    assert (5, 1) == (late.code, resumed.code)
    assert 2 == len(simulator.starts("Pizza"))
    assert "1" == resumed.outputs["flaky-tests"]
    assert late.outputs["test-run-ids"] == suite_of(resumed)["earlierRuns"][0]["testRunId"]


def test_a_signal_while_a_suite_waits_for_its_second_run_starts_nothing_and_keeps_the_first(
    tmp_path: Path, clock: FakeClock
) -> None:
    queue: EventQueue = SimpleQueue()
    played = scenario(Pizza=FLAKY, Pasta={**PASSING, "seconds": 7000})
    with Simulator(played, now=clock.monotonic, wall=clock.wall, on_request=signal_at(2, queue, "start")) as simulator:
        options: dict[str, Any] = {"retries": "2", "timeout": "2h", "stall_timeout": "0", "max_parallel": "1"}
        done = run(simulator, tmp_path, clock, queue=queue, **options)

    assert (143, 1) == (done.code, len(simulator.starts("Pizza")))
    pizza = suite_of(done)
    assert ("cancelled", None, 1) == (pizza["verdict"], pizza["testRunId"], len(pizza["earlierRuns"]))
    kept = json.loads(done.files["resume.json"])["runs"]
    assert [pizza["earlierRuns"][0]["testRunId"]] == [run_id for run_id, _ in kept["Pizza"]]


# What is told


def test_the_log_tells_each_run_why_another_one_follows_and_how_all_of_them_ended(
    tmp_path: Path, clock: FakeClock
) -> None:
    done, _ = retried(tmp_path, clock, scenario(Pizza=FLAKY), flaky="pass")

    told = [line for line in done.log.splitlines() if "run" in line and "%" not in line]
    first, second = (earlier["testRunId"] for earlier in (suite_of(done)["earlierRuns"][0], suite_of(done)))
    for line in (
        f"[Pizza] Started test run {first}.",
        f"[Pizza] Started test run {second} (run 2 of the suite).",
        "Pizza ran twice: run 1 failed in 1 test case, run 2 passed.",
    ):
        assert 1 == told.count(line)
    assert "in 20s: 1 of 2 test cases failed in step 2. Running again (run 2 of at most 3)." in done.log
    assert done.verdict.endswith("1 test case tolerated as flaky. 1 suite ran again.")
    assert "Pizza ran twice" in done.summary
    assert "Pizza ran twice: run 1 failed in 1 test case, run 2 passed." in done.files["report.html"].decode()


def test_without_retries_every_report_is_as_if_there_were_none(tmp_path: Path, clock: FakeClock) -> None:
    done, simulator = job(tmp_path, clock, scenario(Pizza=FLAKY), flaky="pass")

    assert (1, 1) == (done.code, len(simulator.starts("Pizza")))
    assert [] == suite_of(done)["earlierRuns"]
    assert "ran" not in done.verdict
    assert "retries" not in done.files["ctrf-report.json"].decode()
