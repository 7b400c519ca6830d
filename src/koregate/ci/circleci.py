"""CircleCI: job outputs as environment variables of the steps that follow."""

import shlex

from koregate.ci import dotenv
from koregate.ci.base import Publication
from koregate.ci.shell import Shell


class CircleCI(Shell):
    """A step of a CircleCI job."""

    name = "circleci"

    def publish(self, publication: Publication) -> None:
        """Export the job outputs in the file that every later step sources (CircleCI docs, "Using BASH_ENV")."""
        super().publish(publication)
        found = dotenv.variables(publication.outputs)
        self._append("BASH_ENV", "".join(f"export {name}={shlex.quote(value)}\n" for name, value in found.items()))
