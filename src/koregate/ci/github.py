"""GitHub Actions: workflow commands and environment files. The only module that writes `::`."""

import re
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path

from pydantic import SecretStr

from koregate.ci.base import CISystem, Publication, neutralized, pull_request
from koregate.ci.comments import CommentThread, Connect, NoComment, Origin
from koregate.ci.github_comments import GitHubComments
from koregate.files import ReportDir
from koregate.inputs import GateInputs
from koregate.judging.facts import CIFacts
from koregate.kore_api.json_values import Json, load_json
from koregate.reports.annotations import Annotation
from koregate.text import one_line, visible

# actions/toolkit, packages/core/src/command.ts: what data and properties escape.
_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = _DATA | str.maketrans({":": "%3A", ",": "%2C"})
# actions/runner, ExecutionContext.cs: the runner cuts a longer message of an annotation. .NET counts UTF-16 code units.
MAX_MESSAGE_UNITS = 4_096
# GitHub docs, "Metadata syntax": 1 MB for all outputs of a job, "approximated based on UTF-16". A larger job fails.
# This limit leaves room for the job's other outputs and for the approximation.
MAX_OUTPUT_BYTES = 1_000_000
_API_VERSION = "2022-11-28"
_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)
_MERGE_REF = re.compile(r"refs/pull/([0-9]{1,18})/merge")
_ADVICE = (
    "Give the job the permission pull-requests: write. In pull requests from forks, GitHub's token is always read-only."
)


def command(name: str, data: str, **properties: str) -> str:
    """A workflow command with its parts escaped, so that none of them can end it."""
    given = ",".join(f"{key}={value.translate(_PROPERTY)}" for key, value in properties.items())
    return f"::{name}{' ' if given else ''}{given}::{data.translate(_DATA)}"


# Events of a pull request or of the merge queue (GitHub docs, "Events that trigger workflows").
_PULL_REQUEST_EVENTS = frozenset(
    {
        "pull_request",
        "pull_request_target",
        "pull_request_review",
        "pull_request_review_comment",
        "merge_group",
    }
)


_BRANCH_OR_TAG = ("refs/heads/", "refs/tags/")


def heredoc(name: str, value: str) -> str:
    """An entry of an environment file (actions/toolkit, packages/core/src/file-command.ts)."""
    delimiter = f"koregate_{secrets.token_hex(16)}"
    while delimiter in value or delimiter in name:
        delimiter = f"koregate_{secrets.token_hex(16)}"
    return f"{name}<<{delimiter}\n{value}\n{delimiter}\n"


def fitted_message(text: str) -> str:
    """The text, or its beginning and a mark, within the number of code units that the runner keeps of a message."""
    data = text.encode("utf-16-le", "surrogatepass")
    if len(data) <= 2 * MAX_MESSAGE_UNITS:
        return text
    # The cut may split a surrogate pair. The remaining half is dropped.
    return data[: 2 * (MAX_MESSAGE_UNITS - 1)].decode("utf-16-le", "ignore") + "…"


