"""The gate policy in whole jobs: what it lets by, what it says, and what it refuses."""

import json
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from support.clock import FakeClock
from support.job import FAILING, PASSING, STEP, Done, command, gate, job, run, scenario

from koregate.simulator import Simulator
from koregate.simulator.api import SECRET

LOST: dict[str, Any] = {"seconds": 20, "steps": [STEP, {"say": "pizza", "expect": "Which size?", "answer": "Sorry?"}]}
PULL_REQUEST = {"GITHUB_EVENT_NAME": "pull_request"}
PUSH = {"GITHUB_EVENT_NAME": "push"}
ENTRY = """[[quarantine]]
suite = "Pizza"
input = "pizza"
reason = "Sizes change this week."
owner = "ann"
until = {until}
"""


@pytest.fixture
def entry(clock: FakeClock) -> str:
    """An entry for the failure of `LOST`, in force for ten days."""
    return ENTRY.format(until=(clock.now() + timedelta(days=10)).date().isoformat())


@pytest.mark.parametrize(("days_slow", "code"), [(0, 0), (9, 0), (60, 1), (-60, 0)])
def test_a_clock_that_is_slow_puts_no_expired_entry_in_force(
    tmp_path: Path, clock: FakeClock, entry: str, days_slow: int, code: int
) -> None:
    (tmp_path / "q.toml").write_text(entry)
    ahead = timedelta(days=days_slow).total_seconds()

    def wall() -> float:
        return clock.wall() + ahead

    with Simulator(scenario(Pizza=LOST), now=clock.monotonic, wall=wall) as simulator:
        token = jwt.encode({"appId": "cs-simulator", "sub": "me"}, SECRET, "HS256")
        done = run(simulator, tmp_path, clock, quarantine="q.toml", jwt=token, client_id="", client_secret="")
    replayed = gate({}, tmp_path, clock, saved=(str(done.folder / "raw"),))

    assert [code, code] == [done.code, replayed.code]
    assert (days_slow > 0) == ("this machine's clock is" in done.log)


def lost(tmp_path: Path, clock: FakeClock, **options: Any) -> Done:
    return job(tmp_path, clock, scenario(Pizza=LOST), **options)[0]


def report(done: Done) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(done.files["report.json"])
    return value


def test_a_quarantined_failure_does_not_block_and_is_reported_everywhere(
    tmp_path: Path, clock: FakeClock, entry: str
) -> None:
    (tmp_path / "q.toml").write_text(entry)

    done = lost(tmp_path, clock, quarantine="q.toml")

    assert (0, "tolerated", "1", "0", "1") == (
        done.code,
        *(done.outputs[name] for name in ("verdict", "tolerated", "failed", "skipped")),
    )
    assert "[]" == done.outputs["failed-tests"] == done.outputs["failed-suites"]
    assert '{"wrong-text": 1}' == done.outputs["failure-classes"]
    assert "1 test case tolerated as quarantined (q.toml)." in done.verdict
    assert "Sizes change this week." in done.rows[1].message
    case = report(done)["suites"][0]["steps"][1]["cases"][0]
    assert ("tolerated", "failed", "ann", 10) == (
        case["outcome"],
        case["outcomeBeforePolicy"],
        case["tolerance"]["owner"],
        case["tolerance"]["daysLeft"],
    )


def test_entries_that_the_base_branch_does_not_have_are_reported_as_added_by_this_change(
    tmp_path: Path, clock: FakeClock, entry: str
) -> None:
    (tmp_path / "q.toml").write_text(entry)
    (tmp_path / "base.toml").write_text("")

    done = lost(tmp_path, clock, quarantine="q.toml", quarantine_base="base.toml")

    assert ("tolerated", "1") == (done.outputs["verdict"], done.outputs["quarantine-added"])
    assert "1 quarantine entry is added by this change" in done.verdict
    same = lost(tmp_path, clock, quarantine="q.toml", quarantine_base="q.toml")
    assert ("0", "1") == (same.outputs["quarantine-added"], same.outputs["tolerated"])
    none = lost(tmp_path, clock, quarantine="q.toml", quarantine_base="gone.toml")
    assert "1" == none.outputs["quarantine-added"]


def test_known_failures_do_not_block_a_pull_request_and_block_the_default_branch(
    tmp_path: Path, clock: FakeClock
) -> None:
    with Simulator(scenario(Pizza=LOST), now=clock.monotonic, wall=clock.wall) as simulator:
        before = run(simulator, tmp_path, clock, environ=PUSH)
        shutil.copy(before.folder / "report.json", tmp_path / "main.json")
        pull_request = run(simulator, tmp_path, clock, environ=PULL_REQUEST, baseline="main.json")
        push = run(simulator, tmp_path, clock, environ=PUSH, baseline=str(tmp_path / "main.json"))

    assert "" == before.outputs["known-failures"]
    assert (1, 0, 1) == (before.code, pull_request.code, push.code)
    assert "1 test case tolerated as known (main.json, first seen " in pull_request.verdict
    for done in (pull_request, push):
        assert ("0", "1", "0", "0") == tuple(
            done.outputs[name] for name in ("new-failures", "known-failures", "fixed", "missing-tests")
        )
    assert "tolerates no known failures: this job does not belong to a pull or merge request." in push.log


