"""What each CI system says of its job: address, commit, branch, and whether it is a pull request's."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from koregate.ci.detect import SYSTEMS, detect
from koregate.judging.facts import CIFacts
from koregate.reports.report_json_words import CI_SYSTEMS

SHA = "4f2a8c11d0b7e6539a1c8e44d2f7b0a9c6e5d3f1"
GITHUB = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "owner/bot",
    "GITHUB_RUN_ID": "17349911234",
    "GITHUB_RUN_NUMBER": "123",
    "GITHUB_SHA": SHA,
}
GITLAB = {
    "GITLAB_CI": "true",
    "CI_JOB_URL": "https://gitlab.example/a/bot/-/jobs/77",
    "CI_JOB_ID": "77",
    "CI_COMMIT_SHA": SHA,
    "CI_PROJECT_URL": "https://gitlab.example/a/bot",
    "CI_DEFAULT_BRANCH": "main",
}
AZURE = {
    "TF_BUILD": "True",
    "SYSTEM_COLLECTIONURI": "https://dev.azure.com/acme/",
    "SYSTEM_TEAMPROJECT": "Pizza bot",
    "BUILD_BUILDID": "55",
    "BUILD_BUILDNUMBER": "20261123.1",
    "BUILD_SOURCEVERSION": SHA,
}
JENKINS = {"JENKINS_URL": "https://ci/", "BUILD_URL": "https://ci/job/bot/9/", "BUILD_NUMBER": "9", "GIT_COMMIT": SHA}
CIRCLECI = {
    "CIRCLECI": "true",
    "CIRCLE_BUILD_URL": "https://circleci.com/gh/owner/bot/9",
    "CIRCLE_BUILD_NUM": "9",
    "CIRCLE_SHA1": SHA,
    "CIRCLE_BRANCH": "feature/x",
}
BUILDKITE = {
    "BUILDKITE": "true",
    "BUILDKITE_BUILD_URL": "https://buildkite.com/acme/bot/builds/9",
    "BUILDKITE_BUILD_NUMBER": "9",
    "BUILDKITE_COMMIT": SHA,
    "BUILDKITE_BRANCH": "feature/x",
    "BUILDKITE_PIPELINE_DEFAULT_BRANCH": "main",
}
BUILDKITE_FORK = {
    "BUILDKITE_PULL_REQUEST": "12",
    "BUILDKITE_PULL_REQUEST_REPO": "git://x/ann",
    "BUILDKITE_REPO": "git://x/acme",
}
BITBUCKET = {
    "BITBUCKET_BUILD_NUMBER": "9",
    "BITBUCKET_REPO_FULL_NAME": "acme/bot",
    "BITBUCKET_COMMIT": SHA,
    "BITBUCKET_BRANCH": "feature/x",
}


def facts(*environ: dict[str, str]) -> CIFacts:
    """What the system with these variables says."""
    merged = {name: value for part in environ for name, value in part.items()}
    return detect(merged, io.StringIO()).facts()


def of_event(tmp_path: Path, event: Any, **environ: str) -> CIFacts:
    """What GitHub says of an event."""
    path = tmp_path / "event.json"
    path.write_text(event if isinstance(event, str) else json.dumps(event))
    return facts(GITHUB, {"GITHUB_EVENT_PATH": str(path)}, environ)


# Whole answers, one per system


def test_a_github_pull_request(tmp_path: Path) -> None:
    told = of_event(
        tmp_path,
        {"repository": {"default_branch": "main"}, "pull_request": {}},
        GITHUB_EVENT_NAME="pull_request",
        GITHUB_HEAD_REF="feature/x",
        GITHUB_REF_NAME="12/merge",
        GITHUB_REF_TYPE="branch",
    )

    assert told == CIFacts(
        system="github",
        url="https://github.com/owner/bot/actions/runs/17349911234",
        build="123",
        commit=SHA,
        commit_url=f"https://github.com/owner/bot/commit/{SHA}",
        branch="feature/x",
        default_branch="main",
        is_pull_request=True,
    )


def test_a_gitlab_merge_request() -> None:
    merge_request = {"CI_PIPELINE_SOURCE": "merge_request_event", "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": "feature/x"}

    assert facts(GITLAB, merge_request) == CIFacts(
        system="gitlab",
        url="https://gitlab.example/a/bot/-/jobs/77",
        build="77",
        commit=SHA,
        commit_url=f"https://gitlab.example/a/bot/-/commit/{SHA}",
        branch="feature/x",
        default_branch="main",
        is_pull_request=True,
    )


def test_an_azure_pull_request_of_a_project_with_a_blank_in_its_name() -> None:
    pull_request = {"BUILD_REASON": "PullRequest", "SYSTEM_PULLREQUEST_SOURCEBRANCH": "refs/heads/feature/x"}

    assert facts(AZURE, pull_request) == CIFacts(
        system="azure",
        url="https://dev.azure.com/acme/Pizza%20bot/_build/results?buildId=55",
        build="20261123.1",
        commit=SHA,
        branch="feature/x",
        is_pull_request=True,
    )


def test_a_jenkins_pull_request() -> None:
    assert facts(JENKINS, {"BRANCH_NAME": "PR-12", "CHANGE_ID": "12", "CHANGE_BRANCH": "feature/x"}) == CIFacts(
        system="jenkins",
        url="https://ci/job/bot/9/",
        build="9",
        commit=SHA,
        branch="feature/x",
        is_pull_request=True,
    )


def test_a_circleci_pull_request() -> None:
    assert facts(CIRCLECI, {"CIRCLE_PULL_REQUEST": "https://github.com/owner/bot/pull/12"}) == CIFacts(
        system="circleci",
        url="https://circleci.com/gh/owner/bot/9",
        build="9",
        commit=SHA,
        branch="feature/x",
        is_pull_request=True,
    )


def test_a_buildkite_pull_request() -> None:
    assert facts(BUILDKITE, {"BUILDKITE_PULL_REQUEST": "12"}) == CIFacts(
        system="buildkite",
        url="https://buildkite.com/acme/bot/builds/9",
        build="9",
        commit=SHA,
        branch="feature/x",
        default_branch="main",
        is_pull_request=True,
    )


def test_a_bitbucket_pull_request() -> None:
    assert facts(BITBUCKET, {"BITBUCKET_PR_ID": "12"}) == CIFacts(
        system="bitbucket",
        url="https://bitbucket.org/acme/bot/pipelines/results/9",
        build="9",
        commit=SHA,
        commit_url=f"https://bitbucket.org/acme/bot/commits/{SHA}",
        branch="feature/x",
        is_pull_request=True,
    )


def test_a_shell_says_nothing() -> None:
    assert CIFacts() == facts({"GIT_COMMIT": SHA, "CI_COMMIT_SHA": SHA, "BUILD_URL": "https://ci/"})


# Pull request, none, or unknown


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ("pull_request", True),
        ("pull_request_target", True),
        ("pull_request_review", True),
        ("merge_group", True),
        ("push", False),
        ("schedule", False),
        ("workflow_dispatch", False),
        ("workflow_run", False),
        (None, None),
    ],
)
def test_github_tells_pull_requests_by_the_event(event: str | None, expected: bool | None) -> None:
    assert expected is facts(GITHUB, {"GITHUB_EVENT_NAME": event} if event else {}).is_pull_request


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({**GITLAB, "CI_PIPELINE_SOURCE": "external_pull_request_event"}, True),
        ({**GITLAB, "CI_PIPELINE_SOURCE": "parent_pipeline", "CI_MERGE_REQUEST_IID": "3"}, True),
        ({**GITLAB, "CI_PIPELINE_SOURCE": "push"}, False),
        ({**GITLAB, "CI_PIPELINE_SOURCE": "schedule"}, False),
        ({**GITLAB, "CI_PIPELINE_SOURCE": "parent_pipeline"}, None),
        (GITLAB, None),
        ({**AZURE, "BUILD_REASON": "IndividualCI"}, False),
        (AZURE, None),
        ({**JENKINS, "BRANCH_NAME": "main"}, False),
        (JENKINS, None),
        (CIRCLECI, None),
        ({**BUILDKITE, "BUILDKITE_PULL_REQUEST": "false"}, False),
        ({**BUILDKITE, **BUILDKITE_FORK, "BUILDKITE_BRANCH": "main"}, True),
        (BUILDKITE, None),
        (BITBUCKET, False),
        ({}, None),
    ],
)
def test_a_system_that_does_not_tell_is_unknown(environ: dict[str, str], expected: bool | None) -> None:
    assert expected is facts(environ).is_pull_request


@pytest.mark.parametrize(
    "environ",
    [
        {**GITHUB, "GITHUB_EVENT_NAME": "pull_request", "GITHUB_REF": "refs/heads/main"},
        {**GITHUB, "GITHUB_EVENT_NAME": "pull_request", "GITHUB_REF": "refs/tags/v1"},
        {**GITLAB, "CI_PIPELINE_SOURCE": "push", "CI_MERGE_REQUEST_IID": "3"},
        {**GITLAB, "CI_PIPELINE_SOURCE": "schedule", "CI_MERGE_REQUEST_IID": "3"},
        {**GITLAB, "CI_PIPELINE_SOURCE": "merge_request_event", "CI_COMMIT_BRANCH": "main"},
        {**GITLAB, "CI_PIPELINE_SOURCE": "parent_pipeline", "CI_MERGE_REQUEST_IID": "3", "CI_COMMIT_BRANCH": "main"},
        {**GITLAB, "CI_PIPELINE_SOURCE": "merge_request_event", "CI_COMMIT_TAG": "v1"},
        {**AZURE, "BUILD_REASON": "PullRequest", "BUILD_SOURCEBRANCH": "refs/heads/main"},
        {**AZURE, "BUILD_REASON": "IndividualCI", "SYSTEM_PULLREQUEST_PULLREQUESTID": "3"},
        {**JENKINS, "CHANGE_ID": "12", "BRANCH_NAME": "main", "BRANCH_IS_PRIMARY": "true"},
        {**JENKINS, "CHANGE_ID": "12", "BRANCH_NAME": "v1", "TAG_NAME": "v1"},
        {**CIRCLECI, "CIRCLE_PULL_REQUEST": "https://github.com/owner/bot/pull/12", "CIRCLE_TAG": "v1"},
        {**BUILDKITE, "BUILDKITE_PULL_REQUEST": "12", "BUILDKITE_BRANCH": "main"},
        {**BUILDKITE, "BUILDKITE_PULL_REQUEST": "12", "BUILDKITE_TAG": "v1"},
        {**BITBUCKET, "BITBUCKET_PR_ID": "12", "BITBUCKET_TAG": "v1"},
        # A pipeline of the default branch, whatever its source is said to be.
        {**GITLAB, "CI_PIPELINE_SOURCE": "external_pull_request_event", "CI_COMMIT_BRANCH": "main"},
        {**GITLAB, "CI_PIPELINE_SOURCE": "parent_pipeline", "CI_COMMIT_BRANCH": "main"},
        {**GITLAB, "CI_COMMIT_BRANCH": "main"},
    ],
)
def test_variables_that_contradict_each_other_are_of_no_pull_request(environ: dict[str, str]) -> None:
    assert facts(environ).is_pull_request is False


@pytest.mark.parametrize(
    "environ",
    [
        {**GITHUB, "GITHUB_EVENT_NAME": ""},
        {**GITHUB, "GITHUB_EVENT_NAME": "pull_request", "GITHUB_REF": " "},
        {**GITLAB, "CI_PIPELINE_SOURCE": ""},
        {**GITLAB, "CI_PIPELINE_SOURCE": "", "CI_MERGE_REQUEST_IID": "3"},
        {**GITLAB, "CI_PIPELINE_SOURCE": "merge_request_event", "CI_COMMIT_BRANCH": ""},
        {**GITLAB, "CI_PIPELINE_SOURCE": "merge_request_event", "CI_COMMIT_TAG": ""},
        {**GITLAB, "CI_PIPELINE_SOURCE": "external_pull_request_event", "CI_DEFAULT_BRANCH": ""},
        {**AZURE, "BUILD_REASON": ""},
        {**AZURE, "BUILD_REASON": "PullRequest", "BUILD_SOURCEBRANCH": ""},
        {**JENKINS, "BRANCH_NAME": ""},
        {**JENKINS, "CHANGE_ID": "12", "BRANCH_NAME": "main", "BRANCH_IS_PRIMARY": ""},
        {**JENKINS, "CHANGE_ID": "12", "BRANCH_NAME": "v1", "TAG_NAME": ""},
        {**BUILDKITE, "BUILDKITE_PULL_REQUEST": ""},
        {**BUILDKITE, "BUILDKITE_PULL_REQUEST": "12", "BUILDKITE_BRANCH": ""},
        {**BUILDKITE, **BUILDKITE_FORK, "BUILDKITE_BRANCH": "main", "BUILDKITE_REPO": ""},
    ],
)
def test_a_blank_variable_that_the_system_never_makes_blank_is_of_no_pull_request(environ: dict[str, str]) -> None:
    assert facts(environ).is_pull_request is False


# The variables of several systems


PULL_REQUESTS = [
    {**GITHUB, "GITHUB_EVENT_NAME": "pull_request"},
    {**GITLAB, "CI_PIPELINE_SOURCE": "merge_request_event"},
    {**AZURE, "BUILD_REASON": "PullRequest"},
    {**CIRCLECI, "CIRCLE_PULL_REQUEST": "https://github.com/owner/bot/pull/12"},
    {**BUILDKITE, "BUILDKITE_PULL_REQUEST": "12"},
    {**BITBUCKET, "BITBUCKET_PR_ID": "12"},
    {**JENKINS, "CHANGE_ID": "12"},
]
PUSHES = [
    {**GITHUB, "GITHUB_EVENT_NAME": "push"},
    {**GITLAB, "CI_PIPELINE_SOURCE": "push"},
    {**AZURE, "BUILD_REASON": "IndividualCI"},
    {**BUILDKITE, "BUILDKITE_PULL_REQUEST": "false"},
    BITBUCKET,
    {**JENKINS, "BRANCH_NAME": "main"},
]


@pytest.mark.parametrize("other", PULL_REQUESTS, ids=lambda environ: next(iter(environ)))
@pytest.mark.parametrize("push", [*PUSHES, CIRCLECI], ids=lambda environ: next(iter(environ)))
def test_another_systems_variables_make_no_push_a_pull_request(push: dict[str, str], other: dict[str, str]) -> None:
    if next(iter(push)) != next(iter(other)):
        assert facts(push, other).is_pull_request is False


@pytest.mark.parametrize("one", PULL_REQUESTS, ids=lambda environ: next(iter(environ)))
@pytest.mark.parametrize("other", PULL_REQUESTS, ids=lambda environ: next(iter(environ)))
def test_a_job_belongs_to_a_pull_request_if_every_system_says_so(one: dict[str, str], other: dict[str, str]) -> None:
    assert facts(one, other).is_pull_request is True


@pytest.mark.parametrize("value", ["", " ", "false"])
@pytest.mark.parametrize("variable", ["GITHUB_ACTIONS", "GITLAB_CI", "TF_BUILD", "CIRCLECI", "BUILDKITE"])
def test_a_system_whose_own_variable_was_changed_says_that_there_is_no_pull_request(variable: str, value: str) -> None:
    pull_request = next(environ for environ in PULL_REQUESTS if variable not in environ)

    assert facts({variable: value}).is_pull_request is False
    assert facts(pull_request, {variable: value}).is_pull_request is False


def test_the_address_of_jenkins_alone_is_also_set_on_machines_that_talk_to_it() -> None:
    github = {**GITHUB, "GITHUB_EVENT_NAME": "pull_request"}

    assert facts(github, {"JENKINS_URL": "https://ci/"}).is_pull_request is True
    # A secret that a fork's job does not get.
    assert facts(github, {"JENKINS_URL": ""}).is_pull_request is True
    assert facts(github, {"JENKINS_URL": "https://ci/", "BUILD_TAG": "jenkins-bot-9"}).is_pull_request is False
    assert facts({"JENKINS_URL": "", "BUILD_TAG": "jenkins-bot-9"}).is_pull_request is False


# Branches


@pytest.mark.parametrize(
    ("environ", "branch"),
    [
        ({**GITHUB, "GITHUB_REF_NAME": "main", "GITHUB_REF_TYPE": "branch", "GITHUB_EVENT_NAME": "push"}, "main"),
        ({**GITHUB, "GITHUB_REF_NAME": "v1", "GITHUB_REF_TYPE": "tag", "GITHUB_EVENT_NAME": "push"}, ""),
        ({**GITLAB, "CI_COMMIT_BRANCH": "main"}, "main"),
        ({**AZURE, "BUILD_SOURCEBRANCH": "refs/heads/release/1"}, "release/1"),
        ({**AZURE, "BUILD_SOURCEBRANCH": "refs/tags/v1"}, ""),
        ({**JENKINS, "BRANCH_NAME": "main"}, "main"),
        ({**JENKINS, "GIT_LOCAL_BRANCH": "main"}, "main"),
    ],
)
def test_the_branch_of_a_push_is_none_for_a_tag(environ: dict[str, str], branch: str) -> None:
    assert branch == facts(environ).branch


def test_jenkins_tells_the_default_branch_where_it_builds_it() -> None:
    assert "main" == facts(JENKINS, {"BRANCH_NAME": "main", "BRANCH_IS_PRIMARY": "true"}).default_branch
    assert "" == facts(JENKINS, {"BRANCH_NAME": "feature/x"}).default_branch


@pytest.mark.parametrize("event", ["", "[]", "{", '{"repository": []}', '{"repository": null}'])
def test_an_event_without_a_repository_leaves_the_default_branch_unknown(tmp_path: Path, event: str) -> None:
    assert "" == of_event(tmp_path, event).default_branch


# What is missing, forged or secret


@pytest.mark.parametrize("missing", ["GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID"])
def test_an_address_with_a_part_missing_is_none(missing: str) -> None:
    assert "" == facts(GITHUB, {missing: ""}).url


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)//",
        "data:text/html,x",
        "file:///etc/passwd",
        "//evil.example/",
        "https://user:password@ci.example/1",
        "https://ci.example/a b",
        'https://ci.example/"onclick="x',
        "https://ci.example/<script>",
        "https://ci.example/\nfake",
        "https://ci.example/\u202e",
        f"https://ci.example/{'x' * 500}",
        "HTTPS",
        "",
    ],
)
def test_an_address_that_is_not_http_is_left_out(url: str) -> None:
    assert "" == facts(JENKINS, {"BUILD_URL": url}).url


@pytest.mark.parametrize("server", ["javascript:alert(1)", "https://user:password@github.com", "", "https://a\nb"])
def test_an_address_made_of_forged_parts_is_left_out(server: str) -> None:
    told = facts(GITHUB, {"GITHUB_SERVER_URL": server})

    assert ("", "") == (told.url, told.commit_url)


def test_what_a_part_of_an_address_may_not_hold_is_encoded() -> None:
    url = facts(GITHUB, {"GITHUB_REPOSITORY": 'owner/"><b>\n bot'}).url

    assert "https://github.com/owner/%22%3E%3Cb%3E%0A%20bot/actions/runs/17349911234" == url


def test_forged_texts_are_bounded_and_on_one_line() -> None:
    told = facts(JENKINS, {"GIT_COMMIT": "abc\n::error::forged", "BRANCH_NAME": "\x1b[31m" + "x" * 900})

    assert "abc ::error::forged" == told.commit
    assert 250 == len(told.branch)
    assert told.branch.startswith("\\x1b[31mxxx")


def test_a_secret_in_a_variable_is_masked_and_takes_its_address_away() -> None:
    ci = detect({**JENKINS, "BUILD_URL": "https://ci/hunter2", "BRANCH_NAME": "hunter2"}, io.StringIO())
    ci.mask_with(lambda text: text.replace("hunter2", "***"))

    assert ("", "***") == (ci.facts().url, ci.facts().branch)


def test_the_schema_knows_every_system() -> None:
    assert sorted(CI_SYSTEMS) == sorted(system.adapter.name for system in SYSTEMS)
