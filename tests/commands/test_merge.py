"""One report made of the report.json files of several jobs."""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from support.answers import put
from support.clock import FakeClock
from support.job import FAILING, PASSING, Done, command, gate, job, printed, run, scenario, snapshot

from koregate.arguments import COMMANDS, help_text
from koregate.judging.results import JobResult
from koregate.reports.render import RENDERERS
from koregate.simulator import Simulator, load_scenario


def shards(tmp_path: Path, clock: FakeClock, played: Any, *suites: str, **options: Any) -> list[str]:
    """Run each suite in a job of its own, as a matrix does; returns their report.json files."""
    paths: list[str] = []
    with Simulator(played, now=clock.monotonic, wall=clock.wall) as simulator:
        for suite in suites:
            folder = tmp_path / f"shard-{suite}"
            folder.mkdir()
            done = run(simulator, folder, clock, test_suites=suite, **options)
            paths.append(str(done.folder / "report.json"))
    return paths


def forge(path: str, *changes: tuple[str, Any]) -> str:
    """Change a report.json: values by their place, like `suites.0.exitCode`."""
    value = json.loads(Path(path).read_bytes())
    for place, new in changes:
        keys: list[Any] = [int(key) if key.isdecimal() else key for key in place.split(".")]
        put(value, keys, new)
    Path(path).write_text(json.dumps(value))
    return path


def doubts(done: Done) -> list[str]:
    suites = json.loads(done.files["report.json"])["suites"]
    return [doubt for suite in suites for doubt in suite["doubts"]]


@pytest.mark.parametrize("name", ["passing", "failing", "aborted", "missing-steps", "summary-only", "step-failed"])
def test_merged_shards_give_the_report_of_one_job(tmp_path: Path, clock: FakeClock, name: str) -> None:
    played = load_scenario(name)
    suites = [suite for suite in played.suites if suite != "*"]
    with Simulator(played, now=clock.monotonic, wall=clock.wall) as simulator:
        run_ids = [simulator.start_run(suite) for suite in suites]
        whole = run(simulator, tmp_path, clock, test_suites="\n".join(suites), test_run_ids="\n".join(run_ids))
        files, paths = whole.files, []
        for suite, run_id in zip(suites, run_ids, strict=True):
            (folder := tmp_path / suite).mkdir()
            done = run(simulator, folder, clock, test_suites=suite, test_run_ids=run_id)
            paths.append(str(done.folder / "report.json"))

    options = {"report-dir": "merged", "expect-suites": "\n".join(suites)}
    merged = gate(options, tmp_path, clock, merge=tuple(paths))

    same = {"junit.xml", "report.json", "ctrf-report.json"}
    assert {name: files[name] for name in same} == {name: merged.files[name] for name in same}
    assert same | {"report.html"} == set(merged.files)
    assert (whole.code, whole.summary) == (merged.code, merged.summary)


def test_the_worst_shard_decides(tmp_path: Path, clock: FakeClock) -> None:
    played = scenario(Good=PASSING, Bad=FAILING, Odd={**PASSING, "status": "aborted"})
    paths = shards(tmp_path, clock, played, "Good", "Bad", "Odd")

    codes = [gate({}, tmp_path, clock, merge=tuple(paths[:number])).code for number in (1, 2, 3)]

    assert [0, 1, 4] == codes


def test_fail_on_is_the_merges_own(tmp_path: Path, clock: FakeClock) -> None:
    played = scenario(Good=PASSING, Bad=FAILING)
    paths = tuple(shards(tmp_path, clock, played, "Good", "Bad", fail_on="never"))

    given: tuple[dict[str, str], ...] = ({}, {"fail-on": "any"}, {"fail-on": "error"}, {"fail-on": "never"})
    jobs = [gate(options, tmp_path, clock, merge=paths) for options in given]

    assert [1, 1, 0, 0] == [done.code for done in jobs]
    assert ["failed"] * 4 == [done.outputs["verdict"] for done in jobs]
    variable = gate({}, tmp_path, clock, {"KOREGATE_FAIL_ON": "error"}, merge=paths)
    assert 0 == variable.code