@pytest.mark.parametrize(
    ("other", "doubt"),
    [
        (
            {"GITLAB_CI": "true", "CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BRANCH": "main"},
            "GITHUB_ACTIONS and GITLAB_CI name different CI systems.",
        ),
        ({"GITLAB_CI": ""}, 'GITLAB_CI is blank, but "true" in a job of its CI system.'),
        (
            {"TF_BUILD": "True", "CIRCLECI": ""},
            "GITHUB_ACTIONS and TF_BUILD name different CI systems. CIRCLECI is blank",
        ),
    ],
    ids=str,
)
def test_a_baseline_tolerates_nothing_if_one_system_has_a_push_and_the_log_says_so_once(
    other: dict[str, str], doubt: str, tmp_path: Path, clock: FakeClock
) -> None:
    with Simulator(scenario(Pizza=LOST), now=clock.monotonic, wall=clock.wall) as simulator:
        run(simulator, tmp_path, clock, environ=PUSH)
        (tmp_path / "koregate-report" / "report.json").rename(tmp_path / "main.json")
        alone = run(simulator, tmp_path, clock, environ=PULL_REQUEST, baseline="main.json")
        both = run(simulator, tmp_path, clock, environ={**PULL_REQUEST, **other}, baseline="main.json")

    assert (0, 1) == (alone.code, both.code)
    assert "Unset the variables" not in alone.log
    assert 1 == both.log.count(f"::warning title=koregate::{doubt}") == both.log.count("only if all CI systems agree.")


def test_a_missing_baseline_is_a_warning_and_everything_is_new(tmp_path: Path, clock: FakeClock) -> None:
    done = lost(tmp_path, clock, baseline="main.json", environ=PULL_REQUEST)

    assert (1, "1", "0") == (done.code, done.outputs["new-failures"], done.outputs["known-failures"])
    assert (
        '::warning title=koregate::The baseline "main.json" tolerates no known failures: there is no such file.'
        in done.log
    )


def test_the_same_reports_come_from_the_saved_replies_when_the_policy_s_files_are_gone(
    tmp_path: Path, clock: FakeClock, entry: str
) -> None:
    shutil.copy(lost(tmp_path, clock).folder / "report.json", tmp_path / "main.json")
    (tmp_path / "q.toml").write_text(entry)
    bye = {**STEP, "say": "bye", "answer": "No"}
    played = scenario(Pizza={**LOST, "steps": [*LOST["steps"], bye]})
    done, _ = job(
        tmp_path,
        clock,
        played,
        quarantine="q.toml",
        quarantine_base="none.toml",
        baseline="main.json",
        warn_on="wrong-text",
        min_pass_rate="10",
        min_tests="1",
        environ=PULL_REQUEST,
    )
    live = {name: data for name, data in done.files.items() if not name.startswith("raw/")}
    (tmp_path / "q.toml").unlink()
    (tmp_path / "main.json").unlink()
    clock.wait(100 * 24 * 3600)

    again = gate({}, tmp_path, clock, saved=(str(done.folder / "raw"),))

    assert ("tolerated", "2") == (done.outputs["verdict"], done.outputs["tolerated"])
    assert live == {name: again.files[name] for name in live}
    assert done.outputs == again.outputs


def test_a_given_input_wins_over_the_saved_policy(tmp_path: Path, clock: FakeClock) -> None:
    done = lost(tmp_path, clock, warn_on="wrong-text")

    again = gate({"warn-on": "wrong-context"}, tmp_path, clock, saved=(str(done.folder / "raw"),))

    assert (0, 1) == (done.code, again.code)


def test_merge_takes_the_policy_itself_and_tolerates_nothing_without_it(
    tmp_path: Path, clock: FakeClock, entry: str
) -> None:
    (tmp_path / "q.toml").write_text(entry)
    done = lost(tmp_path, clock, quarantine="q.toml", report_dir="shard")
    shard = str(done.folder / "report.json")

    without = gate({}, tmp_path, clock, merge=(shard,))
    with_policy = gate({"quarantine": "q.toml"}, tmp_path, clock, merge=(shard,))

    assert (0, 1, 0) == (done.code, without.code, with_policy.code)
    assert report(done)["suites"] == report(with_policy)["suites"]


