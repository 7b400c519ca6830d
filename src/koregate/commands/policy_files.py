"""The files that the inputs of the gate policy name. They are read before the first request."""

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple, TypeVar

from koregate.commands.context import JobContext
from koregate.commands.saved_files import MAX_BYTES, through_link
from koregate.errors import InvalidInputs, Problem, UnusableCommand
from koregate.files import link_in, read_file, read_inside, why_unreadable
from koregate.inputs import ReportInputs, read_inputs, read_usable_inputs
from koregate.policy.baseline import Baseline
from koregate.policy.quarantine import InvalidQuarantine, Quarantine, read_quarantine
from koregate.policy.rules import Policy
from koregate.redaction.personal_data import personal_data_filter
from koregate.reports.raw_policy import SavedPolicyModel
from koregate.reports.report_json_baseline import read_baseline

AnyInputs = TypeVar("AnyInputs", bound=ReportInputs)
_MAX_QUARANTINE_BYTES = 1024 * 1024
_NO_FILE = "there is no such file"
_REGULAR_FILE = "Name a regular file in the workspace."


class PolicyFiles(NamedTuple):
    """The files' content, without secrets and, where reports show it, without personal data.

    `quarantine_text` and `base_text` are the quarantine file and the base branch's copy.
    """

    quarantine: Quarantine | None = None
    quarantine_text: str | None = None
    base_text: str | None = None
    baseline: Baseline | None = None

    def saved(self, inputs: ReportInputs) -> SavedPolicyModel:
        """The policy in the form of run.json."""
        texts = None if self.quarantine_text is None else (self.quarantine_text, self.base_text)
        return SavedPolicyModel.of(inputs, texts, self.baseline)

    def policy(self, inputs: ReportInputs, now: datetime, *, is_pull_request: bool | None) -> Policy:
        """The rules for a job that finished at that time."""
        return Policy.of(inputs, self.quarantine, self.baseline, now)._replace(is_pull_request=is_pull_request)

    def policy_with_saved(
        self, inputs: ReportInputs, saved: SavedPolicyModel | None, now: datetime, *, is_pull_request: bool | None
    ) -> Policy:
        """The same, with the values of run.json for all inputs that are not given. `inputs.redact` holds for both.

        Raises `UnusableCommand` if these values are unusable.
        """
        if saved is None:
            return self.policy(inputs, now, is_pull_request=is_pull_request)
        given = inputs.model_fields_set
        inputs = inputs.model_copy(update={name: value for name, value in saved.values.items() if name not in given})
        try:
            quarantine = self.quarantine if "quarantine" in given else saved.read_quarantine(now)
        except ValueError as problem:
            text = f"run.json contains an unusable quarantine file ({problem}). Name a file with --quarantine."
            raise UnusableCommand(Problem("FILE", text)) from problem
        if quarantine is not None:
            quarantine = quarantine.redacted(personal_data_filter(inputs.redact))
        baseline = self.baseline
        if "baseline" not in given and saved.baseline is not None:
            baseline = saved.baseline.baseline()
        files = self._replace(quarantine=quarantine, baseline=baseline)
        return files.policy(inputs, now, is_pull_request=is_pull_request)


def read_inputs_with_policy(
    model: type[AnyInputs], options: Mapping[str, str], context: JobContext
) -> tuple[AnyInputs, PolicyFiles]:
    """The inputs and the files of the policy that they name. Raises `InvalidInputs` with the problems of both."""
    today = context.clock.now().date()
    try:
        inputs = read_inputs(model, options, context.environ, context.workspace)
    except InvalidInputs as invalid:
        usable = read_usable_inputs(options, context.environ, context.workspace)
        try:
            read_policy_files(usable, context, today)
        except InvalidInputs as more:
            raise InvalidInputs(*invalid.problems, *more.problems) from more
        raise
    return inputs, read_policy_files(inputs, context, today)


def read_policy_files(inputs: ReportInputs, context: JobContext, today: date) -> PolicyFiles:
    """The files that these inputs name. Raises `InvalidInputs` with every problem."""
    problems: list[Problem] = []
    files = PolicyFiles()
    try:
        files = _read_quarantine(inputs, context, today)
    except InvalidInputs as invalid:
        problems += invalid.problems
    try:
        files = files._replace(baseline=_read_baseline(inputs.baseline, context.workspace))
    except InvalidInputs as invalid:
        problems += invalid.problems
    if problems:
        raise InvalidInputs(*problems)
    return files


def _read_quarantine(inputs: ReportInputs, context: JobContext, today: date) -> PolicyFiles:
    if inputs.quarantine is None:
        return PolicyFiles()
    mask = context.ci.without_secrets
    problems: list[Problem] = []
    base = None
    try:
        base = _read_base(inputs.quarantine_base, context.workspace)
    except InvalidInputs as invalid:
        problems += invalid.problems
    try:
        data, quarantine = _read_entries(inputs.quarantine, context.workspace, today)
    except InvalidInputs as invalid:
        raise InvalidInputs(*invalid.problems, *problems) from invalid
    if problems:
        raise InvalidInputs(*problems)
    if any(mask(entry.pattern) != entry.pattern for entry in quarantine.entries):
        # Masked, it would match other inputs.
        text = f"{inputs.quarantine} has an entry whose input contains a secret. Remove it, and renew the secret."
        raise InvalidInputs(Problem("quarantine", text))
    if base is not None:
        quarantine = quarantine.compared_with(base)
    redact = personal_data_filter(inputs.redact)
    quarantine = quarantine.redacted(lambda text: redact(mask(text)))
    return PolicyFiles(quarantine, mask(_text(data)), None if base is None else mask(_text(base)))


def _read_entries(name: str, workspace: Path, today: date) -> tuple[bytes, Quarantine]:
    try:
        data = read_inside(workspace, name, _MAX_QUARANTINE_BYTES)
        return data, read_quarantine(name, data, today)
    except OSError as problem:
        raise _unreadable("quarantine", name, problem, _REGULAR_FILE) from problem
    except InvalidQuarantine as invalid:
        raise InvalidInputs(*(Problem("quarantine", f"{name}, {problem}") for problem in invalid.problems)) from invalid


def _read_base(name: str | None, workspace: Path) -> bytes | None:
    if name is None:
        return None
    try:
        return read_inside(workspace, name, _MAX_QUARANTINE_BYTES)
    except FileNotFoundError:
        # The base branch has no quarantine file yet, so every entry is new.
        return b""
    except OSError as problem:
        raise _unreadable("quarantine-base", name, problem, _REGULAR_FILE) from problem


def _text(data: bytes) -> str:
    return data.decode("utf-8-sig", "replace")


def _read_baseline(name: str | None, workspace: Path) -> Baseline | None:
    if name is None:
        return None
    if link := link_in(name, workspace, workspace):
        raise InvalidInputs(Problem("baseline", through_link(name, link)))
    try:
        return read_baseline(name, read_file(workspace / name, MAX_BYTES))
    except FileNotFoundError:
        return Baseline(name, problem=_NO_FILE)
    except OSError as problem:
        raise _unreadable("baseline", name, problem, "Name a regular file of at most 64 MiB.") from problem
    except ValueError as problem:
        raise InvalidInputs(Problem("baseline", f"{problem}.")) from problem


def _unreadable(name: str, path: str, problem: OSError, advice: str) -> InvalidInputs:
    return InvalidInputs(Problem(name, f'"{path}" cannot be read ({why_unreadable(problem)}). {advice}'))
