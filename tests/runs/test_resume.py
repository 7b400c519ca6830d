"""The run ids that a job keeps, and jobs that attach to the runs of an interrupted one."""

import json
from pathlib import Path
from typing import Any

import pytest
from support.clock import FakeClock
from support.inputs import inputs
from support.job import PASSING, job, run, scenario

from koregate import files
from koregate.runs.resume import FILE, ResumeFile
from koregate.simulator import Simulator


def resume_file(folder: Path, clock: FakeClock, **changes: str) -> ResumeFile:
    return ResumeFile(files.prepare(folder, "koregate-report"), inputs(**changes), clock)


def resumed(folder: Path, clock: FakeClock, **changes: str) -> ResumeFile:
    """The file as a later job reads it."""
    return resume_file(folder, clock, resume="true", **changes)


def path_of(folder: Path) -> Path:
    return folder / "koregate-report" / FILE


def test_a_run_is_kept_until_its_suite_has_ended(tmp_path: Path, clock: FakeClock) -> None:
    file = resume_file(tmp_path, clock)
    file.add("Pizza", "ctr-1")
    file.add("Pasta", "ctr-2")
    both = resumed(tmp_path, clock)
    file.remove(["Pizza", "Salad"])
    rest = resumed(tmp_path, clock)
    file.remove(["Pasta"])

    assert [("ctr-1",), ("ctr-2",)] == [both.runs_to_resume(suite) for suite in ("Pizza", "Pasta")]
    assert [(), ("ctr-2",)] == [rest.runs_to_resume(suite) for suite in ("Pizza", "Pasta")]
    assert not path_of(tmp_path).exists()


def test_the_file_says_what_it_belongs_to_and_no_secret(tmp_path: Path, clock: FakeClock) -> None:
    resume_file(tmp_path, clock).add("Pizza", "ctr-1")
    saved = path_of(tmp_path).read_text()

    assert "made-up-secret" not in saved
    assert ("https://platform.kore.ai", "st-1", [["ctr-1", 1795428000]]) == (
        json.loads(saved)["binding"]["host"],
        json.loads(saved)["binding"]["streamId"],
        json.loads(saved)["runs"]["Pizza"],
    )


def test_the_file_has_a_digest_of_the_user_that_only_the_credentials_explain(tmp_path: Path, clock: FakeClock) -> None:
    users = {}
    for secret in ("made-up-secret", "another-made-up-secret"):
        resume_file(tmp_path, clock, user_email="ann@example.com", client_secret=secret).add("Pizza", "ctr-1")
        saved = path_of(tmp_path).read_text()
        assert "ann" not in saved
        users[secret] = json.loads(saved)["binding"]["user"]

    # Without the key, anybody could try addresses until the digest fits.
    assert 2 == len(set(users.values()))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"host": "other.kore.ai"}, "a different host"),
        ({"stream_id": "st-2"}, "a different streamId"),
        ({"bot_version": "published"}, "a different botVersion"),
        ({"bot_language": "de"}, "a different botLanguage"),
        ({"user_email": "other@example.com"}, "a different user"),
        ({"client_id": "cs-2"}, "a different clientId"),
        ({"client_secret": "another-made-up-secret"}, "its seal does not match"),
    ],
    ids=str,
)
def test_a_run_of_a_job_of_another_kind_is_not_resumed(
    tmp_path: Path, clock: FakeClock, change: dict[str, str], reason: str
) -> None:
    resume_file(tmp_path, clock).add("Pizza", "ctr-1")
    other = resumed(tmp_path, clock, **change)

    assert ("ctr-1",) == resumed(tmp_path, clock).runs_to_resume("Pizza")
    assert () == other.runs_to_resume("Pizza")
    assert reason in other.rejected


