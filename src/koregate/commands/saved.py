"""Saved answers and saved reports, read back from their files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from koregate.errors import InputsRefused, Problem
from koregate.judging.results import Report
from koregate.reports.raw import INDEX, Saved, load, lone
from koregate.reports.report_json_reader import merged

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from koregate.inputs.model import ReportInputs

T = TypeVar("T")


def report_of_answers(paths: Sequence[str], inputs: ReportInputs) -> Report:
    """The report that the live run made of what a raw/ folder, its run.json, or lone answers hold.

    Inputs that are given win over the saved ones. Raises `InputsRefused`.
    """
    saved = _read_answers(paths)
    given = inputs.model_fields_set
    fail_on = saved.fail_on if saved.fail_on and "fail_on" not in given else inputs.fail_on
    redact = saved.redact if saved.redact is not None and "redact" not in given else inputs.redact
    return Report.of(saved.target, fail_on, saved.endings, redact)


def _read_answers(paths: Sequence[str]) -> Saved:
    if len(paths) == 1 and (index := _index(Path(paths[0]))):
        return _read(paths[0], lambda: load(index.read_bytes(), lambda name: (index.parent / name).read_bytes()))
    return _read(paths[0], lambda: lone({path: Path(path).read_bytes() for path in paths}))


def report_of_reports(paths: Sequence[str], inputs: ReportInputs) -> Report:
    """The report on all suites of several report.json files; fail-on wins over theirs where it is given.

    Raises `InputsRefused`.
    """
    documents = [_read(path, Path(path).read_bytes) for path in paths]
    given = inputs.fail_on if "fail_on" in inputs.model_fields_set else None
    try:
        return merged(dict(zip(paths, documents, strict=True)), given)
    except ValueError as problem:
        raise InputsRefused((Problem("FILE", f"{problem}."),)) from problem


def _read(path: str, call: Callable[[], T]) -> T:
    try:
        return call()
    except OSError as problem:
        reason = f"{problem.filename}: {problem.strerror}"
        text = f"cannot be read ({reason}). Name what a job has saved."
        raise InputsRefused((Problem("FILE", text),)) from problem
    except ValueError as problem:
        raise InputsRefused((Problem("FILE", f'"{path}" {problem}.'),)) from problem


def _index(path: Path) -> Path | None:
    if path.is_dir():
        return path / INDEX
    return path if path.name == INDEX else None