@pytest.mark.parametrize(
    ("changes", "contradiction"),
    [
        ([("suites.0.exitCode", 0)], "exitCode is 0, but the verdict is failed"),
        ([("suites.0.exitCode", 256)], "exitCode is 256, but the verdict is failed"),
        (
            [("suites.0.verdict", "passed"), ("suites.0.exitCode", 0), ("suites.0.failures", [])],
            "the verdict is passed, but 1 of 2 test cases did not pass",
        ),
        ([("verdict", "passed")], 'the verdict is "passed", but the test suites give "failed"'),
        ([("exitCode", 0)], "exitCode is 0, but the test suites give 1 with failOn any"),
        ([("suites", [])], "it has no test suite"),
    ],
)
def test_a_report_that_contradicts_itself_is_an_error_that_every_report_shows(
    tmp_path: Path, clock: FakeClock, changes: list[tuple[str, Any]], contradiction: str
) -> None:
    good, bad = shards(tmp_path, clock, scenario(Good=PASSING, Bad=FAILING), "Good", "Bad")
    forge(bad, *changes)

    done = gate({}, tmp_path, clock, merge=(good, bad))

    assert (4, "error") == (done.code, done.outputs["verdict"])
    assert any(contradiction in doubt for doubt in doubts(done))
    for text in (done.log, done.summary, *(done.files[name].decode() for name in ("junit.xml", "report.html"))):
        assert contradiction.split('"', maxsplit=1)[0] in text


def test_a_key_that_is_there_twice_is_no_report(tmp_path: Path, clock: FakeClock) -> None:
    (path,) = shards(tmp_path, clock, scenario(Pizza=PASSING), "Pizza")
    text = Path(path).read_text()
    Path(path).write_text(text.replace('"outcome": "passed"', '"outcome": "failed", "outcome": "passed"', 1))
    done = command(["merge", path], tmp_path, clock)

    assert (2, "error") == (done.code, done.outputs["verdict"])
    assert 'an object has the key "outcome" twice' in done.log


def test_a_pass_without_a_run_id_is_none(tmp_path: Path, clock: FakeClock) -> None:
    (path,) = shards(tmp_path, clock, scenario(Pizza=PASSING), "Pizza")
    done = command(["merge", forge(path, ("suites.0.testRunId", None))], tmp_path, clock)

    assert (4, "error") == (done.code, done.outputs["verdict"])
    assert "it has no test run id" in done.log


def test_an_empty_suite_is_no_pass(tmp_path: Path, clock: FakeClock) -> None:
    (path,) = shards(tmp_path, clock, scenario(Good=PASSING), "Good")
    nothing = {"total": 0, "passed": 0, "failed": 0}
    counts = {**nothing, "errors": 0, "skipped": 0}
    forge(path, ("suites.0.steps", []), ("suites.0.stepCounts", nothing), ("suites.0.counts", counts))
    forge(path, ("stepCounts", nothing), ("counts", counts), ("passRate", 0.0), ("suites.0.passRate", 0.0))

    done = gate({}, tmp_path, clock, merge=(path,))

    assert (4, "error") == (done.code, done.outputs["verdict"])


def test_the_same_report_in_two_files_is_an_error(tmp_path: Path, clock: FakeClock) -> None:
    (path,) = shards(tmp_path, clock, scenario(Good=PASSING), "Good")
    (copy := tmp_path / "copy.json").write_bytes(Path(path).read_bytes())

    copied = gate({}, tmp_path, clock, merge=(path, str(copy)))

    assert 4 == copied.code
    assert "1 test run is in the reports more than once: " in copied.log
    assert '1 test suite is in the reports more than once: "Good".' in copied.log