def fitted_outputs(outputs: Mapping[str, str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """The outputs within the runner's limit, and the names of those that became empty, the largest first.

    A list becomes empty instead of shorter, so that a later step does not mistake a part for the complete list.
    """
    sizes = {name: _utf_16_bytes(name) + _utf_16_bytes(value) for name, value in outputs.items()}
    emptied: list[str] = []
    while sum(sizes.values()) > MAX_OUTPUT_BYTES:
        name = max(sizes, key=sizes.__getitem__)
        sizes[name] = 0
        emptied.append(name)
    return {name: "" if name in emptied else value for name, value in outputs.items()}, tuple(emptied)


def _utf_16_bytes(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass"))


class GitHub(CISystem):
    """A step of a GitHub workflow."""

    name = "github"
    title = "GitHub Actions"
    gives = "job outputs, annotations, the job summary, and masked secrets in the log"
    commit_variable = "GITHUB_SHA"
    # GitHub docs, "Variables reference": GITHUB_RUN_ID "does not change if you re-run the workflow run".
    job_variables = ("GITHUB_RUN_ID", "GITHUB_REPOSITORY", "GITHUB_JOB")
    renders_colors = True

    def mask(self, secrets: Iterable[str]) -> None:
        """Register each line of each secret with the runner, which masks it in the log."""
        for secret in secrets:
            for line in secret.splitlines():
                if line.strip():
                    self._print(command("add-mask", line))

    def _facts(self) -> CIFacts:
        """The address, commit and branch of the workflow's run.

        Sources: GitHub docs, "Default environment variables" (address, GITHUB_HEAD_REF, GITHUB_REF_TYPE, and
        GITHUB_REF, which is refs/pull/… until a pull request is merged), and "Webhook events and payloads" (the
        repository's default branch).
        """
        event = self._variable("GITHUB_EVENT_NAME")
        is_branch = self._variable("GITHUB_REF_TYPE") == "branch" and event not in _PULL_REQUEST_EVENTS
        try:
            default_branch = str(self._event()["repository"]["default_branch"])
        except (OSError, ValueError, KeyError, TypeError):
            default_branch = ""
        return CIFacts(
            system=self.name,
            url=self._address("{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}/actions/runs/{GITHUB_RUN_ID}"),
            build=self._variable("GITHUB_RUN_NUMBER"),
            commit=self.commit,
            commit_url=self._address("{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}/commit/{GITHUB_SHA}"),
            branch=self._variable("GITHUB_HEAD_REF") or (self._variable("GITHUB_REF_NAME") if is_branch else ""),
            default_branch=default_branch,
            is_pull_request=pull_request(
                told=event in _PULL_REQUEST_EVENTS if event else None,
                unless=[
                    event == "pull_request" and self._variable("GITHUB_REF").startswith(_BRANCH_OR_TAG),
                    event == "pull_request" and self._is_blank("GITHUB_REF"),
                    self._is_blank("GITHUB_EVENT_NAME"),
                ],
            ),
        )

    def _event(self) -> Json:
        """The event that triggered the workflow. Raises OSError or ValueError if its file is unreadable."""
        return load_json(Path(self._variable("GITHUB_EVENT_PATH")).read_bytes())

    def _is_of_fork(self) -> bool:
        """Whether the event is a pull request from another repository, or was triggered from Dependabot.

        Source: GitHub docs, "Events that trigger workflows" (forks) and "Dependabot on GitHub Actions".
        """
        if self.environ.get("GITHUB_ACTOR") == "dependabot[bot]":
            return True
        try:
            source = self._event()["pull_request"]["head"]["repo"]
            # The fork's repository may have been deleted.
            is_fork = source is None or source["full_name"] != self.environ["GITHUB_REPOSITORY"]
        except (OSError, ValueError, KeyError, TypeError):
            return False
        # An earlier step can change the event's file, but not the runner's own variable.
        return is_fork and self._facts().is_pull_request is not False

    def comment_thread(self, inputs: GateInputs, connect: Connect) -> CommentThread:
        """The comments of the pull request. Source: GitHub docs, "Variables" (GITHUB_API_URL and the others)."""
        number, commit = self._pull_request()
        if inputs.github_token is None:
            raise NoComment("github-token is not given. Set it to ${{ github.token }}.")
        repository = self._variable("GITHUB_REPOSITORY")
        if not _REPOSITORY.fullmatch(repository):
            raise NoComment("GITHUB_REPOSITORY does not name a repository.")
        headers: dict[str, SecretStr | str] = {
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": _API_VERSION,
            "Authorization": SecretStr(f"Bearer {inputs.github_token.get_secret_value()}"),
        }
        api = connect(self._variable("GITHUB_API_URL"), "GITHUB_API_URL", headers, _ADVICE)
        # On GitHub Enterprise Server the two end in /api/v3 and /api/graphql.
        graphql = f"{api.base.removesuffix('/v3')}/graphql"
        return GitHubComments(api, graphql, repository, number, self._origin(commit))

    def _origin(self, commit: str) -> Origin:
        return Origin(
            (self._number("GITHUB_RUN_ID"), self._number("GITHUB_RUN_ATTEMPT")),
            commit,
            # owner/repo/path@ref: with the workflow's file, since two workflows may have the same name.
            (
                self._variable("GITHUB_WORKFLOW_REF").partition("@")[0],
                self._variable("GITHUB_WORKFLOW"),
                self._variable("GITHUB_JOB"),
            ),
        )

    def _pull_request(self) -> tuple[int, str]:
        """The number of the event's pull request and its newest commit. Raises `NoComment`."""
        try:
            pull_request = self._event()["pull_request"]
            number, commit = pull_request["number"], pull_request["head"]["sha"]
        except (OSError, ValueError, KeyError, TypeError):
            raise NoComment("the event does not belong to a pull request.", is_trouble=False) from None
        if type(number) is not int or not isinstance(commit, str) or number < 1:
            raise NoComment("the event has no usable pull request.")
        # An earlier step can change the event's file, but not the runner's own variable.
        ref = _MERGE_REF.fullmatch(self._variable("GITHUB_REF"))
        if ref and int(ref[1]) != number:
            raise NoComment("the event and GITHUB_REF name different pull requests.")
        return number, commit

    def group(self, title: str) -> None:
        """Begin a group of the log."""
        self._print(command("group", neutralized(one_line(self._redact(title)))))

    def end_group(self) -> None:
        """End the group."""
        self._print("::endgroup::")

    def warn(self, line: str) -> None:
        """Show a warning in the log and as an annotation of the job. The runner begins its line with "Warning:"."""
        message = fitted_message(neutralized(one_line(self._redact(line))))
        self._print(command("warning", message, title="koregate"))

    def _write_outputs(self, outputs: Mapping[str, str], _: ReportDir | None) -> None:
        """Write the job outputs."""
        outputs, emptied = fitted_outputs(outputs)
        if emptied:
            self.warn(
                f"GitHub accepts at most 1 MB of outputs per job, so these are empty: {', '.join(emptied)}. "
                "Read the values from report.json."
            )
        self._append("GITHUB_OUTPUT", "".join(heredoc(name, value) for name, value in outputs.items()))

    def publish(self, publication: Publication) -> None:
        """Write the job outputs, the annotations and the job summary."""
        super().publish(publication)
        self._annotate(publication)
        if publication.summary:
            self._append("GITHUB_STEP_SUMMARY", publication.summary)

    def _annotate(self, publication: Publication) -> None:
        """Write the annotations into a group, because the runner prints their messages without their titles."""
        annotations = list(publication.annotations)
        if not publication.passed:
            # The log ends with a line that begins with "Verdict". This line must not repeat it.
            line = one_line(publication.line).removeprefix("Verdict: ")
            annotations.insert(0, publication.verdict or Annotation("error", "koregate", line[:1].upper() + line[1:]))
        if not annotations:
            return
        self.group("Annotations")
        for annotation in annotations:
            message = fitted_message(neutralized(visible(annotation.message)))
            title = neutralized(one_line(annotation.title))
            # A reviewer sees those of a suite file beside the changed files.
            file = {"file": neutralized(one_line(annotation.file))} if annotation.file else {}
            self._print(command(annotation.level, message, title=title, **file))
        self.end_group()
