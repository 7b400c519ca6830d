"""What every CI system can do, and plain output for systems without commands of their own."""

import errno
import os
import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple
from urllib.parse import quote

from koregate.ci.colors import allows_colors, colored
from koregate.ci.comments import CommentThread, Connect, NoComment
from koregate.ci.log_writer import TextStream
from koregate.files import ReportDir
from koregate.inputs import GateInputs
from koregate.judging.facts import CIFacts
from koregate.reports.annotations import Annotation
from koregate.reports.log_line import LogLine
from koregate.runs.events import Progress
from koregate.text import one_line

# `::` is a command at the start of a line, even after spaces. `##[` is one anywhere in a line (actions/runner,
# ActionCommand.cs). `##vso[` belongs to Azure Pipelines, `##teamcity[` to TeamCity.
_COMMANDS = re.compile(r"^(\s*)::|##(?=\[|vso|teamcity)", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]{1,18}")
_VARIABLE = re.compile(r"\{([A-Z_]+)\}")


def _broken_up(match: re.Match[str]) -> str:
    return f"{match[1]}: :" if match[0].endswith("::") else "# #"


def neutralized(line: str) -> str:
    """The line without anything that a CI system would run as a command."""
    return _COMMANDS.sub(_broken_up, line)


def pull_request(*, told: bool | None, unless: Iterable[object]) -> bool | None:
    """What the variables say about a pull request, or False if one of them contradicts it.

    `unless` are the contradictions, each a value that is true or not empty. An earlier job or step can set variables. A
    baseline excuses failures in pull requests only, so False is the stricter answer.
    """
    return False if any(unless) else told


class Publication(NamedTuple):
    """What a CI system gets at the end. `summary` is Markdown, empty if it is switched off.

    `verdict` is the first annotation of a job that did not pass. Without it, `line` is.
    """

    outputs: Mapping[str, str]
    line: str
    passed: bool
    annotations: tuple[Annotation, ...]
    summary: str
    report_dir: ReportDir | None
    verdict: Annotation | None = None