def test_a_file_that_is_given_twice_is_named_whatever_its_path(tmp_path: Path, clock: FakeClock) -> None:
    (path,) = shards(tmp_path, clock, scenario(Good=PASSING), "Good")
    (link := tmp_path / "link.json").symlink_to(path)

    twice = gate({}, tmp_path, clock, merge=(path, path, path))
    linked = gate({}, tmp_path, clock, merge=(path, str(link)))

    assert [2, 2] == [twice.code, linked.code]
    assert f'FILE: "{path}" is given more than once. Give each file once.' == twice.problems[0]
    assert f'FILE: "{link}" is given more than once. It is the same as "{path}". Give each file once.' in linked.log
    assert not twice.folder.exists()


@pytest.mark.parametrize("link", ["reports", "reports/good", "reports/good/report.json"])
def test_a_report_is_not_read_through_a_link_that_a_change_brought(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, link: str
) -> None:
    (workspace := tmp_path / "workspace").mkdir()
    monkeypatch.chdir(workspace)
    job(workspace, clock, scenario(Good=PASSING), report_dir="evil/good")
    (workspace / link).parent.mkdir(parents=True, exist_ok=True)
    (workspace / link).symlink_to(workspace / link.replace("reports", "evil", 1))
    named = "reports/good/report.json"

    for path in (named, f"./evil/../{named}", str(workspace / named)):
        done = gate({"report-dir": "all"}, workspace, clock, merge=(path,))
        assert 2 == done.code
        assert f'FILE: "{path}" leads through the symbolic link "{workspace / link}", which' in done.log
        code, _, errors = printed(["diff", path, path], workspace, clock)
        assert (2, 2) == (code, errors.count("leads through the symbolic link"))
    assert 0 == gate({"report-dir": "all"}, workspace, clock, merge=("evil/good/report.json",)).code


def test_a_workspace_and_reports_elsewhere_may_be_below_a_link(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "real" / "job").mkdir(parents=True)
    (tmp_path / "link").symlink_to("real")
    workspace = tmp_path / "link" / "job"
    (path,) = shards(workspace, clock, scenario(Good=PASSING), "Good")
    relative = str(Path(path).relative_to(workspace))
    monkeypatch.chdir(workspace)

    for named in (path, relative, str(tmp_path / "real" / "job" / relative)):
        assert 0 == gate({"report-dir": "all"}, workspace, clock, merge=(named,)).code
    (other := tmp_path / "other").mkdir()
    assert 0 == gate({"report-dir": "all"}, other, clock, merge=(path,)).code
    # A relative path may leave the workspace, as a repository may be larger than the current folder.
    monkeypatch.chdir(other)
    assert 2 == gate({"report-dir": "all"}, other, clock, merge=(f"../link/job/{relative}",)).code
    assert 0 == gate({"report-dir": "all"}, other, clock, merge=(f"../real/job/{relative}",)).code


def test_the_problems_of_all_files_are_told_one_per_line(tmp_path: Path, clock: FakeClock) -> None:
    (path,) = shards(tmp_path, clock, scenario(Good=PASSING), "Good")
    (broken := tmp_path / "broken.json").write_text("{")
    (foreign := tmp_path / "foreign.json").write_text("{}")

    wrong = gate({}, tmp_path, clock, merge=(str(broken), path, str(foreign)))
    more = gate({}, tmp_path, clock, merge=(str(broken), path, path, str(tmp_path / "missing.json")))

    assert [str(broken), str(foreign)] == named_in(wrong)
    assert [path, str(tmp_path / "missing.json"), str(broken)] == named_in(more)