@pytest.mark.parametrize("change", [{"bot_language": "de"}, {"client_secret": "another-made-up-secret"}], ids=str)
def test_the_runs_of_a_job_of_another_kind_are_kept_for_it(
    tmp_path: Path, clock: FakeClock, change: dict[str, str]
) -> None:
    resume_file(tmp_path, clock).add("Pizza", "ctr-1")
    other = resumed(tmp_path, clock, **change)
    other.remove([])
    assert ("ctr-1",) == resumed(tmp_path, clock).runs_to_resume("Pizza")
    other.add("Pizza", "ctr-2")
    first, second = resumed(tmp_path, clock), resumed(tmp_path, clock, **change)
    assert [("ctr-1",), ("ctr-2",)] == [file.runs_to_resume("Pizza") for file in (first, second)]
    assert ["", ""] == [file.rejected for file in (first, second)]

    second.remove(["Pizza"])
    assert () == resumed(tmp_path, clock, **change).runs_to_resume("Pizza")
    again = resumed(tmp_path, clock)
    assert ("ctr-1",) == again.runs_to_resume("Pizza")
    again.remove(["Pizza"])
    assert not path_of(tmp_path).exists()


def test_the_runs_that_are_kept_for_another_job_are_named_if_the_seal_shows_that_they_are_koregates(
    tmp_path: Path, clock: FakeClock
) -> None:
    file = resume_file(tmp_path, clock)
    for number in range(1, 8):
        file.add(f"Suite {number}", f"ctr-{number}")
    reason = "it belongs to a job with a different botLanguage, and is kept for that: "

    assert (
        f"{reason}ctr-1, ctr-2, ctr-3, ctr-4, ctr-5 and 2 more" == resumed(tmp_path, clock, bot_language="de").rejected
    )
    wrong = resumed(tmp_path, clock, client_secret="another-made-up-secret").rejected
    assert (
        "its seal does not match these credentials, or someone changed it. It is kept, in case they are wrong" == wrong
    )
    clock.time = 25 * 3600
    dropped = "it belongs to a job with a different botLanguage. It is too old to be kept: "
    assert resumed(tmp_path, clock, bot_language="de").rejected.startswith(f"{dropped}ctr-1, ")


def test_the_runs_of_other_jobs_are_kept_for_a_day_and_not_of_more_than_a_few(tmp_path: Path, clock: FakeClock) -> None:
    languages = ["de", "fr", "es", "it", "pt"]
    for language in languages:
        resumed(tmp_path, clock, bot_language=language).add("Pizza", f"ctr-{language}")
    kept = [resumed(tmp_path, clock, bot_language=language).has_runs for language in languages]
    clock.time = 25 * 3600
    resumed(tmp_path, clock, bot_language="en").remove([])

    assert [False, True, True, True, True] == kept
    assert not path_of(tmp_path).exists()


def test_a_state_that_would_be_too_large_to_read_keeps_no_runs_of_other_jobs(tmp_path: Path, clock: FakeClock) -> None:
    first = resumed(tmp_path, clock, bot_language="de")
    for number in range(4):
        first.add(f"{'x' * 200_000}{number}", "ctr-1")
    other = resumed(tmp_path, clock)
    other.add("y" * 400_000, "ctr-2")

    assert ("ctr-2",) == resumed(tmp_path, clock).runs_to_resume("y" * 400_000)
    assert not resumed(tmp_path, clock, bot_language="de").has_runs


def test_a_start_whose_run_is_not_known_is_kept_for_the_next_attempt(tmp_path: Path, clock: FakeClock) -> None:
    first = resumed(tmp_path, clock)
    for suite in ("Pizza", "Pasta", "Salad"):
        first.note_start(suite)
    first.add("Pasta", "ctr-1")
    first.drop_start("Salad")
    clock.time = 60
    other = resumed(tmp_path, clock, bot_language="de")
    other.note_start("Wine")
    second = resumed(tmp_path, clock)

    assert [clock.began, None, None] == [second.lost_start(suite) for suite in ("Pizza", "Pasta", "Salad")]
    assert ("ctr-1",) == second.runs_to_resume("Pasta")
    assert None is other.lost_start("Pizza")
    assert None is not resumed(tmp_path, clock, bot_language="de").lost_start("Wine")
    second.remove(["Pizza", "Pasta"])
    assert not resumed(tmp_path, clock).has_runs


def test_a_second_start_whose_run_is_known_does_not_make_the_first_one_known(tmp_path: Path, clock: FakeClock) -> None:
    resumed(tmp_path, clock).note_start("Pizza")
    clock.time = 60
    second = resumed(tmp_path, clock)
    second.note_start("Pizza")
    second.add("Pizza", "ctr-2")

    assert clock.began == resumed(tmp_path, clock).lost_start("Pizza")
    clock.time = 3660
    assert None is resumed(tmp_path, clock).lost_start("Pizza"), "it has ended by now"