@pytest.mark.parametrize("is_absolute", [False, True])
def test_a_baseline_below_a_link_is_refused(tmp_path: Path, clock: FakeClock, is_absolute: bool) -> None:
    before, _ = job(tmp_path, clock, scenario(Pizza=LOST), report_dir="evil")
    (tmp_path / "main").symlink_to(before.folder)
    name = str(tmp_path / "main" / "report.json") if is_absolute else "main/report.json"
    done, simulator = job(tmp_path, clock, scenario(Pizza=LOST), environ=PULL_REQUEST, baseline=name)

    assert (2, []) == (done.code, simulator.requests)
    assert f'baseline: "{name}" leads through the symbolic link "{tmp_path / "main"}", which' in done.log


def test_fewer_test_cases_than_min_tests_are_an_error(tmp_path: Path, clock: FakeClock) -> None:
    done, _ = job(tmp_path, clock, scenario(Pizza=PASSING), min_tests="3")

    assert (4, "error") == (done.code, done.outputs["verdict"])
    assert "Only 2 test cases have a result, and min-tests requires 3." in done.log


def test_min_pass_rate_and_warn_on_let_failures_by(tmp_path: Path, clock: FakeClock) -> None:
    played = scenario(Pizza=FAILING)

    assert [0, 1, 0] == [
        job(tmp_path, clock, played, **options)[0].code
        for options in ({"min_pass_rate": "50"}, {"min_pass_rate": "50.01"}, {"warn_on": "wrong-text"})
    ]


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"min_pass_rate": "101"}, 'min-pass-rate: "101" is more than 100.'),
        ({"min_pass_rate": "0.95"}, 'min-pass-rate: "0.95" is less than one percent. Write a percentage, like 95'),
        ({"min_pass_rate": "most"}, 'min-pass-rate: "most" is not a percentage.'),
        ({"min_pass_rate": "1e1"}, 'min-pass-rate: "1e1" is not a percentage.'),
        ({"warn_on": "wrong-dialog"}, 'warn-on: "wrong-dialog" is not one of wrong-text, wrong-context.'),
        ({"min_tests": "-1"}, 'min-tests: "-1" is not a whole number from 0 to 1000000. Write a number like 40.'),
        ({"min_tests": f"{'0' * 5000}1"}, "is not a whole number from 0 to 1000000. Write a number like 40."),
        ({"retries": f"{'0' * 5000}1"}, "is not a whole number from 0 to 4. Write a number like 2."),
        ({"retries": "5"}, 'retries: "5" is not a whole number from 0 to 4. Write a number like 2.'),
        ({"retries": "²"}, 'retries: "²" is not a whole number from 0 to 4. Write a number like 2.'),
        ({"flaky": "passed"}, 'flaky: "passed" is not one of fail, pass. Did you mean pass?'),
        ({"min_pass_rate": "100.00001"}, 'min-pass-rate: "100.00001" is more than 100.'),
        ({"min_pass_rate": "٩٩"}, 'min-pass-rate: "٩٩" is not a percentage.'),
        ({"min_pass_rate": "NaN"}, 'min-pass-rate: "NaN" is not a percentage.'),
        ({"quarantine": "../q.toml"}, 'quarantine: "../q.toml" is outside the workspace.'),
        ({"quarantine": "gone.toml"}, 'quarantine: "gone.toml" cannot be read (there is no such file).'),
        ({"quarantine": "."}, 'quarantine: "." cannot be read'),
        ({"quarantine": "link.toml"}, 'quarantine: "link.toml" cannot be read'),
        ({"quarantine": "bad.toml"}, "quarantine: bad.toml, line 2: the entry has no"),
        ({"quarantine_base": "q.toml"}, "quarantine-base is given without quarantine."),
        ({"baseline": "bad.toml"}, 'baseline: "bad.toml" is not a report.json that koregate wrote'),
        ({"baseline": "link.toml"}, 'baseline: "link.toml" leads through the symbolic link'),
        ({"baseline": "."}, 'baseline: "." cannot be read'),
    ],
)
def test_a_bad_policy_input_is_named_and_no_request_is_sent(
    tmp_path: Path, clock: FakeClock, options: dict[str, str], problem: str
) -> None:
    (tmp_path / "bad.toml").write_text("\n[[quarantine]]\n")
    (tmp_path / "link.toml").symlink_to(tmp_path / "bad.toml")

    done, simulator = job(tmp_path, clock, scenario(Pizza=LOST), **options)

    assert (2, "error") == (done.code, done.outputs["verdict"])
    assert problem in done.log
    assert [] == simulator.requests


