"""A suite file in the workspace: a batch suite in the platform's format, checked before anything is sent.

User guide, "Batch Testing", chapter "Test Suite File Formats". For DialogGPT, only the intents' names are documented
("Batch Testing - DialogGPT"), so koregate leaves unknown keys and columns to the platform.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import PurePosixPath
from typing import Literal, NamedTuple, TypeAlias, get_args

from koregate.kore_api.suite_file_csv import csv_findings
from koregate.kore_api.suite_file_findings import Finding, NotThatForm
from koregate.kore_api.suite_file_json import json_findings

FileType: TypeAlias = Literal["json", "csv"]
FILE_TYPES: tuple[FileType, ...] = get_args(FileType)
MARKER = "koregate sha256:"
_BOM = b"\xef\xbb\xbf"
_MAX_FINDINGS = 20
# A large file may have millions of problems, and nobody needs their exact number.
_MAX_COUNTED = 1000
# User guide, "Batch Testing": "max 1000 utterances".
_MAX_UTTERANCES = 1000


class SuiteFile(NamedTuple):
    """A suite file in the platform's format.

    `path` is relative to the workspace, `suite` is the name on the platform, `data` is uploaded, `sha256` is the hash
    of the file in the workspace, `utterances` is the number of unique utterances, and `texts_sha256` is their hash.
    """

    path: str
    suite: str
    file_type: FileType
    data: bytes
    sha256: str
    utterances: int
    texts_sha256: str

    @property
    def description(self) -> str:
        """The description of the imported suite, by which koregate recognizes it later."""
        return f"{MARKER}{self.sha256}"


class UnusableSuiteFile(ValueError):
    """A file that is not in the platform's format. `problems` has a sentence for each place."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


def file_type(path: str) -> FileType | None:
    """The format of a file, by its name. None if the platform does not accept it."""
    ending = PurePosixPath(path).suffix.lower().removeprefix(".")
    return next((known for known in FILE_TYPES if ending == known), None)


def read_suite_file(path: str, suite: str, data: bytes, *, is_dialog_gpt: bool = False) -> SuiteFile:
    """The suite in a file whose name ends in .json or .csv. Raises `UnusableSuiteFile` with every problem."""
    kind = file_type(path) or "json"
    # A byte order mark is not part of the first key, but the platform may not skip it.
    content = data.removeprefix(_BOM)
    utterances: dict[str, str] = {}
    try:
        text = content.decode()
        findings = json_findings if kind == "json" else csv_findings
        problems = _problems(findings(text, utterances, is_dialog_gpt=is_dialog_gpt))
    except UnicodeDecodeError as wrong:
        line = content.count(b"\n", 0, wrong.start) + 1
        problems = [f"line {line} is not valid UTF-8. Save the file as UTF-8."]
    except NotThatForm as wrong:
        problems = [str(wrong)]
    if not problems and not utterances:
        problems = ["has no test case. Add one, or leave the file out."]
    if len(utterances) > _MAX_UTTERANCES:
        problems.append(
            f"has {len(utterances)} utterances, but the platform accepts at most {_MAX_UTTERANCES} per suite. Split "
            "the file."
        )
    if problems:
        raise UnusableSuiteFile(problems)
    return SuiteFile(
        path, suite, kind, content, hashlib.sha256(data).hexdigest(), len(utterances), texts_sha256(utterances)
    )


def texts_sha256(utterances: Iterable[str]) -> str:
    """The hash of a set of utterances. It is that of the same utterances in another order, case or spacing, too."""
    texts = sorted({" ".join(text.split()).casefold() for text in utterances})
    return hashlib.sha256(json.dumps(texts).encode()).hexdigest()


def _problems(findings: Iterator[Finding]) -> list[str]:
    """The first findings as sentences. If there are more, the last sentence counts them."""
    problems = [str(finding) for finding in islice(findings, _MAX_FINDINGS)]
    if rest := sum(1 for _ in islice(findings, _MAX_COUNTED)):
        number = f"at least {rest}" if rest == _MAX_COUNTED else f"{rest}"
        problems.append(f"has {number} more problem{'' if rest == 1 else 's'} like these.")
    return problems