def test_without_the_input_resume_no_start_is_noted(tmp_path: Path, clock: FakeClock) -> None:
    resume_file(tmp_path, clock).note_start("Pizza")

    assert not path_of(tmp_path).exists()


@pytest.mark.parametrize(
    ("fault", "code", "told"),
    [("close", 4, True), ("html", 4, True), ("http 503", 4, True), ("http 400", 4, False), ("http 401", 3, False)],
)
def test_the_next_attempt_tells_a_start_unless_the_platform_certainly_did_not_take_it(
    tmp_path: Path, clock: FakeClock, fault: str, code: int, told: bool
) -> None:
    faults = [{"on": "start", "fault": fault, "requests": "1"}]
    with Simulator(scenario(Pizza=PASSING, faults=faults), now=clock.monotonic, wall=clock.wall) as simulator:
        first = run(simulator, tmp_path, clock, resume="true")
        second = run(simulator, tmp_path, clock, resume="true")
        third = run(simulator, tmp_path, clock, resume="true")

    said = "An earlier attempt of this job may have started a test run of this suite at 2026-11-23 10:00:00 UTC."
    assert [code, 0, 0] == [first.code, second.code, third.code]
    assert [False, told, False] == [said in done.log for done in (first, second, third)]
    assert not path_of(tmp_path).exists()


TYPOS: list[Any] = [({"client_secret": "another-made-up-secret" * 2}, 3), ({"bot_language": "de"}, 5)]


@pytest.mark.parametrize(("typo", "code"), TYPOS, ids=["secret", "language"])
def test_a_typo_in_one_attempt_does_not_lose_the_runs_of_the_attempt_before_it(
    tmp_path: Path, clock: FakeClock, typo: dict[str, Any], code: int
) -> None:
    with Simulator(scenario(Pizza=PASSING), now=clock.monotonic, wall=clock.wall) as simulator:
        late = run(simulator, tmp_path, clock, timeout="5s", resume="true")
        wrong = run(simulator, tmp_path, clock, timeout="5s", resume="true", **typo)
        resumed = run(simulator, tmp_path, clock, resume="true")

        assert 2 == len(simulator.starts("Pizza")), "that of the first attempt and that with the typo"
    assert [5, code, 0] == [late.code, wrong.code, resumed.code]
    assert late.outputs["test-run-ids"] == resumed.outputs["test-run-ids"]
    assert (late.outputs["test-run-ids"] in wrong.log) == (code == 5)


def test_a_run_that_a_job_for_another_commit_started_is_not_resumed(tmp_path: Path, clock: FakeClock) -> None:
    played = scenario(Pizza=PASSING)
    with Simulator(played, now=clock.monotonic, wall=clock.wall) as simulator:
        for commit, starts in (("one", 1), ("one", 1), ("two", 2)):
            done = run(
                simulator,
                tmp_path,
                clock,
                timeout="1s",
                resume="true",
                poll_interval="1s",
                environ={"GITHUB_SHA": commit},
            )
            assert starts == len(simulator.starts("Pizza"))
            clock.time -= 15

    assert "it belongs to a job with a different commit" in done.log


RUNS = [
    ({"GITHUB_RUN_ID": "7", "GITHUB_RUN_ATTEMPT": "1"}, 1),
    ({"GITHUB_RUN_ID": "7", "GITHUB_RUN_ATTEMPT": "2"}, 1),
    ({"GITHUB_RUN_ID": "8", "GITHUB_RUN_ATTEMPT": "1"}, 2),
]


def test_another_attempt_of_a_workflow_run_resumes_and_another_run_does_not(tmp_path: Path, clock: FakeClock) -> None:
    with Simulator(scenario(Pizza=PASSING), now=clock.monotonic, wall=clock.wall) as simulator:
        for variables, starts in RUNS:
            environ = {"GITHUB_ACTIONS": "true", "GITHUB_SHA": "one", "GITHUB_JOB": "gate", **variables}
            done = run(simulator, tmp_path, clock, timeout="1s", resume="true", environ=environ)
            assert starts == len(simulator.starts("Pizza"))
            clock.time -= 15

    reason = "it belongs to a job with a different pipelineRun, and is kept for that: ctr-"
    assert f"Not resumed from koregate-report/resume.json: {reason}" in done.log