def test_problems_of_inputs_and_of_the_policy_s_files_are_reported_at_once(tmp_path: Path, clock: FakeClock) -> None:
    (tmp_path / "bad.toml").write_text("[[quarantine]]\nuntil = 1\n")

    done = command(["run", "--quarantine", "bad.toml", "--baseline", "bad.toml", "--timeout", "x"], tmp_path, clock)

    for problem in ("host is required", 'timeout: "x" is not', "bad.toml, line 2: until is not a date", "baseline:"):
        assert problem in done.log
    assert 2 == done.code


def test_without_an_input_of_the_policy_every_report_is_as_if_there_were_none(tmp_path: Path, clock: FakeClock) -> None:
    done = lost(tmp_path, clock)

    policy = report(done)["policy"]
    assert {"tolerated": 0, "baseline": None, "quarantine": None, "quarantineAdded": [], "remarks": []} == policy
    assert "tolerated" not in done.verdict


def test_the_report_of_a_pull_request_is_no_baseline(tmp_path: Path, clock: FakeClock) -> None:
    with Simulator(scenario(Pizza=LOST), now=clock.monotonic, wall=clock.wall) as simulator:
        before = run(simulator, tmp_path, clock, environ=PULL_REQUEST)
        shutil.copy(before.folder / "report.json", tmp_path / "main.json")
        again = run(simulator, tmp_path, clock, environ=PULL_REQUEST, baseline="main.json")

    assert (1, "1") == (again.code, again.outputs["known-failures"])
    assert "tolerates no known failures: it is the report of a pull or merge request." in again.log


def test_a_baseline_with_the_same_suite_twice_contradicts_itself(tmp_path: Path, clock: FakeClock) -> None:
    with Simulator(scenario(Pizza=LOST), now=clock.monotonic, wall=clock.wall) as simulator:
        before = report(run(simulator, tmp_path, clock, environ=PUSH))
        (suite,) = before["suites"]
        counts = {name: 2 * number for name, number in before["counts"].items()}
        steps = {name: 2 * number for name, number in before["stepCounts"].items()}
        doubled = {**before, "suites": [suite, suite], "counts": counts, "stepCounts": steps}
        (tmp_path / "main.json").write_text(json.dumps(doubled))
        done = run(simulator, tmp_path, clock, environ=PULL_REQUEST, baseline="main.json")

    assert 1 == done.code
    assert "tolerates no known failures: it contradicts itself." in done.log


NAMES = ("Hotline a@example.com", "Hotline b@example.com")
TELLS = 'The quarantine file and the baseline tolerate nothing in "Hotline [email]'


@pytest.mark.parametrize("first", [NAMES[0], "\n".join(NAMES)])
def test_a_baseline_makes_no_failure_known_in_a_suite_whose_name_redact_changes(
    tmp_path: Path, clock: FakeClock, first: str
) -> None:
    played = scenario(**dict.fromkeys(NAMES, LOST))
    with Simulator(played, now=clock.monotonic, wall=clock.wall) as simulator:
        before = run(simulator, tmp_path, clock, environ=PUSH, test_suites=first)
        shutil.copy(before.folder / "report.json", tmp_path / "main.json")
        done = run(simulator, tmp_path, clock, environ=PULL_REQUEST, baseline="main.json", test_suites=NAMES[1])

    assert (1, "1", "0") == (done.code, done.outputs["new-failures"], done.outputs["known-failures"])
    assert [TELLS] == [remark[: len(TELLS)] for remark in report(done)["policy"]["remarks"]]
    assert TELLS in done.log
    assert "contradicts itself" not in done.log


def test_no_baseline_and_no_entry_tolerates_anything_in_suites_that_reports_name_alike_and_one_remark_says_so(
    tmp_path: Path, clock: FakeClock, entry: str
) -> None:
    (tmp_path / "q.toml").write_text(entry.replace("Pizza", "Hotline [email]"))
    played = scenario(**dict.fromkeys(NAMES, LOST))

    one, _ = job(tmp_path, clock, played, quarantine="q.toml", test_suites=NAMES[1], report_dir="one")
    both, _ = job(tmp_path, clock, played, quarantine="q.toml", report_dir="both")
    shown, _ = job(tmp_path, clock, scenario(**{NAMES[1]: PASSING}), quarantine="q.toml")

    assert (1, 1, 0) == (one.code, both.code, shown.code)
    for done in (one, both):
        remarks = report(done)["policy"]["remarks"]
        assert ("0", 1) == (done.outputs["tolerated"], sum(remark.startswith(TELLS) for remark in remarks))
    assert TELLS not in shown.log


def test_rules_that_need_no_name_still_count_in_a_suite_whose_name_redact_changes(
    tmp_path: Path, clock: FakeClock
) -> None:
    played = scenario(**{NAMES[0]: LOST})

    codes = [
        job(tmp_path, clock, played, **rule)[0].code for rule in ({"warn_on": "wrong-text"}, {"min_pass_rate": "50"})
    ]

    assert [0, 0] == codes