def test_the_problems_between_reports_are_told_one_per_line(tmp_path: Path, clock: FakeClock) -> None:
    good, other = shards(tmp_path, clock, scenario(Good=PASSING, Other=PASSING), "Good", "Other")
    forge(other, ("target.streamId", "st-other"))

    done = gate({"expect-suites": "Good\nThird"}, tmp_path, clock, merge=(good, other))

    told = [line for line in done.log.splitlines() if line.startswith(("  The reports", "  These"))]
    assert ["  The reports differ in", "  These test suites are", "  These test suites are"] == [
        line[:23].rstrip() for line in told
    ]
    assert told[1].endswith('missing: "Third".')
    assert 1 == sum("Give the reports of all jobs." in line for line in done.log.splitlines() if "::" not in line)
    assert 'not expected: "Other".' in told[2]


def named_in(done: Done) -> list[str]:
    """The file that each line about a file names."""
    lines = [line for line in done.problems if line.startswith("FILE: ")]
    return [line.removeprefix("FILE: ").replace('"', "").split(" ")[0] for line in lines]


def test_reports_of_two_apps_are_not_merged_into_one_verdict(tmp_path: Path, clock: FakeClock) -> None:
    good, other = shards(tmp_path, clock, scenario(Good=PASSING, Other=PASSING), "Good", "Other")
    forge(other, ("target.streamId", "st-other"))

    done = gate({}, tmp_path, clock, merge=(good, other))

    assert 4 == done.code
    assert any("The reports differ in their stream id: " in doubt and '"st-other"' in doubt for doubt in doubts(done))


def test_a_job_with_invalid_inputs_and_a_skipped_one_are_errors(tmp_path: Path, clock: FakeClock) -> None:
    (good,) = shards(tmp_path, clock, scenario(Good=PASSING), "Good")
    (tmp_path / "shard-wrong").mkdir()
    wrong = gate({"host": "https://a.example/path"}, tmp_path / "shard-wrong", clock)
    assert 2 == wrong.code

    done = gate({}, tmp_path, clock, merge=(good, str(wrong.folder / "report.json")))

    assert (4, "error") == (done.code, done.outputs["verdict"])
    assert any("the job that wrote it had invalid inputs (exit code 2)" in doubt for doubt in doubts(done))


def test_a_passed_report_of_a_lone_reply_is_no_pass_when_merged(tmp_path: Path, clock: FakeClock) -> None:
    live, _ = job(tmp_path, clock, scenario(Good=PASSING))
    lone = gate({"report-dir": "lone"}, tmp_path, clock, saved=(str(live.folder / "raw" / "001-good.json"),))

    done = gate({"report-dir": "merged"}, tmp_path, clock, merge=(str(lone.folder / "report.json"),))

    assert ("passed", 4, "error") == (lone.outputs["verdict"], done.code, done.outputs["verdict"])
    assert "proves nothing: it does not have its host, stream id, bot version, bot language." in done.log


