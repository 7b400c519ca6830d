"""The suite files that the inputs name: found, read and checked before the first request, every problem at once."""

import errno
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

from koregate.commands.context import JobContext
from koregate.commands.policy_files import PolicyFiles, read_inputs_with_policy
from koregate.errors import InvalidInputs, MissingCredentials, Problem
from koregate.files import read_inside, why_unreadable
from koregate.globs import paths_that_fit
from koregate.inputs import Inputs, given_text, read_usable_inputs
from koregate.inputs.suite_names import names_alike
from koregate.inputs.values import lines, path_inside_workspace, suite_prefix
from koregate.kore_api.suite_file import FILE_TYPES, SuiteFile, UnusableSuiteFile, file_type, read_suite_file
from koregate.redaction.personal_data import personal_data_filter
from koregate.text import labeled, one_line, visible

NAME = "suite-files"
# All files together: they are held until they are uploaded.
MAX_BYTES = 64 * 1024 * 1024
MAX_FILES = 1000
_FOLDER = "is a folder. Name the files in it, like suites/*.json."
_MAX_PATH = 200
_MAX_NAME = 200
_ENDINGS = " or ".join(f".{ending}" for ending in FILE_TYPES)
_LINKS = frozenset({errno.ELOOP, errno.ENOTDIR})


def read_inputs_with_files(
    options: Mapping[str, str], context: JobContext
) -> tuple[Inputs, PolicyFiles, tuple[SuiteFile, ...]]:
    """The inputs of a run, with the names of suites from files among the test suites, and the files that they name.

    Raises `InvalidInputs` with the problems of all of them.
    """
    try:
        inputs, policy_files = read_inputs_with_policy(Inputs, options, context)
    except MissingCredentials:
        raise
    except InvalidInputs as invalid:
        raise InvalidInputs(*invalid.problems, *suite_file_problems(options, context)) from invalid
    files = read_suite_files(inputs, context.workspace)
    suites = (*inputs.test_suites, *(file.suite for file in files))
    return inputs.model_copy(update={"test_suites": suites}), policy_files, files


def suite_file_problems(options: Mapping[str, str], context: JobContext) -> list[Problem]:
    """What is wrong with the files, if other inputs cannot be used. Nothing if these inputs cannot."""
    found = usable_suite_files(options, context)
    return found[1] if found else []


def usable_suite_files(
    options: Mapping[str, str], context: JobContext
) -> tuple[tuple[SuiteFile, ...], list[Problem]] | None:
    """The files and what is wrong with others, if other inputs cannot be used. None if these inputs cannot."""
    given = {name: given_text(name, options, context.environ) for name in (NAME, "suite-prefix")}
    try:
        patterns = [
            path_inside_workspace(line, context.workspace, "a file", "suites/*.json") for line in lines(given[NAME])
        ]
        prefix = suite_prefix(given["suite-prefix"])
    except ValueError:
        return None
    redact = personal_data_filter(read_usable_inputs(options, context.environ, context.workspace).redact)
    is_dialog_gpt = given_text("engine", options, context.environ).strip().lower() == "dgpt"
    reader = _Reader(context.workspace, prefix, is_dialog_gpt=is_dialog_gpt)
    files = reader.read(patterns)
    return files, [Problem(NAME, redact(problem)) for problem in reader.problems]


def read_suite_files(inputs: Inputs, workspace: Path) -> tuple[SuiteFile, ...]:
    """The suite files of these inputs, in their order. Raises `InvalidInputs` with every problem."""
    redact = personal_data_filter(inputs.redact)
    reader = _Reader(workspace, inputs.suite_prefix, is_dialog_gpt=inputs.engine == "dgpt")
    files = reader.read(inputs.suite_files)
    problems = [*reader.problems, *_name_problems(inputs.test_suites, files)]
    if problems:
        raise InvalidInputs(*(Problem(NAME, redact(problem)) for problem in problems))
    return files