def test_the_state_of_a_job_that_has_ended_is_not_used_in_another_run_of_the_pipeline(
    tmp_path: Path, clock: FakeClock
) -> None:
    played = scenario(Pizza=PASSING)
    with Simulator(played, now=clock.monotonic, wall=clock.wall) as simulator:
        environ = {"GITHUB_ACTIONS": "true", "GITHUB_SHA": "one", "GITHUB_JOB": "gate", "GITHUB_RUN_ID": "7"}
        run(simulator, tmp_path, clock, timeout="1s", resume="true", environ=environ)
        state = path_of(tmp_path).read_bytes()
        green = run(simulator, tmp_path, clock, resume="true", environ=environ)
        files.prepare(tmp_path, "koregate-report").write(FILE, state)
        later = run(simulator, tmp_path, clock, resume="true", environ={**environ, "GITHUB_RUN_ID": "8"})

    assert [0, 0] == [green.code, later.code]
    assert green.outputs["test-run-ids"] != later.outputs["test-run-ids"]
    assert 2 == len(simulator.starts("Pizza"))


def test_without_the_input_resume_nothing_is_resumed(tmp_path: Path, clock: FakeClock) -> None:
    resume_file(tmp_path, clock).add("Pizza", "ctr-1")

    assert () == resume_file(tmp_path, clock).runs_to_resume("Pizza")


def test_a_run_that_was_started_long_ago_is_not_resumed(tmp_path: Path, clock: FakeClock) -> None:
    file = resume_file(tmp_path, clock)
    file.add("Pizza", "ctr-1")
    clock.time = 3000
    file.add("Pasta", "ctr-2")
    clock.time = 3601
    later = resumed(tmp_path, clock)

    assert [(), ("ctr-2",)] == [later.runs_to_resume(suite) for suite in ("Pizza", "Pasta")]
    assert "1 of its runs started too long ago: ctr-1" == later.rejected


FORGERIES: list[Any] = [
    lambda saved: saved["runs"].update(Pizza=[["ctr-old-green-run", saved["runs"]["Pizza"][0][1]]]),
    lambda saved: saved["runs"].update(Pasta=saved["runs"]["Pizza"]),
    lambda saved: saved["binding"].update(botVersion="published"),
    lambda saved: saved.update(starts={"Pizza": 1795428000}),
    lambda saved: saved.update(seal="0" * 64),
    lambda saved: saved.update(seal=None),
    lambda saved: saved.pop("seal"),
    lambda saved: saved.pop("binding"),
]


@pytest.mark.parametrize("forge", FORGERIES)
def test_a_file_that_somebody_changed_resumes_nothing(tmp_path: Path, clock: FakeClock, forge: Any) -> None:
    resume_file(tmp_path, clock).add("Pizza", "ctr-1")
    saved = json.loads(path_of(tmp_path).read_bytes())
    forge(saved)
    path_of(tmp_path).write_text(json.dumps(saved))
    later = resumed(tmp_path, clock)

    assert [(), ()] == [later.runs_to_resume(suite) for suite in ("Pizza", "Pasta")]
    assert later.rejected


@pytest.mark.parametrize("forge", FORGERIES[:5])
def test_a_state_kept_for_another_job_resumes_nothing_if_somebody_changed_it(
    tmp_path: Path, clock: FakeClock, forge: Any
) -> None:
    resume_file(tmp_path, clock).add("Pizza", "ctr-1")
    resumed(tmp_path, clock, bot_language="de").add("Pizza", "ctr-2")
    saved = json.loads(path_of(tmp_path).read_bytes())
    forge(saved["others"][0])
    path_of(tmp_path).write_text(json.dumps(saved))

    assert not resumed(tmp_path, clock).has_runs
    assert ("ctr-2",) == resumed(tmp_path, clock, bot_language="de").runs_to_resume("Pizza")


