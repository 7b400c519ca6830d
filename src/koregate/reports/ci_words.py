"""What users of each CI system, and of a shell, call a further run, and where they give koregate its inputs."""

from collections.abc import Callable, Mapping, Sequence
from shlex import quote
from typing import NamedTuple

from koregate.inputs.specs import variable_of
from koregate.judging.facts import CIFacts

Pairs = Sequence[tuple[str, str]]


class InputForm(NamedTuple):
    """One way to give inputs: what its users call them, one input's name, and lines that attach to test runs.

    `verb` agrees with the noun.
    """

    noun: str
    named: Callable[[str], str]
    attach: Callable[[Pairs], list[str]]
    verb: str = "attach"


class CIWords(NamedTuple):
    """The words of one CI system.

    `again` runs a job again that failed, `again_passed` any other one. Where it `keeps_commit`, a further run uses the
    commit of the first one, so that a change of a file needs a push. `file` has the inputs, and `place` is where in it.
    Both are empty for a command that a person types.
    """

    again: str
    again_passed: str
    form: InputForm
    file: str
    place: str
    keeps_commit: bool = True


def _yaml(naming: Callable[[str], str]) -> Callable[[Pairs], list[str]]:
    def lines(pairs: Pairs) -> list[str]:
        suites, run_ids = zip(*pairs, strict=True)
        return [
            f"{naming('test-suites')}: |",
            *(f"  {suite}" for suite in suites),
            f"{naming('test-run-ids')}: |",
            *(f"  {run_id}" for run_id in run_ids),
        ]

    return lines


def _groovy(pairs: Pairs) -> list[str]:
    """Two strings in triple quotes, which may have several lines (Groovy docs, "Triple-single-quoted string")."""
    suites, run_ids = (_in_groovy("\n".join(values)) for values in zip(*pairs, strict=True))
    text = f"{variable_of('test-suites')} = {suites}\n{variable_of('test-run-ids')} = {run_ids}"
    return text.split("\n")


def _in_groovy(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'''{escaped}'''"


def _options(pairs: Pairs) -> list[str]:
    """The options of a command line, which a shell reads as these names."""
    lines = [f"--test-suites={quote(name)} --test-run-ids={quote(run_id)}" for name, run_id in pairs]
    return [*(f"{line} \\" for line in lines[:-1]), lines[-1]]


def _command(pairs: Pairs) -> list[str]:
    """A command to paste into a shell that has the other inputs as variables."""
    first, *others = _options(pairs)
    return [f"koregate run {first}", *(f"  {line}" for line in others)]


_INPUTS = InputForm("inputs", str, _yaml(str))
_VARIABLES = InputForm("variables", variable_of, _yaml(variable_of))
_GROOVY = _VARIABLES._replace(attach=_groovy)
_OPTIONS = InputForm("options", "--{}".format, _options)
_COMMAND = _OPTIONS._replace(noun="command", attach=_command, verb="attaches")
_SHELL = CIWords("start `koregate run` again", "start `koregate run` again", _COMMAND, "", "", keeps_commit=False)
# By the system's word in report.json. A further run has the name of the system's own button.
_WORDS: Mapping[str, CIWords] = {
    "github": CIWords(
        "re-run the failed job", "re-run the job", _INPUTS, "the workflow", "`with:` of the koregate step"
    ),
    "gitlab": CIWords("retry the failed job", "retry the job", _VARIABLES, ".gitlab-ci.yml", "`variables:` of the job"),
    "azure": CIWords(
        "rerun the failed job", "rerun the stage", _VARIABLES, "azure-pipelines.yml", "`env:` of the step"
    ),
    "circleci": CIWords(
        "rerun the workflow from failed",
        "rerun the workflow",
        _VARIABLES,
        ".circleci/config.yml",
        "`environment:` of the job",
    ),
    "buildkite": CIWords(
        "retry the failed job", "retry the job", _VARIABLES, "the pipeline file", "`env:` of the step"
    ),
    "bitbucket": CIWords(
        "rerun the failed step",
        "rerun the pipeline",
        _OPTIONS,
        "bitbucket-pipelines.yml",
        "`script:` of the step",
    ),
    "jenkins": CIWords(
        "start a new build",
        "start a new build",
        _GROOVY,
        "the Jenkinsfile",
        "`environment` of the pipeline",
        keeps_commit=False,
    ),
}


def words_of(system: str) -> CIWords:
    """The words of a CI system, by its word in report.json. Without a known system, those of a shell."""
    return _WORDS.get(system, _SHELL)


def owner_of_artifacts(facts: CIFacts) -> str:
    """What the artifacts of the job belong to: on GitHub the workflow run, whose number `build` is. Plain text."""
    return f"run #{facts.build}" if facts.system == "github" and facts.build else "this job"