SHARD = {"GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "owner/bot", "GITHUB_RUN_ID": "9"}


def test_the_address_is_that_of_the_merging_job_or_else_that_of_all_shards(tmp_path: Path, clock: FakeClock) -> None:
    paths = tuple(shards(tmp_path, clock, scenario(Good=PASSING, Other=PASSING), "Good", "Other", environ=SHARD))

    def address(folder: str, environ: dict[str, str], **options: str) -> str | None:
        done = gate({"report-dir": folder, **options}, tmp_path, clock, environ, merge=paths)
        url: str | None = json.loads(done.files["report.json"])["ci"]["url"]
        return url

    assert "https://github.com/owner/bot/actions/runs/9" == address("shared", {})
    own = {**SHARD, "GITHUB_RUN_ID": "10"}
    assert "https://github.com/owner/bot/actions/runs/10" == address("own", own)
    assert address("redacted", own, redact="owner") is None


def test_a_merging_job_for_another_commit_than_the_reports_says_so(tmp_path: Path, clock: FakeClock) -> None:
    (path,) = shards(tmp_path, clock, scenario(Good=PASSING), "Good", environ={**SHARD, "GITHUB_SHA": "a" * 40})
    sentence = "The reports are of commit aaaaaaaaaaaa, and this job is for commit bbbbbbbbbbbb."

    other = gate({}, tmp_path, clock, {**SHARD, "GITHUB_SHA": "b" * 40}, merge=(path,))
    same = gate({}, tmp_path, clock, {**SHARD, "GITHUB_SHA": "a" * 40}, merge=(path,))

    # No error: a workflow that another one triggers is for the default branch.
    assert [0, 0] == [other.code, same.code]
    assert f"::warning title=koregate::{sentence}" in other.log
    assert "The reports are of commit aaaaaaaaaaaa, and this job is for commit " in other.summary
    assert sentence not in same.log


# --expect-suites


@pytest.mark.parametrize(
    ("expected", "code", "words"),
    [
        ("Good\nOther", 0, ""),
        ("Other\nGood\n\n", 0, ""),
        ("", 0, ""),
        ("Good\nOther\nThird", 4, 'are expected but missing: "Third"'),
        ("Good,Other", 4, "Give the reports of all jobs. Write one name per line in expect-suites."),
        ("Good", 4, 'are not expected: "Other"'),
    ],
)
def test_exactly_the_expected_suites_must_be_there(
    tmp_path: Path, clock: FakeClock, expected: str, code: int, words: str
) -> None:
    paths = tuple(shards(tmp_path, clock, scenario(Good=PASSING, Other=PASSING), "Good", "Other"))

    by_option = gate({"expect-suites": expected}, tmp_path, clock, merge=paths)
    by_variable = gate({}, tmp_path, clock, {"KOREGATE_EXPECT_SUITES": expected}, merge=paths)

    for done in (by_option, by_variable):
        assert code == done.code
        assert words in done.log


@pytest.mark.parametrize(
    "expected", ["Hotline b@example.com", "Hotline a@example.com", "Hotline [email]", "Hot\x1bline"]
)
def test_an_expected_name_that_reports_show_for_others_too_is_an_input_error(
    tmp_path: Path, clock: FakeClock, expected: str
) -> None:
    name = "Hotline a@example.com" if "Hotline" in expected else "Hot\\x1bline"
    (path,) = shards(tmp_path, clock, scenario(**{name: PASSING}), name)

    done = gate({"expect-suites": expected}, tmp_path, clock, merge=(path,))

    assert (2, "error") == (done.code, done.outputs["verdict"])
    shown = "Hotline [email]" if "Hotline" in expected else "Hot\\x1bline"
    assert f'expect-suites: "{shown}" identifies no test suite' in done.log
    assert "Rename the suite, or give every job a redact that keeps the name." in done.log


def test_a_name_that_redact_keeps_in_run_and_merge_is_expected_like_any_other(tmp_path: Path, clock: FakeClock) -> None:
    name = "Hotline a@example.com"
    (path,) = shards(tmp_path, clock, scenario(**{name: PASSING}), name, redact="card")
    (hidden,) = shards(tmp_path / "shard-Hotline a@example.com", clock, scenario(**{name: PASSING}), name)

    codes = [
        gate({"redact": "card", "expect-suites": expected}, tmp_path, clock, merge=(report,)).code
        for report, expected in ((path, name), (path, "Hotline b@example.com"), (hidden, name), (hidden, "[email]"))
    ]

    assert [0, 4, 4, 2] == codes


def test_a_job_of_suites_that_reports_name_alike_is_merged_and_meets_no_expectation(
    tmp_path: Path, clock: FakeClock
) -> None:
    names = [f"Hotline {who}@example.com" for who in "ab"]
    played = scenario(**dict.fromkeys(names, PASSING))
    with Simulator(played, now=clock.monotonic, wall=clock.wall) as simulator:
        both = str(run(simulator, tmp_path, clock, report_dir="both").folder / "report.json")
        ones = [
            str(run(simulator, tmp_path, clock, report_dir=name[8], test_suites=name).folder / "report.json")
            for name in names
        ]

    one_job = gate({}, tmp_path, clock, merge=(both,))
    two_jobs = gate({}, tmp_path, clock, merge=tuple(ones))
    expected = gate({"expect-suites": "Hotline"}, tmp_path, clock, merge=(both,))

    assert (0, "4") == (one_job.code, one_job.outputs["passed"])
    assert (4, 4) == (two_jobs.code, expected.code)
    assert 'in the reports more than once: "Hotline [email]"' in two_jobs.log
    assert 'These test suites are not expected: "Hotline [email]", "Hotline [email]"' not in expected.log
    for done in (two_jobs, expected):
        assert "Rename the suite, or give every job a redact that keeps the name." in done.log


def test_the_option_is_repeatable_and_its_names_are_checked(tmp_path: Path, clock: FakeClock) -> None:
    (path,) = shards(tmp_path, clock, scenario(Good=PASSING), "Good")

    two = command(["merge", path, "--expect-suites", "Good", "--expect-suites=Other"], tmp_path, clock)
    same = command(["merge", path, "--expect-suites", "Good", "--expect-suites", "Good"], tmp_path, clock)

    assert 4 == two.code
    assert 'missing: "Other"' in two.log
    assert 2 == same.code
    assert 'expect-suites: "Good" is listed more than once. List each name once.' in same.problems


def test_the_help_tells_of_it_and_no_other_command_takes_it(tmp_path: Path, clock: FakeClock) -> None:
    told = {name: re.sub(r"\s+", " ", help_text(name)) for name in COMMANDS}

    assert ["merge"] == [name for name, text in told.items() if "--expect-suites NAME" in text]
    assert "each once, one per line." in told["merge"]
    assert 2 == command(["run", "--expect-suites", "Good"], tmp_path, clock).code


# Files


def of_another_version(report: bytes) -> str:
    return json.dumps({**json.loads(report), "schemaVersion": 999})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not JSON",
        "[]",
        '{"schemaVersion": 1}',
        "[" * 100_000,
        '{"schemaVersion": ' + "9" * 100_000 + "}",
        '{"durationSeconds": NaN}',
        "another version",
        None,
    ],
    ids=lambda text: str(text)[:20],
)
def test_a_shard_that_cannot_be_used_touches_no_file_and_reaches_the_job_outputs(
    tmp_path: Path, clock: FakeClock, text: str | None
) -> None:
    paths = shards(tmp_path, clock, scenario(Good=PASSING), "Good")
    earlier, _ = job(tmp_path, clock, scenario(Pizza=PASSING))
    bad = tmp_path / "bad.json"
    if text is not None:
        bad.write_text(of_another_version(earlier.files["report.json"]) if text == "another version" else text)
    before = snapshot(earlier.folder)

    done = gate({}, tmp_path, clock, merge=(*paths, str(bad)))

    assert (2, "error", "2") == (done.code, done.outputs["verdict"], done.outputs["exit-code"])
    (line,) = [line for line in done.problems if line.startswith("FILE: ")]
    assert str(bad) in line
    assert before == snapshot(earlier.folder)


