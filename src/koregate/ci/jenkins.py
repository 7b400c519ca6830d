"""Jenkins: nothing in its log is a command, and outputs.env is made for `readProperties`."""

from koregate.ci.shell import Shell


class Jenkins(Shell):
    """A step of a Jenkins pipeline or job."""

    name = "jenkins"
