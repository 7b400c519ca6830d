"""CircleCI: job outputs as environment variables of the steps that follow."""

import shlex
from collections.abc import Mapping

from koregate.ci import dotenv
from koregate.ci.base import pull_request
from koregate.ci.shell import Shell
from koregate.files import ReportDir
from koregate.judging.facts import CIFacts


class CircleCI(Shell):
    """A step of a CircleCI job."""

    name = "circleci"
    title = "CircleCI"
    gives = "outputs.env, and the job outputs as variables of later steps"
    commit_variable = "CIRCLE_SHA1"
    # A workflow that is rerun has another CIRCLE_WORKFLOW_ID.
    job_variables = ("CIRCLE_PIPELINE_ID", "CIRCLE_JOB")
    renders_colors = True

    def _facts(self) -> CIFacts:
        """The address, commit and branch of the job (CircleCI docs, "Project values and variables").

        A push triggers a build. Without CIRCLE_PULL_REQUEST, the pull request may be opened later.
        """
        return CIFacts(
            system=self.name,
            url=self._variable("CIRCLE_BUILD_URL"),
            build=self._variable("CIRCLE_BUILD_NUM"),
            commit=self.commit,
            branch=self._variable("CIRCLE_BRANCH"),
            is_pull_request=pull_request(
                told=True if self._variable("CIRCLE_PULL_REQUEST") else None, unless=[self._variable("CIRCLE_TAG")]
            ),
        )

    def _is_of_fork(self) -> bool:
        """Whether this is a pull request from a fork (CircleCI docs, "Project values and variables")."""
        return bool(self._variable("CIRCLE_PR_REPONAME")) and self._facts().is_pull_request is not False

    def _write_outputs(self, outputs: Mapping[str, str], report_dir: ReportDir | None) -> None:
        """Export the job outputs to the file that every later step sources (CircleCI docs, "Using BASH_ENV")."""
        super()._write_outputs(outputs, report_dir)
        variables = dotenv.variables(outputs)
        self._append("BASH_ENV", "".join(f"export {name}={shlex.quote(value)}\n" for name, value in variables.items()))