def make_folder(path: Path) -> None:
    path.mkdir()


def make_large(path: Path) -> None:
    path.touch()
    os.truncate(path, 64 * 1024 * 1024 + 1)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (make_folder, "is a folder. Name a report.json."),
        (os.mkfifo, "is not a regular file. Name a file."),
        (make_large, "is larger than 64 MiB. Name a file that koregate wrote."),
    ],
)
def test_only_regular_files_of_at_most_64_mib_are_read(
    tmp_path: Path, clock: FakeClock, make: Any, reason: str
) -> None:
    make(tmp_path / "odd.json")

    done = gate({}, tmp_path, clock, merge=(str(tmp_path / "odd.json"),))

    assert 2 == done.code
    assert f'FILE: "{tmp_path / "odd.json"}" {reason.format(tmp_path)}' in done.problems
    assert not done.folder.exists()


def test_saved_replies_of_an_earlier_job_do_not_stay_beside_a_merged_report(tmp_path: Path, clock: FakeClock) -> None:
    paths = shards(tmp_path, clock, scenario(Good=PASSING), "Good")
    earlier, _ = job(tmp_path, clock, scenario(Pizza=FAILING))
    (earlier.folder / "raw" / "notes.json").write_text("mine")

    refused = gate({}, tmp_path, clock, merge=(str(tmp_path / "missing.json"),))
    kept = set(earlier.files)
    merged = gate({}, tmp_path, clock, merge=tuple(paths))

    assert (2, 0) == (refused.code, merged.code)
    assert "raw/run.json" in kept
    assert ["raw/notes.json"] == [name for name in merged.files if name.startswith("raw/")]


