"""Bitbucket Pipelines: job outputs as variables of the steps that follow."""

from collections.abc import Mapping

from koregate.ci import dotenv
from koregate.ci.base import pull_request
from koregate.ci.shell import Shell
from koregate.files import ReportDir
from koregate.judging.facts import CIFacts


class Bitbucket(Shell):
    """A step of a Bitbucket pipeline."""

    name = "bitbucket"
    title = "Bitbucket Pipelines"
    gives = "outputs.env, and the job outputs as variables of later steps"
    commit_variable = "BITBUCKET_COMMIT"
    # A step that is rerun stays in its pipeline: only BITBUCKET_STEP_RUN_NUMBER grows.
    job_variables = ("BITBUCKET_BUILD_NUMBER", "BITBUCKET_REPO_FULL_NAME")

    def _facts(self) -> CIFacts:
        """The address, commit and branch of the pipeline (Bitbucket Cloud docs, "Variables and secrets").

        Only a pipeline that a pull request triggered has BITBUCKET_PR_ID.
        """
        return CIFacts(
            system=self.name,
            url=self._address(
                "https://bitbucket.org/{BITBUCKET_REPO_FULL_NAME}/pipelines/results/{BITBUCKET_BUILD_NUMBER}"
            ),
            build=self._variable("BITBUCKET_BUILD_NUMBER"),
            commit=self.commit,
            commit_url=self._address("https://bitbucket.org/{BITBUCKET_REPO_FULL_NAME}/commits/{BITBUCKET_COMMIT}"),
            branch=self._variable("BITBUCKET_BRANCH"),
            is_pull_request=pull_request(
                told=bool(self._variable("BITBUCKET_PR_ID")), unless=[self._variable("BITBUCKET_TAG")]
            ),
        )

    def _write_outputs(self, outputs: Mapping[str, str], report_dir: ReportDir | None) -> None:
        """Share the job outputs. Later steps get those that the step lists as output-variables.

        Source: Bitbucket Cloud docs, "Variable sharing".
        """
        super()._write_outputs(outputs, report_dir)
        self._append("BITBUCKET_PIPELINES_VARIABLES_PATH", dotenv.lines(dotenv.variables(outputs)))