STATE = {"binding": {"koregate": "1"}, "runs": {"Pizza": [["ctr-1", 1795428000]]}, "seal": "0" * 64}
ODD_STATES: list[Any] = [
    {"runs": {"Pizza": []}},
    {"runs": {"Pizza": [["ctr-1"]]}},
    {"runs": {"Pizza": [["ctr-1", 10**400]]}},
    {"runs": {"Pizza": [["ctr-1", "soon"]]}},
    {"runs": {}},
    {"starts": {"Pizza": "soon"}},
    {"starts": {"Pizza": -1}},
    {"binding": {"koregate": {"a": {"b": "c"}}}},
    {"seal": "\ud800"},
    {"others": [{}]},
    {"others": [{**STATE, "others": []}]},
    {"more": 1},
]


@pytest.mark.parametrize("change", ODD_STATES, ids=lambda change: str(change)[:40])
def test_an_odd_state_is_neither_used_nor_kept(tmp_path: Path, clock: FakeClock, change: Any) -> None:
    files.prepare(tmp_path, "koregate-report").write(FILE, json.dumps({**STATE, **change}).encode())
    later = resumed(tmp_path, clock)
    later.remove([])

    assert () == later.runs_to_resume("Pizza")
    assert later.rejected
    assert not path_of(tmp_path).exists()


UNUSABLE = [b"", b"\xff", b"[]", b"{}", b'"text"', b'{"seal": 1}', b"[" * 100_000, b" " * 2_000_000]


@pytest.mark.parametrize("data", UNUSABLE, ids=lambda data: repr(data[:10]))
def test_a_file_that_cannot_be_read_resumes_nothing(tmp_path: Path, clock: FakeClock, data: bytes) -> None:
    files.prepare(tmp_path, "koregate-report").write(FILE, data)
    later = resumed(tmp_path, clock)

    assert () == later.runs_to_resume("Pizza")
    assert later.rejected


def test_a_link_in_the_place_of_the_file_resumes_nothing(tmp_path: Path, clock: FakeClock) -> None:
    (tmp_path / "koregate-report").mkdir()
    path_of(tmp_path).symlink_to("/dev/zero")
    later = resumed(tmp_path, clock)

    assert () == later.runs_to_resume("Pizza")
    assert "cannot be read" in later.rejected


def test_a_job_that_was_killed_is_resumed_without_a_second_start(tmp_path: Path) -> None:
    clock = FakeClock()
    with Simulator(scenario(Pizza=PASSING, Pasta=PASSING), now=clock.monotonic, wall=clock.wall) as simulator:
        late = run(simulator, tmp_path, clock, timeout="5s", resume="true")
        kept = (late.folder / "resume.json").exists()
        resumed = run(simulator, tmp_path, clock, resume="true")
        gone = not (late.folder / "resume.json").exists()
        again = run(simulator, tmp_path, clock, resume="true")

    assert [5, 0, 0] == [late.code, resumed.code, again.code]
    assert (True, True) == (kept, gone)
    assert late.outputs["test-run-ids"] == resumed.outputs["test-run-ids"] != again.outputs["test-run-ids"]
    assert "Attaching to test run" in resumed.log


def test_without_resume_an_earlier_run_is_forgotten(tmp_path: Path) -> None:
    clock = FakeClock()
    with Simulator(scenario(Pizza=PASSING), now=clock.monotonic, wall=clock.wall) as simulator:
        run(simulator, tmp_path, clock, timeout="5s")
        run(simulator, tmp_path, clock)

    assert 2 == len(simulator.starts("Pizza"))


OTHERS = ["", "[]", "{}", '{"runs": []}', '{"host": "https://other", "streamId": "st-1", "runs": {"Pizza": "ctr-1"}}']


@pytest.mark.parametrize("text", OTHERS)
def test_a_file_of_another_job_resumes_nothing(tmp_path: Path, clock: FakeClock, text: str) -> None:
    (tmp_path / "koregate-report").mkdir()
    (tmp_path / "koregate-report" / "resume.json").write_text(text)

    done, simulator = job(tmp_path, clock, scenario(Pizza=PASSING), resume="true")

    assert (0, 1) == (done.code, len(simulator.starts("Pizza")))