def test_a_merge_does_not_remove_the_saved_replies_of_the_runs_that_it_merges(tmp_path: Path, clock: FakeClock) -> None:
    live, _ = job(tmp_path, clock, scenario(Pizza=PASSING))
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / "report.json").write_bytes(live.files["report.json"])
    copy = str(tmp_path / "copy" / "report.json")

    refused = gate({}, tmp_path, clock, merge=(copy,))
    elsewhere = gate({"report-dir": "all"}, tmp_path, clock, merge=(copy,))

    assert (2, 0) == (refused.code, elsewhere.code)
    assert "koregate-report has the saved replies of a test run that is merged." in refused.log
    assert "raw/run.json" in live.files


def test_a_merge_without_all_of_its_reports_is_an_error_and_removes_nothing(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = shards(tmp_path, clock, scenario(Good=PASSING), "Good")
    earlier, _ = job(tmp_path, clock, scenario(Pizza=FAILING))

    def fail(_job: JobResult) -> bytes:
        raise OSError(28, "No space left on device")

    monkeypatch.setitem(RENDERERS, "ctrf-report.json", fail)
    done = gate({}, tmp_path, clock, merge=tuple(paths))

    assert (4, "error") == (done.code, done.outputs["verdict"])
    assert "raw/run.json" in earlier.files


@pytest.mark.parametrize("folder", ["koregate-report", "koregate-report/../koregate-report"])
def test_a_merge_never_replaces_a_report_that_it_is_made_of(tmp_path: Path, clock: FakeClock, folder: str) -> None:
    job(tmp_path, clock, scenario(Pizza=PASSING))
    before = snapshot(tmp_path / "koregate-report")

    done = gate({}, tmp_path, clock, merge=(str(tmp_path / folder / "report.json"),))

    assert 2 == done.code
    assert "report-dir: koregate-report has a report that is to be merged" in done.log
    assert before == snapshot(tmp_path / "koregate-report")


MAIL = "I am {}@example.com, card 4111 1111 1111 1111"


def said_by(*names: str) -> dict[str, Any]:
    """A suite whose failed steps differ in their personal data alone."""
    steps = [
        {"say": MAIL.format(name), "expect": MAIL.format("x"), "answer": f"Sorry, {MAIL.format(name)}"}
        for name in names
    ]
    return {"seconds": 20, "steps": [{"say": "hi", "expect": "Hello"}, *steps], "error_details": MAIL.format("eve")}


@pytest.mark.parametrize("retries", ["0", "1"])
def test_a_merge_redacts_like_the_jobs_would_have_and_tells_steps_and_suites_apart_likewise(
    tmp_path: Path, retries: str
) -> None:
    played = scenario(
        **{"ann@example.com": said_by("ann", "bob", "ann"), "bob@example.com": said_by("bob"), "Plain": PASSING},
    )
    merged = []
    for redact in ("none", "email\ncard"):
        (folder := tmp_path / redact[:4]).mkdir()
        now = FakeClock()
        with Simulator(played, now=now.monotonic, wall=now.wall) as simulator:
            done = run(simulator, folder, now, retries=retries, redact=redact, max_parallel="1")
        path = str(done.folder / "report.json")
        assert (redact == "none") == (b"ann@" in Path(path).read_bytes())
        done = gate({"report-dir": "merged"}, folder, now, merge=(path,))
        report = json.loads(done.files["report.json"])
        merged.append((done, [{**suite, "startedAt": None} for suite in report["suites"]]))

    (late, suites), (early, same) = merged
    assert ["[email]", "[email] (2)", "Plain"] == [suite["name"] for suite in suites]
    assert [1, 1, 2, 3] == [step["occurrence"] for step in suites[0]["steps"] if step["step"]]
    assert same == suites
    assert (early.code, early.outputs["verdict"], early.summary) == (late.code, late.outputs["verdict"], late.summary)
    for text in (late.log, late.summary, *late.outputs.values(), *(data.decode() for data in late.files.values())):
        assert not re.search(r"(ann|bob|eve)\W{1,6}example|4111", text)


@pytest.mark.parametrize("told", ["ann@example.com", "4111 1111 1111 1111", "4111111111111111"])
def test_a_merge_redacts_what_a_report_has_in_the_place_of_an_id_and_is_none(
    tmp_path: Path, clock: FakeClock, told: str
) -> None:
    (path,) = shards(tmp_path, clock, scenario(Pizza=FAILING), "Pizza", retries="1")
    document = json.loads(Path(path).read_bytes())
    document["target"] |= dict.fromkeys(("streamId", "botVersion", "botLanguage"), told) | {"host": f"https://{told}/"}
    for run_of_suite in (document["suites"][0], *document["suites"][0]["earlierRuns"]):
        run_of_suite["testRunId"] = told
    Path(path).write_text(json.dumps(document))

    done = gate({}, tmp_path, clock, merge=(path,))

    for text in (done.log, done.summary, *done.outputs.values(), *(data.decode() for data in done.files.values())):
        assert told not in text
    merged = json.loads(done.files["report.json"])
    assert re.fullmatch(r"\[(email|card)\]", merged["suites"][0]["testRunId"])
    assert re.fullmatch(r"\[(email|card)\]", merged["target"]["streamId"])


def test_a_merge_masks_the_secrets_of_its_environment(tmp_path: Path, clock: FakeClock) -> None:
    secret = 'a-made-up "secret"'
    bad = {"seconds": 20, "steps": [{"say": f"1 {secret}", "expect": "Hello", "answer": f"{secret}!"}]}
    (path,) = shards(tmp_path, clock, scenario(Pizza=bad), "Pizza")
    assert b"a-made-up" in Path(path).read_bytes()

    done = gate({}, tmp_path, clock, environ={"KOREGATE_CLIENT_SECRET": secret}, merge=(path,))

    log = "\n".join(line for line in done.log.splitlines() if not line.startswith("::add-mask::"))
    texts = [log, done.summary, *done.outputs.values(), *(data.decode() for data in done.files.values())]
    assert 1 == done.code
    assert [] == [text for text in texts if "made-up" in text]
    assert "1 ***" == json.loads(done.files["report.json"])["suites"][0]["steps"][0]["input"]


def test_an_expression_that_matches_ids_and_status_words_keeps_them_in_a_merge(
    tmp_path: Path, clock: FakeClock
) -> None:
    (path,) = shards(tmp_path, clock, scenario(Pizza=FAILING), "Pizza")
    (suite,) = json.loads(Path(path).read_bytes())["suites"]

    done = gate({"redact": "ctr|passed|failed|text|^st"}, tmp_path, clock, merge=(path,))

    (merged,) = json.loads(done.files["report.json"])["suites"]
    assert suite["testRunId"] == merged["testRunId"]
    assert [step["status"] for step in suite["steps"]] == [step["status"] for step in merged["steps"]]
    assert [case["kind"] for case in suite["steps"][1]["cases"]] == [
        case["kind"] for case in merged["steps"][1]["cases"]
    ]
    assert "[redacted]" in merged["failures"][0]
