"""Advice uses the words of the CI system that ran the job, and outside of one those of a shell."""

import json
import re
from dataclasses import replace

import pytest
import yaml
from support.answers import answer, failed_step, in_ci, job_of, record_of, report_of, step
from support.policies import NOW, retried

from koregate.errors import CHECK_HOST, Problem
from koregate.judging.results import JobResult
from koregate.policy.apply import apply_policy
from koregate.policy.rules import Policy
from koregate.reports.ci_words import words_of
from koregate.reports.next_steps import attach_inputs, next_steps, with_code
from koregate.reports.report_json_words import CI_SYSTEMS
from koregate.runs.record import RunRecord, StopReason, SuiteSource
from koregate.verdicts import Verdict

FAILED = report_of(Pizza=answer(failed_step(), status="failed"))
STOP = StopReason(Verdict.TIMEOUT, 5, "No end within 10m (timeout).")
RUNNING = job_of(RunRecord("Ann's\\b", "ctr-1", stop=STOP), RunRecord("Hours", "ctr-2", stop=STOP))
INVALID = JobResult.for_invalid_inputs([Problem("host", "is required.")])
FLAKY = apply_policy(retried(answer(failed_step("hi"), status="failed"), answer(step())), Policy(NOW))
NOT_GITHUB = [system for system in CI_SYSTEMS if system != "github"]
# What only one system has.
GITHUB_WORDS = re.compile(r"with:|re-run")


@pytest.mark.parametrize(
    ("system", "again"),
    {
        "github": "Then push, or re-run the failed job if you corrected it on the platform.",
        "gitlab": "Then push, or retry the failed job if you corrected it on the platform.",
        "azure": "Then push, or rerun the failed job if you corrected it on the platform.",
        "circleci": "Then push, or rerun the workflow from failed if you corrected it on the platform.",
        "buildkite": "Then push, or retry the failed job if you corrected it on the platform.",
        "bitbucket": "Then push, or rerun the failed step if you corrected it on the platform.",
        "jenkins": "Then start a new build.",
        "": "Then start `koregate run` again.",
        "of another day": "Then start `koregate run` again.",
    }.items(),
)
def test_a_job_runs_again_in_the_words_of_its_ci_system(system: str, again: str) -> None:
    assert again == next_steps(in_ci(FAILED, system))[-1]


@pytest.mark.parametrize(
    ("system", "name", "place"),
    [
        ("github", "test-suites", "`with:` of the koregate step in the workflow with the two inputs"),
        ("gitlab", "KOREGATE_TEST_SUITES", "`variables:` of the job in .gitlab-ci.yml with the two variables"),
        ("azure", "KOREGATE_TEST_SUITES", "`env:` of the step in azure-pipelines.yml with the two variables"),
        (
            "circleci",
            "KOREGATE_TEST_SUITES",
            "`environment:` of the job in .circleci/config.yml with the two variables",
        ),
        ("buildkite", "KOREGATE_TEST_SUITES", "`env:` of the step in the pipeline file with the two variables"),
        ("bitbucket", "--test-suites", "`script:` of the step in bitbucket-pipelines.yml with the two options"),
        ("jenkins", "KOREGATE_TEST_SUITES", "`environment` of the pipeline in the Jenkinsfile with the two variables"),
        ("", "", ""),
    ],
)
def test_inputs_that_attach_belong_where_that_system_has_them(system: str, name: str, place: str) -> None:
    first, attach, again, _ = next_steps(in_ci(RUNNING, system))

    assert first == "The test runs of Ann's\\b and Hours may still be running on the platform."
    assert again.startswith("To start new test runs instead, ")
    assert again.endswith(" again without `--test-run-ids`.") == (not system)
    how = f"replace `{name}` in {place} below, push, and revert that afterwards" if system else "run the command below"
    assert attach == f"To get the results of these test runs, {how}."


@pytest.mark.parametrize(
    ("system", "trained", "corrected"),
    [
        ("github", " and re-run the failed job", " and push, which starts a new job."),
        ("gitlab", " and retry the failed job", " and push, which starts a new job."),
        ("jenkins", "", ". Then start a new build."),
        ("", "", ". Then start `koregate run` again."),
    ],
)
def test_a_suite_file_is_corrected_in_the_repository(system: str, trained: str, corrected: str) -> None:
    source = SuiteSource("suites/Pizza.json", "ab" * 32, 1)
    job = replace(FAILED, suites=tuple(replace(suite, source=source) for suite in FAILED.suites))

    wrong = f"Did the bot recognize the wrong intent or entity? Train the bot{trained}."
    right = f"Did it recognize the right one? Correct suites/Pizza.json{corrected}"
    assert f"Compare expected and actual. {wrong} {right}" == " ".join(next_steps(in_ci(job, system)))


