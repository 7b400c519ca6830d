"""Bitbucket Pipelines: job outputs as variables of the steps that follow."""

from koregate.ci import dotenv
from koregate.ci.base import Publication
from koregate.ci.shell import Shell


class Bitbucket(Shell):
    """A step of a Bitbucket pipeline."""

    name = "bitbucket"
    title = "Bitbucket Pipelines"
    gives = "outputs.env, and the job outputs as variables of later steps"
    commit_variable = "BITBUCKET_COMMIT"

    def publish(self, publication: Publication) -> None:
        """Share the job outputs; those that the step lists as output-variables reach later steps.

        Source: Bitbucket Cloud docs, "Variable sharing".
        """
        super().publish(publication)
        self._append("BITBUCKET_PIPELINES_VARIABLES_PATH", dotenv.render(publication.outputs))
