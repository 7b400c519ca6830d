"""Azure Pipelines: logging commands. The only module that writes `##vso[`."""

from collections.abc import Iterable, Mapping

from koregate.ci import dotenv
from koregate.ci.base import Publication, neutralized, pull_request
from koregate.ci.shell import Shell
from koregate.files import ReportDir
from koregate.judging.facts import CIFacts
from koregate.text import one_line, visible

# microsoft/azure-pipelines-agent, CommandStringConvertor.cs: what properties and data escape.
_ESCAPED = str.maketrans({"%": "%AZP25", "\r": "%0D", "\n": "%0A", ";": "%3B", "]": "%5D"})
# The agent names the section of the build's summary after the file.
_SUMMARY = "koregate-summary.md"
_BRANCH = "refs/heads/"
# The next job recognizes koregate's file by this.
_MARKER = "<!-- koregate -->\n"


def command(name: str, data: str, **properties: str) -> str:
    """A logging command with its parts escaped, so that none of them can end it."""
    given = "".join(f"{key}={value.translate(_ESCAPED)};" for key, value in properties.items())
    return f"##vso[{name}{' ' if given else ''}{given}]{data.translate(_ESCAPED)}"


class Azure(Shell):
    """A step of an Azure pipeline."""

    name = "azure"
    title = "Azure Pipelines"
    gives = "output variables, issues, the summary, and masked secrets in the log"
    commit_variable = "BUILD_SOURCEVERSION"
    # Jobs that are run again stay in their build: only System.JobAttempt grows.
    job_variables = ("BUILD_BUILDID", "SYSTEM_STAGENAME", "SYSTEM_JOBNAME")

    def mask(self, secrets: Iterable[str]) -> None:
        """Register each line of each secret with the agent, which masks it in the log."""
        for secret in secrets:
            # One command per line: the agent rejects a secret with several lines (TaskCommandExtension.cs).
            for line in secret.splitlines():
                if line.strip():
                    self._print(command("task.setsecret", line))

    def _facts(self) -> CIFacts:
        """The address, commit and branch of the pipeline's run (Azure Pipelines docs, "Use predefined variables").

        The page of a run is at _build/results below its project. A pull request's run has the source branch
        refs/pull/….
        """
        reason = self._variable("BUILD_REASON")
        ref = self._variable("SYSTEM_PULLREQUEST_SOURCEBRANCH") or self._variable("BUILD_SOURCEBRANCH")
        collection = self._variable("SYSTEM_COLLECTIONURI").rstrip("/")
        page = self._address("/{SYSTEM_TEAMPROJECT}/_build/results?buildId={BUILD_BUILDID}")
        return CIFacts(
            system=self.name,
            url=f"{collection}{page}" if page else "",
            build=self._variable("BUILD_BUILDNUMBER"),
            commit=self.commit,
            branch=ref.removeprefix(_BRANCH) if ref.startswith(_BRANCH) else "",
            is_pull_request=pull_request(
                told=reason == "PullRequest" if reason else None,
                unless=[
                    self._variable("BUILD_SOURCEBRANCH").startswith((_BRANCH, "refs/tags/")),
                    *map(self._is_blank, ("BUILD_REASON", "BUILD_SOURCEBRANCH")),
                ],
            ),
        )

    def _is_of_fork(self) -> bool:
        """Whether this is a pull request from a fork (Azure Pipelines docs, "Predefined variables")."""
        is_fork = self._variable("SYSTEM_PULLREQUEST_ISFORK").lower() == "true"
        return is_fork and self._facts().is_pull_request is not False

    def group(self, title: str) -> None:
        """Begin a group of the log."""
        self._print(f"##[group]{neutralized(one_line(self._redact(title)))}")

    def end_group(self) -> None:
        """End the group."""
        self._print("##[endgroup]")

    def _write_outputs(self, outputs: Mapping[str, str], report_dir: ReportDir | None) -> None:
        """Set the output variables."""
        super()._write_outputs(outputs, report_dir)
        for name, value in dotenv.plain_values(outputs).items():
            self._print(command("task.setvariable", value, variable=name, isOutput="true"))

    def publish(self, publication: Publication) -> None:
        """Hand over the outputs, log the issues and upload the summary."""
        super().publish(publication)
        if not publication.passed:
            self._issue("error", one_line(publication.line))
        for annotation in publication.annotations:
            self._issue(annotation.level, f"{one_line(annotation.title)}: {visible(annotation.message)}")
        if publication.summary and (
            path := self._save(publication.report_dir, _SUMMARY, f"{_MARKER}{publication.summary}")
        ):
            self._print(command("task.uploadsummary", str(path.absolute())))

    def warn(self, line: str) -> None:
        """Show a warning in the log and as an issue of the job."""
        self._issue("warning", one_line(self._redact(line)))

    def _issue(self, level: str, text: str) -> None:
        # The agent knows two types and fails the step for any other.
        self._print(command("task.logissue", neutralized(text), type="error" if level == "error" else "warning"))
