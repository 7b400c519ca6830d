"""Jenkins: nothing in its log is a command, and outputs.env is made for `readProperties`."""

from koregate.ci.shell import Shell


class Jenkins(Shell):
    """A step of a Jenkins pipeline or job."""

    name = "jenkins"
    title = "Jenkins"
    gives = "outputs.env for readProperties"
    commit_variable = "GIT_COMMIT"

    def gets_no_secrets(self) -> bool:
        """Whether this is a pull request from a fork (Jenkins, GitHub Branch Source plugin)."""
        return bool(self.environ.get("CHANGE_FORK"))
