"""GitLab CI/CD: collapsible sections. outputs.env is made for `artifacts:reports:dotenv`."""

import time
from collections.abc import Mapping
from typing import TextIO

from koregate.ci.base import neutralized, pull_request
from koregate.ci.comments import CommentThread, Connect, NoComment, Origin
from koregate.ci.gitlab_comments import GitLabComments
from koregate.ci.shell import Shell
from koregate.inputs import GateInputs
from koregate.judging.facts import CIFacts
from koregate.text import one_line

# GitLab docs, "CI/CD job logs": \e[0Ksection_start:UNIX_TIMESTAMP:SECTION_NAME\r\e[0K, then the header. Printed
# untrusted text contains neither ESC nor CR, so it cannot begin or end a section.
_MARKER = "\x1b[0Ksection_{}:{}:{}\r\x1b[0K"

_MERGE_REQUEST_EVENT = "merge_request_event"
_EXTERNAL_EVENT = "external_pull_request_event"
# No source, and sources that say nothing about the pipeline that triggered this one.
_INHERITED_SOURCES = frozenset({"", "parent_pipeline", "pipeline"})
_NEVER_BLANK = ("CI_PIPELINE_SOURCE", "CI_COMMIT_BRANCH", "CI_COMMIT_TAG", "CI_DEFAULT_BRANCH")
_ADVICE = "Give gitlab-token the scope api and at least the role Reporter."


class GitLab(Shell):
    """A job of a GitLab pipeline."""

    name = "gitlab"
    title = "GitLab CI/CD"
    gives = "outputs.env for artifacts:reports:dotenv, and a log in sections"
    commit_variable = "CI_COMMIT_SHA"
    # A job that is retried has another CI_JOB_ID.
    job_variables = ("CI_PIPELINE_ID", "CI_JOB_NAME")
    renders_colors = True

    def __init__(self, environ: Mapping[str, str], stream: TextIO) -> None:
        super().__init__(environ, stream)
        self._begun = 0
        self._open: list[str] = []

    def _facts(self) -> CIFacts:
        """The address, commit and branch of the job (GitLab docs, "Predefined CI/CD variables reference")."""
        return CIFacts(
            system=self.name,
            url=self._variable("CI_JOB_URL"),
            build=self._variable("CI_JOB_ID"),
            commit=self.commit,
            commit_url=self._address("{CI_PROJECT_URL}/-/commit/{CI_COMMIT_SHA}"),
            branch=self._variable("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME") or self._variable("CI_COMMIT_BRANCH"),
            default_branch=self._variable("CI_DEFAULT_BRANCH"),
            is_pull_request=self._is_merge_request(),
        )

    def _is_merge_request(self) -> bool | None:
        """CI_PIPELINE_SOURCE says whether the pipeline is for a merge request. A child pipeline has its id instead.

        A pipeline of a merge request has no CI_COMMIT_BRANCH and no CI_COMMIT_TAG (same page), not even a blank one.
        The id in a pipeline with another source is from an earlier job's dotenv report, which wins over GitLab's own
        variables. Whatever the source, a pipeline of the default branch is not for a merge request.
        """
        source = self._variable("CI_PIPELINE_SOURCE")
        has_id = bool(self._variable("CI_MERGE_REQUEST_IID"))
        is_inherited = source in _INHERITED_SOURCES
        is_merge_request = source == _MERGE_REQUEST_EVENT or (has_id and is_inherited)
        branch = self._variable("CI_COMMIT_BRANCH")
        is_told = has_id or not is_inherited
        return pull_request(
            told=is_merge_request or source == _EXTERNAL_EVENT if is_told else None,
            unless=[
                self._variable("CI_COMMIT_TAG"),
                is_merge_request and branch,
                branch and branch == self._variable("CI_DEFAULT_BRANCH"),
                *map(self._is_blank, _NEVER_BLANK),
            ],
        )

    def _is_of_fork(self) -> bool:
        """Whether this is the pipeline of a fork for its merge request in another project.

        Such a pipeline runs in the fork, so CI_PROJECT_PATH is the fork's. A pipeline that a member starts in the
        parent project has that project's variables (GitLab docs, "Predefined CI/CD variables", "Use with forked
        projects").
        """
        fork, target = (self._variable(f"CI_MERGE_REQUEST_{name}") for name in ("SOURCE_PROJECT_PATH", "PROJECT_PATH"))
        is_fork = "" not in (fork, target) and fork != target and fork == self._variable("CI_PROJECT_PATH")
        return is_fork and self._is_merge_request() is not False

    def comment_thread(self, inputs: GateInputs, connect: Connect) -> CommentThread:
        """The comments of the merge request. Source: GitLab docs, "Predefined CI/CD variables reference"."""
        number = self._number("CI_MERGE_REQUEST_IID")
        # In a pipeline of a fork, CI_PROJECT_ID is the fork. It may have a merge request of the same number.
        named = "CI_MERGE_REQUEST_PROJECT_ID"
        project = self._number(named if self._variable(named) else "CI_PROJECT_ID")
        if not number:
            raise NoComment("the pipeline does not belong to a merge request.", is_trouble=False)
        if not project:
            raise NoComment("CI_MERGE_REQUEST_PROJECT_ID or CI_PROJECT_ID is not the number of a project.")
        if inputs.gitlab_token is None:
            raise NoComment("gitlab-token is not given. Set it to an access token of the project with the scope api.")
        api = connect(
            self._variable("CI_API_V4_URL"),
            "CI_API_V4_URL",
            {"PRIVATE-TOKEN": inputs.gitlab_token},
            _ADVICE,
        )
        origin = Origin(
            (self._number("CI_PIPELINE_ID"), self._number("CI_JOB_ID")),
            self.environ.get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA") or self.commit,
            (self._variable("CI_JOB_NAME"),),
        )
        return GitLabComments(api, project, number, origin)

    def group(self, title: str) -> None:
        """Begin a section of the log."""
        self._begun += 1
        self._open.append(f"koregate_{self._begun}")
        self._print(_marker("start", self._open[-1]) + neutralized(one_line(self._redact(title))))

    def end_group(self) -> None:
        """End the latest section."""
        if self._open:
            self._print(_marker("end", self._open.pop()))


def _marker(kind: str, name: str) -> str:
    return _MARKER.format(kind, int(time.time()), name)