class CISystem:
    """Prints the log, line by line, and takes the result of the job."""

    name = "plain"
    title = "plain output"
    # What a job gets here, for `koregate doctor`.
    gives = "the log"
    # The variable with the job's commit, from the system's list of predefined variables.
    commit_variable = ""
    # The variables that name the run of the pipeline, first of all, and the job in it. Another attempt of the same job
    # has the same; another run of the pipeline has others.
    job_variables: tuple[str, ...] = ()
    # Whether its users type options, instead of writing inputs into a workflow.
    takes_options = False
    # Whether the reader of the log can open files of this machine.
    opens_files = False
    # Whether the system's log shows ANSI colors.
    renders_colors = False
    # Further CI systems whose job this may be, by the environment.
    others: tuple["CISystem", ...] = ()

    def __init__(self, environ: Mapping[str, str], stream: TextStream) -> None:
        self.environ = environ
        self._stream = stream
        self._lock = threading.Lock()
        self._handed_over: Mapping[str, str] | None = None
        self._has_colors = self.renders_colors and allows_colors(environ)
        self._last_sign_of_life = time.monotonic()
        self._mask_secrets: Callable[[str], str] = str
        self._remove_personal_data: Callable[[str], str] = str

    def mask_with(self, mask: Callable[[str], str]) -> None:
        """Apply this function to every line from now on. It masks secrets."""
        self._mask_secrets = mask

    def redact_with(self, redact: Callable[[str], str]) -> None:
        """Apply this function to every line from now on. It removes personal data."""
        self._remove_personal_data = redact

    def without_secrets(self, text: str) -> str:
        """The text with every secret of the job masked."""
        return self._mask_secrets(text)

    def _redact(self, text: str) -> str:
        return self._remove_personal_data(self._mask_secrets(text))

    def say(self, line: LogLine = "") -> None:
        """Print one line. Its text cannot act as a command, change colors or begin another line.

        Only koregate's own verdict words are colored.
        """
        if isinstance(line, str):
            self._print(self._harmless(line))
        elif self._has_colors:
            before, after = self._harmless(line.before), self._harmless(line.after)
            self._print(f"{before}{colored(line.words, line.verdict or line.words)}{after}")
        else:
            self._print(self._harmless(str(line)))

    def warn(self, line: str) -> None:
        """Show a warning. It changes no verdict, but somebody should see it even if the job passes."""
        self.say(f"Warning: {line}")

    def _harmless(self, text: str) -> str:
        """The text on one line, without anything that acts as a command."""
        return neutralized(one_line(self._redact(text)))

    @property
    def silence(self) -> float:
        """Seconds since the log last showed something."""
        return time.monotonic() - self._last_sign_of_life

    def show_progress(self, progress: Progress, line: str) -> None:  # noqa: ARG002 -- a terminal draws it
        """Show the progress of a suite's run. `line` says it in words and is empty if nothing has changed."""
        if line:
            self.say(line)

    def end_progress(self, suite: str) -> None:
        """Stop showing the progress of a suite: its wait is over."""

    def _print(self, line: str) -> None:
        with self._lock:
            self._write(line)

    def _write(self, line: str) -> None:
        self._send(f"{line}\n")

    def _send(self, text: str) -> None:
        self._last_sign_of_life = time.monotonic()
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):
            # Nobody reads the log any more, but the reports and the exit code still count.
            return

    @property
    def commit(self) -> str:
        """The commit that the job runs for, or an empty text if the system does not say."""
        return self.environ.get(self.commit_variable, "")

    @property
    def job(self) -> tuple[str, ...]:
        """This job of this run of its pipeline, the same in each attempt. Empty if the system does not tell."""
        values = tuple(map(self._variable, self.job_variables))
        return values if values and values[0] else ()

    def facts(self) -> CIFacts:
        """What the system says about the job, with secrets masked: its address, commit and branch.

        If it may be another system's job too, it belongs to a pull request only if all of them say so.
        """
        facts = self._facts()
        if self.others:
            told = [facts.is_pull_request, *(other.facts().is_pull_request for other in self.others)]
            facts = facts._replace(is_pull_request=all(told))
        return facts.changed(self._mask_secrets).made_safe()

    def _facts(self) -> CIFacts:
        """The same without masking. Each adapter overrides this."""
        return CIFacts()

    def _variable(self, name: str) -> str:
        return self.environ.get(name, "")

    def _is_blank(self, name: str) -> bool:
        """Whether a variable is set to a blank value. One that the system never makes blank was changed in the job."""
        return name in self.environ and not self.environ[name].strip()

    def _address(self, template: str) -> str:
        """The address with each {VARIABLE} replaced by its value, or an empty text if one of them is not set."""
        values = {name: self._variable(name) for name in _VARIABLE.findall(template)}
        if not all(values.values()):
            return ""
        return _VARIABLE.sub(lambda match: quote(values[match[1]], safe=":/%"), template)

    def _number(self, variable: str) -> int:
        """The number in a variable, or 0 if it has none."""
        text = self._variable(variable)
        return int(text) if _NUMBER.fullmatch(text) else 0

    def gets_no_secrets(self) -> bool:
        """Whether each CI system whose job this may be says that a fork or Dependabot made the pull request."""
        return self._is_of_fork() and all(other.gets_no_secrets() for other in self.others)

    def _is_of_fork(self) -> bool:
        """The same for this system alone. Each adapter overrides this."""
        return False

    def mask(self, secrets: Iterable[str]) -> None:
        """Ask the CI system to mask the secrets in its logs."""

    def comment_thread(self, inputs: GateInputs, connect: Connect) -> CommentThread:
        """The comments of the job's pull request. Raises `NoComment`."""
        del inputs, connect
        raise NoComment("koregate comments on GitHub and GitLab only. Leave out comment elsewhere.")

    def group(self, title: str) -> None:
        """Begin a section of the log that the reader can fold."""
        self.say(title)

    def end_group(self) -> None:
        """End that section."""

    def hand_over(self, outputs: Mapping[str, str], report_dir: ReportDir | None) -> None:
        """Hand over the job outputs, once. After a signal, this comes before all that takes longer."""
        if outputs != self._handed_over:
            self._handed_over = outputs
            self._write_outputs(outputs, report_dir)

    def publish(self, publication: Publication) -> None:
        """Hand the result to the CI system."""
        self.hand_over(publication.outputs, publication.report_dir)

    def _write_outputs(self, outputs: Mapping[str, str], report_dir: ReportDir | None) -> None:
        """Give the job outputs to other steps and jobs."""

    def _append(self, variable: str, text: str) -> None:
        """Append to the file that the variable names, all or nothing, so that entries of other steps stay intact."""
        path = self.environ.get(variable)
        if not path:
            return
        data = text.encode("utf-8", "backslashreplace")
        try:
            with Path(path).open("ab", buffering=0) as file:
                size = file.seek(0, os.SEEK_END)
                if _written(file, data):
                    return
                with suppress(OSError):
                    file.truncate(size)
                reason = os.strerror(errno.ENOSPC)
        except OSError as problem:
            reason = problem.strerror or str(problem)
        self.warn(f"cannot write to the file that {variable} names: {reason}.")


def _written(file: BinaryIO, data: bytes) -> bool:
    """Whether all of the data reached the file."""
    try:
        return file.write(data) == len(data)
    except OSError:
        return False