class _Reader:
    """Reads suite files. `problems` has a line for everything that is wrong."""

    def __init__(self, workspace: Path, prefix: str, *, is_dialog_gpt: bool) -> None:
        self._workspace = workspace
        self._prefix = prefix
        self._is_dialog_gpt = is_dialog_gpt
        self._room = MAX_BYTES
        self.problems: list[str] = []

    def read(self, patterns: Iterable[str]) -> tuple[SuiteFile, ...]:
        """The files that fit the patterns and can be used, each once."""
        paths = list(dict.fromkeys(path for pattern in patterns for path in self._found(pattern)))
        if len(paths) > MAX_FILES:
            self.problems.append(f"names {len(paths)} files. Name at most {MAX_FILES}.")
            return ()
        return tuple(file for path in paths if (file := self._file(path)) is not None)

    def _found(self, pattern: str) -> list[str]:
        try:
            paths = paths_that_fit(self._workspace, pattern)
        except OSError as problem:
            self._add(pattern, f"cannot be searched for ({why_unreadable(problem)}). Check its folders.")
            return []
        if not paths:
            several = " Give one path per line." if "," in pattern else ""
            text = "fits no file in the workspace. Check the path, and that the job checks the files out."
            self._add(pattern, f"{text}{several}")
        return paths

    def _file(self, path: str) -> SuiteFile | None:
        suite = f"{self._prefix}{PurePosixPath(path).stem}"
        file = self._workspace / path
        if file.is_dir() and not file.is_symlink():
            self._add(path, _FOLDER)
        elif file_type(path) is None:
            self._add(path, f"does not end in {_ENDINGS}. Name suite files, like suites/*.json.")
        elif problem := _name_problem(path, suite):
            self._add(path, problem)
        elif (data := self._data(path)) is not None:
            try:
                return read_suite_file(path, suite, data, is_dialog_gpt=self._is_dialog_gpt)
            except UnusableSuiteFile as unusable:
                for problem in unusable.problems:
                    self._add(path, problem)
        return None

    def _data(self, path: str) -> bytes | None:
        try:
            data = read_inside(self._workspace, path, self._room)
        except OSError as problem:
            self._add(path, _reason(problem))
            return None
        self._room -= len(data)
        return data

    def _add(self, path: str, problem: str) -> None:
        self.problems.append(labeled(one_line(path, _MAX_PATH), problem))


def _reason(problem: OSError) -> str:
    if problem.errno in _LINKS:
        return "is a symbolic link, or lies behind one. Name the file itself."
    if problem.errno == errno.EISDIR:
        return _FOLDER
    if problem.errno == errno.EFBIG:
        return f"makes the suite files larger than {MAX_BYTES // 1024**2} MiB together. Split the job."
    return f"cannot be read ({why_unreadable(problem)}). Name a regular file in the workspace."


def _name_problem(path: str, suite: str) -> str:
    """Why the platform cannot have a suite of that name, or an empty text."""
    shown = one_line(suite, _MAX_NAME)
    if not _is_text(path):
        return "is a path that is not valid UTF-8. Rename the file or its folder."
    if visible(suite) != suite or "\n" in suite or "\t" in suite:
        return f'gives the suite the name "{shown}", which has a control character. Rename the file.'
    if suite != suite.strip():
        return f'gives the suite the name "{shown}", with spaces at its ends. Rename the file, or change suite-prefix.'
    if suite in {".", ".."}:
        return f'gives the suite the name "{shown}", which cannot be part of a URL. Rename the file.'
    return ""


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _name_problems(test_suites: Sequence[str], files: Sequence[SuiteFile]) -> Iterator[str]:
    """Suites of one name, or of names that the platform or a reader may take for one."""
    paths: dict[str, list[str]] = {}
    for file in files:
        paths.setdefault(file.suite, []).append(one_line(file.path, _MAX_PATH))
    for suite, of_suite in paths.items():
        shown = one_line(suite, _MAX_NAME)
        if of_suite[1:]:
            yield f'{" and ".join(of_suite)} are both files of the suite "{shown}". Rename all but one of them.'
        if suite in test_suites:
            yield f'{of_suite[0]} is of the suite "{shown}", which test-suites names too. Leave one of them out.'
    for first, second, how in names_alike([*test_suites, *paths]):
        if second in paths:
            pair = f'"{one_line(first, _MAX_NAME)}" and "{one_line(second, _MAX_NAME)}"'
            yield f"{paths[second][0]}: the names {pair} {how}. Rename one of them."