@pytest.mark.parametrize(
    ("suites", "told"),
    [
        (1, ["Open test run `ctr-1` in the App Builder to find the cause. Correct the bot or the suite there."]),
        (4, ["Open the test run in the App Builder to find the cause. Correct the bot or the suite there."]),
    ],
)
def test_a_few_test_runs_that_failed_without_a_reason_are_named(suites: int, told: list[str]) -> None:
    counts = {"totalTestStepsCount": 2, "passedTestStepsCount": 1, "failedTestStepsCount": 1}
    reply = answer(step(), step(status="failed"), status="failed", **counts)
    job = job_of(
        *(record_of(f"Suite {number}", reply)._replace(run_id=f"ctr-{number}") for number in range(1, suites + 1))
    )

    assert [*told, "Then re-run the failed job."] == [*next_steps(in_ci(job))]
    assert ("<code>ctr-1</code>" in with_code(told[0], str)) == (suites == 1)


@pytest.mark.parametrize("system", [*NOT_GITHUB, ""])
@pytest.mark.parametrize("job", [FAILED, RUNNING, INVALID, FLAKY], ids=["failed", "running", "invalid", "flaky"])
def test_the_words_of_github_stand_in_its_own_jobs_only(system: str, job: JobResult) -> None:
    assert GITHUB_WORDS.search(" ".join(next_steps(in_ci(job))))
    assert not GITHUB_WORDS.search(" ".join(next_steps(in_ci(job, system))))


def test_every_ci_system_has_words_of_its_own() -> None:
    assert all(words_of(system) is not words_of("") for system in CI_SYSTEMS)


@pytest.mark.parametrize(
    ("system", "limit", "flaky"),
    [
        (
            "github",
            "`timeout` in `with:` of the koregate step and push, which starts a new job",
            "`flaky` to pass, and push, which starts a new job",
        ),
        (
            "azure",
            "`KOREGATE_TIMEOUT` in `env:` of the step and push, which starts a new job",
            "`KOREGATE_FLAKY` to pass, and push, which starts a new job",
        ),
        ("jenkins", "`KOREGATE_TIMEOUT`", "`KOREGATE_FLAKY` to pass"),
        ("", "`--timeout`", "`--flaky` to pass"),
    ],
)
def test_an_input_has_the_name_that_users_of_the_system_write(system: str, limit: str, flaky: str) -> None:
    assert f"If a suite times out again, increase {limit}." == next_steps(in_ci(RUNNING, system))[-1]
    told, until, *_ = next_steps(in_ci(FLAKY, system))
    name = flaky.partition(" ")[0]
    assert told.startswith(
        f"A suite failed, then passed in a further run, which counts as failed because {name} is fail."
    )
    assert f"Until then, you can quarantine these test cases, or set {flaky}." == until


def test_no_input_is_blamed_if_the_last_run_does_not_show_what_failed() -> None:
    job = apply_policy(retried(answer(failed_step(), status="failed"), answer(step())), Policy(NOW, flaky="pass"))

    assert (
        (
            "A suite failed, then passed in a further run. Find out why the answers vary: correct the bot, or "
            "add those that are right to the accepted texts."
        ),
        "Until then, you can quarantine these test cases.",
    ) == next_steps(job)[:2]


def test_a_merge_in_a_shell_is_made_again_after_the_tests() -> None:
    merged = replace(FAILED, starts_runs=False)

    assert "Then run the tests and `koregate merge` again." == next_steps(merged)[-1]
    assert "Then push, or re-run the failed job if you corrected it on the platform." == next_steps(in_ci(merged))[-1]


def test_a_file_is_to_be_pushed_where_a_further_run_uses_the_old_commit() -> None:
    told = {system: next_steps(in_ci(INVALID, system))[1:] for system in (*CI_SYSTEMS, "")}

    assert {"jenkins", ""} == {system for system, lines in told.items() if not lines}
    assert told["gitlab"] == (
        (
            "If you changed a file of the repository, push it. If you changed a secret or something on the platform, "
            "retry the failed job."
        ),
    )
    assert "Correct the inputs, then run the same command again." == next_steps(INVALID)[0]


