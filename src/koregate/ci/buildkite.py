"""Buildkite: log groups, and the summary as an annotation of the build."""

import re
import shutil
import subprocess

from koregate.ci.base import Publication, neutralized, pull_request
from koregate.ci.shell import Shell
from koregate.judging.facts import CIFacts
from koregate.reports.markdown import markdown
from koregate.text import one_line, visible

# buildkite/agent, process/: a line that begins like this is a heading of the log. A space before it makes it text.
_HEADING = re.compile(r"^(?=(?:---|\+\+\+|~~~|\^\^\^)(?:\s|$))")
_AGENT = "buildkite-agent"
_SECONDS = 10


class Buildkite(Shell):
    """A step of a Buildkite build."""

    name = "buildkite"
    title = "Buildkite"
    gives = "outputs.env, an annotation of the build, and a log in groups"
    commit_variable = "BUILDKITE_COMMIT"
    # A job that is retried has another BUILDKITE_JOB_ID.
    job_variables = ("BUILDKITE_BUILD_ID", "BUILDKITE_LABEL")
    renders_colors = True

    def _facts(self) -> CIFacts:
        """The address, commit and branch of the build (Buildkite docs, "Environment variables").

        BUILDKITE_PULL_REQUEST is the number of the pull request, or false. Only a fork's pull request may come from a
        branch with the name of the default branch.
        """
        number = self._variable("BUILDKITE_PULL_REQUEST")
        branch = self._variable("BUILDKITE_BRANCH")
        default_branch = self._variable("BUILDKITE_PIPELINE_DEFAULT_BRANCH")
        return CIFacts(
            system=self.name,
            url=self._variable("BUILDKITE_BUILD_URL"),
            build=self._variable("BUILDKITE_BUILD_NUMBER"),
            commit=self.commit,
            branch=branch,
            default_branch=default_branch,
            is_pull_request=pull_request(
                told=number != "false" if number else None,
                unless=[
                    branch and branch == default_branch and not self._names_fork(),
                    self._variable("BUILDKITE_TAG"),
                    *map(self._is_blank, ("BUILDKITE_PULL_REQUEST", "BUILDKITE_BRANCH", "BUILDKITE_REPO")),
                ],
            ),
        )

    def _is_of_fork(self) -> bool:
        """Whether this is a pull request from a fork (Buildkite docs, "Environment variables")."""
        return self._names_fork() and self._facts().is_pull_request is not False

    def _names_fork(self) -> bool:
        return self.environ.get("BUILDKITE_PULL_REQUEST_REPO", "") not in ("", self.environ.get("BUILDKITE_REPO"))

    def _harmless(self, text: str) -> str:
        """The text on one line, without anything that acts as a command or a heading."""
        return _HEADING.sub(" ", super()._harmless(text))

    def group(self, title: str) -> None:
        """Begin a group of the log, folded."""
        self._print(f"--- {neutralized(one_line(self._redact(title)))}")

    def end_group(self) -> None:
        """Begin an open group for the next lines: a group ends only where the next one begins."""
        self._print("+++ koregate")

    def publish(self, publication: Publication) -> None:
        """Write outputs.env, and annotate the build with the summary, or with the failures if there is no summary."""
        super().publish(publication)
        failures = "\n\n".join(
            f"{markdown(one_line(annotation.title))}\n\n{_quoted(annotation.message)}"
            for annotation in publication.annotations
        )
        if body := publication.summary or failures:
            self._annotate(body, "success" if publication.passed else "error")

    def _annotate(self, body: str, style: str) -> None:
        """Pass the Markdown to the agent, if there is one. The job continues without it."""
        agent = shutil.which(_AGENT, path=self.environ.get("PATH", ""))
        if agent is None:
            return
        # An annotation replaces one with the same context, so each step of the build has its own context.
        context = "-".join(filter(None, ["koregate", self.environ.get("BUILDKITE_STEP_KEY")]))
        environ = {name: value for name, value in self.environ.items() if not name.startswith(("KOREGATE_", "INPUT_"))}
        try:
            subprocess.run(  # noqa: S603 -- no shell, and no argument from outside but the step's key
                [agent, "annotate", "--style", style, "--context", context],
                input=body.encode("utf-8", "backslashreplace"),
                env=environ,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=_SECONDS,
                check=True,
            )
        except (OSError, subprocess.SubprocessError) as problem:
            self.say(f"The Buildkite agent did not accept the annotation: {problem}.")


def _quoted(text: str) -> str:
    """The text as an indented block, in which Markdown has no effect."""
    return "\n".join(f"    {line}" for line in visible(text).split("\n"))
