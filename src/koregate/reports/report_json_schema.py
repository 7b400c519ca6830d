"""The types of report.json. Its JSON Schema (report.schema.json) is generated from them."""

from typing import Annotated, Any, get_args

from pydantic import TypeAdapter, WithJsonSchema, with_config

# pydantic requires this one before Python 3.12; it is pydantic's own dependency.
from typing_extensions import TypedDict

from koregate.inputs import SuiteKindName

SCHEMA_VERSION = 1
# An enum for those who read the schema. The reader takes any text, so that it can say which suite has an unknown word.
SuiteKindWord = Annotated[str, WithJsonSchema({"type": "string", "enum": list(get_args(SuiteKindName))})]
_CLOSED: Any = with_config({"extra": "forbid", "use_attribute_docstrings": True})


@_CLOSED
class TargetDocument(TypedDict):
    """What was tested; null if a saved reply does not tell.

    `training` describes the training of the app's model before the first start; null if the platform was not asked.
    """

    host: str | None
    streamId: str | None
    botVersion: str | None
    botLanguage: str | None
    training: str | None


@_CLOSED
class CountsDocument(TypedDict):
    """Test cases by outcome, as in the JUnit report."""

    total: int
    passed: int
    failed: int
    errors: int
    skipped: int


@_CLOSED
class StepCountsDocument(TypedDict):
    """Execution steps: announced or returned, passed, and failed."""

    total: int
    passed: int
    failed: int


@_CLOSED
class ToleranceDocument(TypedDict):
    """Why a failure does not block. `owner`, `until` and `daysLeft` are those of an entry of the quarantine file.

    `added` says that the entry is not in the base branch's copy of that file.
    """

    kind: str
    reason: str
    owner: str | None
    until: str | None
    daysLeft: int | None
    added: bool


@_CLOSED
class CaseDocument(TypedDict):
    """One test case. `response` is 0 if the case is about the whole step or run; texts are empty if it passed.

    `alternatives` are the texts that are accepted beside `expected`. `outcome` is the one after policy. `knownSince` is
    when the failure was first seen on the default branch. `flaky` says that the case passed in the last run and failed
    in an earlier one. `likelyConsequenceOf` is the number of the step that is the likely cause.
    """

    name: str
    response: int
    kind: str
    outcome: str
    outcomeBeforePolicy: str
    failureClass: str | None
    tolerance: ToleranceDocument | None
    knownSince: str | None
    flaky: bool
    likelyConsequenceOf: int | None
    message: str
    expected: str
    alternatives: list[str]
    actual: str


@_CLOSED
class EarlierFailureDocument(TypedDict):
    """A test case that failed in an earlier run. `input` and `occurrence` say of which step it is."""

    input: str
    occurrence: int
    response: int
    kind: str
    failureClass: str
    message: str
    expected: str
    actual: str


@_CLOSED
class EarlierRunDocument(TypedDict):
    """A run of a suite before the one that decides, with its verdict before policy and the cases that failed in it."""

    testRunId: str
    verdict: str
    exitCode: int
    failures: list[EarlierFailureDocument]


@_CLOSED
class ResponseDocument(TypedDict):
    """One response of the bot: the expected and the actual text, null if there is none.

    `dialog` and `node` sent the actual one.
    """

    expected: str | None
    actual: str | None
    dialog: str
    node: str


@_CLOSED
class StepDocument(TypedDict):
    """One execution step with its test cases. Step 0 holds the test cases of the whole run.

    `occurrence` counts the steps with the same input; `returned` is false for a step that the platform announced only.
    """

    step: int
    classname: str
    input: str
    occurrence: int
    returned: bool
    status: str | None
    responses: list[ResponseDocument]
    cases: list[CaseDocument]


@_CLOSED
class FiguresDocument(TypedDict):
    """How well the intents of a batch suite were found, as the platform computed it; null if it does not tell.

    Figures are plain decimals from 0 to 1, as texts: a threshold is compared with them digit by digit.
    """

    f1: str | None
    precision: str | None
    recall: str | None
    truePositives: int | None
    trueNegatives: int | None
    falsePositives: int | None
    falseNegatives: int | None


@_CLOSED
class SuiteDocument(TypedDict):
    """One test suite. `suite` is its name at the platform, `name` the same made unique and fit for one line.

    `failures` are signs of failure, `doubts` what keeps the run from proving a pass, `remarks` change no verdict.
    `platformCounts` are the platform's own complete counts of steps.
    """

    name: str
    suite: str
    kind: SuiteKindWord
    testRunId: str | None
    verdict: str
    exitCode: int
    failures: list[str]
    doubts: list[str]
    remarks: list[str]
    status: str | None
    startedAt: str | None
    durationSeconds: float
    nlpVersions: str
    passRate: str
    counts: CountsDocument
    stepCounts: StepCountsDocument
    platformCounts: StepCountsDocument | None
    earlierRuns: list[EarlierRunDocument]
    figures: FiguresDocument | None
    steps: list[StepDocument]


@_CLOSED
class ReportDocument(TypedDict):
    """The report on one job. `koregate` is the version that wrote it."""

    koregate: str
    schemaVersion: int
    verdict: str
    exitCode: int
    failOn: str
    target: TargetDocument
    durationSeconds: float
    passRate: str
    counts: CountsDocument
    stepCounts: StepCountsDocument
    suites: list[SuiteDocument]


def schema() -> dict[str, Any]:
    """The JSON Schema of report.json."""
    generated = TypeAdapter(ReportDocument).json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **generated, "title": "koregate report"}