@pytest.mark.parametrize(
    ("advice", "then"),
    [
        ("Train the app.", "Then re-run the failed job."),
        ("Check jwt.", "Then re-run the failed job."),
        ("Check the platform's host name.", "Then re-run the failed job."),
        ("Set host to the final URL.", "If you changed a file of the repository, push it. "),
        ("Check HTTPS_PROXY.", "If you changed a file of the repository, push it. "),
    ],
)
def test_who_may_have_changed_a_file_pushes_and_who_changed_the_platform_runs_the_job_again(
    advice: str, then: str
) -> None:
    stopped = job_of(RunRecord("Pizza", None, stop=StopReason(Verdict.ERROR, 4, "Lost.", advice)))

    told, last = next_steps(in_ci(stopped))
    assert advice == told.replace("`", "")
    assert last.startswith(then)
    assert last.endswith("re-run the failed job.")
    assert "Then start `koregate run` again." == next_steps(stopped)[1]


@pytest.mark.parametrize(
    ("advice", "system", "told"),
    [
        (CHECK_HOST, "github", "Check the spelling of `host` in `with:` of the koregate step. It is usually https://"),
        (CHECK_HOST, "gitlab", "Check the spelling of `KOREGATE_HOST` in `variables:` of the job. It is usually https"),
        (CHECK_HOST, "", "Check the spelling of `--host`. It is usually https://platform.kore.ai."),
        ("Check host and the platform's host name.", "github", "Check `host` and the platform's host name."),
        (
            "Check jwt, or client-id and the JWT app.",
            "azure",
            "Check `KOREGATE_JWT`, or `KOREGATE_CLIENT_ID` and the JWT",
        ),
        ("Set HTTPS_PROXY, or run koregate doctor.", "github", "Set `HTTPS_PROXY`, or run `koregate doctor`."),
        ('Look for "stream-id", and see `report-dir`.', "", 'Look for "stream-id", and see `report-dir`.'),
        (
            "Look at x/stream-id, my-stream-id and stream-id-2.",
            "",
            "Look at x/stream-id, my-stream-id and stream-id-2.",
        ),
    ],
)
def test_names_of_inputs_in_advice_are_those_of_the_system_in_backticks(advice: str, system: str, told: str) -> None:
    lost = job_of(RunRecord("Pizza", None, stop=StopReason(Verdict.ERROR, 4, "Lost.", advice)))

    assert next_steps(in_ci(lost, system) if system else lost)[0].startswith(told)


@pytest.mark.parametrize(("system", "prefix"), [("github", ""), ("gitlab", "KOREGATE_"), ("azure", "KOREGATE_")])
def test_lines_that_attach_are_yaml_of_that_system(system: str, prefix: str) -> None:
    given = yaml.safe_load("\n".join(attach_inputs(in_ci(RUNNING, system))))

    names = ["test-suites", "test-run-ids"] if not prefix else ["KOREGATE_TEST_SUITES", "KOREGATE_TEST_RUN_IDS"]
    assert dict(zip(names, ["Ann's\\b\nHours\n", "ctr-1\nctr-2"], strict=True)) == given


def test_in_jenkins_they_are_strings_of_groovy() -> None:
    assert [
        r"KOREGATE_TEST_SUITES = '''Ann\'s\\b",
        "Hours'''",
        "KOREGATE_TEST_RUN_IDS = '''ctr-1",
        "ctr-2'''",
    ] == list(attach_inputs(in_ci(RUNNING, "jenkins")))


def test_in_a_shell_they_are_a_command_to_paste_and_in_bitbucket_the_options_alone() -> None:
    options = ["""--test-suites='Ann'"'"'s\\b' --test-run-ids=ctr-1 \\""", "--test-suites=Hours --test-run-ids=ctr-2"]

    assert [f"koregate run {options[0]}", f"  {options[1]}"] == list(attach_inputs(in_ci(RUNNING, "")))
    assert options == list(attach_inputs(in_ci(RUNNING, "bitbucket")))


def test_advice_that_is_the_same_everywhere_is_kept_in_reports() -> None:
    stopped = job_of(RunRecord("Pizza", None, stop=StopReason(Verdict.ERROR, 4, "Lost.", "Run the test suite again.")))

    assert ("Retry the failed job.",) == next_steps(in_ci(stopped, "gitlab"))
    assert "Run the test suite again." in json.dumps([suite.advice for suite in stopped.suites])
