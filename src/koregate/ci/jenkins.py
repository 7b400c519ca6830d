"""Jenkins: its log has no commands, and outputs.env is for `readProperties`."""

from koregate.ci.base import pull_request
from koregate.ci.shell import Shell
from koregate.judging.facts import CIFacts


class Jenkins(Shell):
    """A step of a Jenkins pipeline or job."""

    name = "jenkins"
    title = "Jenkins"
    gives = "outputs.env for readProperties"
    commit_variable = "GIT_COMMIT"
    # Jenkins handbook: jenkins-${JOB_NAME}-${BUILD_NUMBER}. A build that continues after a restart of Jenkins keeps it.
    job_variables = ("BUILD_TAG", "STAGE_NAME")

    def _facts(self) -> CIFacts:
        """The address, commit and branch of the build.

        Sources: Jenkins handbook, "Using environment variables" (BUILD_URL, BUILD_NUMBER); Branch API plugin
        (BRANCH_NAME, BRANCH_IS_PRIMARY, TAG_NAME, CHANGE_ID and CHANGE_BRANCH, in multibranch projects only); Git
        plugin (GIT_COMMIT, GIT_LOCAL_BRANCH).
        """
        branch, change = self._variable("BRANCH_NAME"), self._variable("CHANGE_ID")
        is_primary = self._variable("BRANCH_IS_PRIMARY") == "true"
        return CIFacts(
            system=self.name,
            url=self._variable("BUILD_URL"),
            build=self._variable("BUILD_NUMBER"),
            commit=self.commit,
            # In a pull request's build, BRANCH_NAME is the name of the pull request, like PR-12.
            branch=self._variable("CHANGE_BRANCH") if change else branch or self._variable("GIT_LOCAL_BRANCH"),
            default_branch=branch if is_primary else "",
            is_pull_request=pull_request(
                told=bool(change) if change or branch else None,
                unless=[
                    is_primary,
                    self._variable("TAG_NAME"),
                    *map(self._is_blank, ("BRANCH_NAME", "BRANCH_IS_PRIMARY", "TAG_NAME")),
                ],
            ),
        )

    def _is_of_fork(self) -> bool:
        """Whether this is a pull request from a fork (Jenkins, GitHub Branch Source plugin)."""
        return bool(self._variable("CHANGE_FORK")) and self._facts().is_pull_request is not False
