"""Which pull requests get no secrets, as each CI system says it."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from koregate.ci.detect import detect


def fork(name: str | None) -> dict[str, Any]:
    repository = None if name is None else {"full_name": name}
    return {"pull_request": {"head": {"repo": repository}}}


@pytest.mark.parametrize(
    ("event", "environ", "expected"),
    [
        (fork("someone/bot"), {}, True),
        (fork(None), {}, True),
        (fork("owner/bot"), {}, False),
        ({"ref": "refs/heads/main"}, {}, False),
        (fork("owner/bot"), {"GITHUB_ACTOR": "dependabot[bot]"}, True),
        ([], {}, False),
        ({"pull_request": {"head": "x"}}, {}, False),
    ],
)
def test_github_tells_forks_and_dependabot_by_the_event(
    tmp_path: Path, event: Any, environ: dict[str, str], expected: bool
) -> None:
    (tmp_path / "event.json").write_text(json.dumps(event))
    given = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_REPOSITORY": "owner/bot",
        "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
        **environ,
    }

    assert expected is detect(given, io.StringIO()).gets_no_secrets()


@pytest.mark.parametrize(
    ("event", "expected"), [("pull_request", True), ("pull_request_target", True), ("push", False)]
)
def test_the_file_of_the_event_makes_no_push_a_pull_request(tmp_path: Path, event: str, expected: bool) -> None:
    (tmp_path / "event.json").write_text(json.dumps(fork("someone/bot")))
    given = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_REPOSITORY": "owner/bot",
        "GITHUB_EVENT_NAME": event,
        "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
    }

    assert expected is detect(given, io.StringIO()).gets_no_secrets()


def test_without_an_event_github_has_no_fork(tmp_path: Path) -> None:
    given = {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_PATH": str(tmp_path / "gone.json")}

    assert not detect(given, io.StringIO()).gets_no_secrets()


def gitlab(source: str, target: str, own: str) -> dict[str, str]:
    """The pipeline of a merge request: of a fork runs in the fork, unless a member starts it in the parent project."""
    return {
        "GITLAB_CI": "true",
        "CI_PIPELINE_SOURCE": "merge_request_event",
        "CI_MERGE_REQUEST_SOURCE_PROJECT_PATH": source,
        "CI_MERGE_REQUEST_PROJECT_PATH": target,
        "CI_PROJECT_PATH": own,
    }


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        (gitlab(source="a/b", target="c/b", own="a/b"), True),
        (gitlab(source="a/b", target="c/b", own="c/b"), False),
        (gitlab(source="c/b", target="c/b", own="c/b"), False),
        (gitlab(source="a/b", target="", own="a/b"), False),
        ({"GITLAB_CI": "true", "CI_PROJECT_PATH": "c/b"}, False),
        # Of a push, whatever an earlier job set.
        (
            {
                **gitlab(source="a/b", target="c/b", own="a/b"),
                "CI_PIPELINE_SOURCE": "push",
                "CI_MERGE_REQUEST_IID": "3",
            },
            False,
        ),
        ({"TF_BUILD": "True", "SYSTEM_PULLREQUEST_ISFORK": "True", "BUILD_REASON": "IndividualCI"}, False),
        ({"JENKINS_URL": "https://ci", "CHANGE_FORK": "ann", "CHANGE_ID": "3", "BRANCH_NAME": "PR-3"}, True),
        ({"JENKINS_URL": "https://ci", "CHANGE_FORK": "ann", "BRANCH_NAME": "main"}, False),
        ({"TF_BUILD": "True", "SYSTEM_PULLREQUEST_ISFORK": "True"}, True),
        ({"TF_BUILD": "True", "SYSTEM_PULLREQUEST_ISFORK": "False"}, False),
        ({"CIRCLECI": "true", "CIRCLE_PR_REPONAME": "bot"}, True),
        ({"CIRCLECI": "true", "CIRCLE_PR_REPONAME": "bot", "CIRCLE_TAG": "v1"}, False),
        ({"CIRCLECI": "true"}, False),
        ({"BUILDKITE": "true", "BUILDKITE_PULL_REQUEST_REPO": "git://x/a", "BUILDKITE_REPO": "git://x/b"}, True),
        (
            {
                "BUILDKITE": "true",
                "BUILDKITE_PULL_REQUEST": "false",
                "BUILDKITE_PULL_REQUEST_REPO": "git://x/a",
                "BUILDKITE_REPO": "git://x/b",
            },
            False,
        ),
        ({"BUILDKITE": "true", "BUILDKITE_PULL_REQUEST_REPO": "", "BUILDKITE_REPO": "git://x/b"}, False),
        ({"JENKINS_URL": "https://ci", "CHANGE_FORK": "someone"}, True),
        ({"JENKINS_URL": "https://ci"}, False),
        ({"BITBUCKET_BUILD_NUMBER": "1"}, False),
        ({}, False),
    ],
)
def test_other_systems_tell_forks_by_their_variables(environ: dict[str, str], expected: bool) -> None:
    assert expected is detect(environ, io.StringIO()).gets_no_secrets()


def test_a_fork_gets_no_secrets_only_if_every_system_says_so() -> None:
    dependabot = {"GITHUB_ACTIONS": "true", "GITHUB_ACTOR": "dependabot[bot]"}
    circleci = {"CIRCLECI": "true", "CIRCLE_PR_REPONAME": "bot"}

    assert detect({**dependabot, **circleci}, io.StringIO()).gets_no_secrets()
    for other in ({"GITLAB_CI": "true"}, {"TF_BUILD": "True"}, {"CIRCLECI": "true"}, {"GITLAB_CI": ""}):
        assert not detect({**dependabot, **other}, io.StringIO()).gets_no_secrets()
    assert detect({**dependabot, "JENKINS_URL": "https://ci/"}, io.StringIO()).gets_no_secrets()
