"""Saved answers and saved reports, read back from their files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from koregate.errors import InputsRefused, Problem
from koregate.merging import merged
from koregate.reports.raw import INDEX, Saved, load, lone

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from koregate.inputs import ReportInputs
    from koregate.results import Report


T = TypeVar("T")


def read_answers(paths: Sequence[str]) -> Saved:
    """What a raw/ folder, its run.json, or lone answers hold. Raises `InputsRefused`."""
    if len(paths) == 1 and (index := _index(Path(paths[0]))):
        return _read(paths[0], lambda: load(index.read_bytes(), lambda name: (index.parent / name).read_bytes()))
    return _read(paths[0], lambda: lone({path: Path(path).read_bytes() for path in paths}))


def read_reports(paths: Sequence[str], inputs: ReportInputs) -> Report:
    """The report on all suites of several report.json files. Raises `InputsRefused`."""
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
