"""The types of report.json. Its JSON Schema (report.schema.json) is generated from them."""

import re
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, with_config

# pydantic requires this one before Python 3.12; it is pydantic's own dependency.
from typing_extensions import TypedDict

from koregate.reports.report_json_words import (
    Address,
    BotVersionWord,
    Count,
    ExitCode,
    FailOnWord,
    FailureClassWord,
    KindWord,
    Moment,
    OutcomeBeforePolicyWord,
    OutcomeWord,
    Percentage,
    Seconds,
    SuiteKindWord,
    SystemWord,
    ToleranceWord,
    VerdictWord,
    Version,
)

# Where every released version of the schema can be read.
SCHEMA_ID = "https://raw.githubusercontent.com/koregate/koregate/v0/src/koregate/reports/report.schema.json"
_ACRONYMS = {"ci": "CI", "url": "URL", "nlp": "NLP"}
# Unknown fields are allowed, because a later version of koregate may add some.
_OPEN: Any = with_config({"extra": "ignore", "use_attribute_docstrings": True})


@_OPEN
class TargetDocument(TypedDict):
    """What was tested. Null if nothing was run, or if a single saved reply does not say."""

    host: str | None
    """URL of the platform."""
    streamId: str | None
    """The app's stream id."""
    botVersion: BotVersionWord | None
    """Version of the bot."""
    botLanguage: str | None
    """Language of the bot."""
    training: str | None
    """How the app's model was trained before the first start. Null if koregate did not request it."""


@_OPEN
class CIDocument(TypedDict):
    """What the CI system says about the job. Null if it does not say, or if there is no CI system."""

    system: SystemWord | None
    """The CI system."""
    url: Address | None
    """Address of the job."""
    build: str | None
    """Number of the job or build."""
    commit: str | None
    """The commit that the job runs for."""
    commitUrl: Address | None
    """Address of the commit."""
    branch: str | None
    """The branch that the job runs for. In a pull or merge request, its source branch."""
    defaultBranch: str | None
    """The default branch of the repository."""
    isPullRequest: bool | None
    """Whether the job belongs to a pull or merge request."""


@_OPEN
class CountsDocument(TypedDict):
    """Test cases by outcome, as in the JUnit report."""

    total: Count
    passed: Count
    failed: Count
    errors: Count
    skipped: Count


@_OPEN
class StepCountsDocument(TypedDict):
    """Execution steps: announced or returned, passed, and failed."""

    total: Count
    passed: Count
    failed: Count


@_OPEN
class ToleranceDocument(TypedDict):
    """Why a failure does not block."""

    kind: ToleranceWord
    """The rule that tolerates it."""
    reason: str
    """Why, in words."""
    owner: str | None
    """The owner of the entry in the quarantine file."""
    until: str | None
    """The last day on which the entry in the quarantine file is in force."""
    daysLeft: int | None
    """The number of days until then."""
    added: bool
    """Whether the entry is not in the base branch's copy of the quarantine file."""


@_OPEN
class CaseDocument(TypedDict):
    """One test case."""

    name: str
    """Name of the test case, unique within the step's class name."""
    response: Count
    """Number of the response, from 1. 0 if the case is about the step or run itself."""
    kind: KindWord
    """What was asserted."""
    outcome: OutcomeWord
    """How the test case ended, after policy."""
    outcomeBeforePolicy: OutcomeBeforePolicyWord
    """How the test case ended before any failure was tolerated."""
    failureClass: FailureClassWord | None
    """What kind of failure it is. Null if the case did not fail."""
    tolerance: ToleranceDocument | None
    """Why the failure does not block. Null if it blocks, or if there is no failure."""
    knownSince: Moment | None
    """When the failure was first seen on the default branch."""
    flaky: bool
    """Whether the case passed in the last run and failed in an earlier one."""
    likelyConsequenceOf: Count | None
    """Number of the step that likely caused the failure."""
    message: str
    """Expected and actual in one line, or what happened. Empty if the case passed."""
    expected: str
    """The expected text. Empty if the case passed."""
    alternatives: list[str]
    """Other accepted texts in addition to `expected`."""
    actual: str
    """The actual text. Empty if the case passed."""


@_OPEN
class EarlierFailureDocument(TypedDict):
    """A test case that failed in an earlier run."""

    input: str
    """What the user said in its step."""
    occurrence: Count
    """Which step with this input it is in the suite, from 1."""
    response: Count
    kind: KindWord
    failureClass: FailureClassWord
    likelyConsequenceOf: Count | None
    """Number of the step in that run that is the likely cause of the failure."""
    step: Count
    """Number of its step in that run. 0 for the run itself."""
    message: str
    expected: str
    alternatives: list[str]
    actual: str


@_OPEN
class EarlierStepDocument(TypedDict):
    """What the user and the bot said in a step of an earlier run."""

    step: Count
    """Number of the step in that run, from 1."""
    input: str
    """What the user said, cut if it is long."""
    responses: list[str]
    """The last responses of the bot as a user sees them, each cut if it is long."""


@_OPEN
class StepAssertionDocument(TypedDict):
    """An assertion that counts in a step of an earlier run."""

    input: str
    """What the user said, shortened if it is long."""
    occurrence: Count
    """Which step with this input it is in the suite, from 1."""
    kind: str
    number: Count
    """Number of its response, from 1. Of an undocumented kind, its place among the step's assertions of that kind."""
    isDocumented: bool


@_OPEN
class UnknownAssertionDocument(TypedDict):
    """An assertion of an undocumented kind that counts in a step. It has no test case of its own."""

    kind: str
    number: Count
    """Its place among the step's assertions of that kind, from 1."""


@_OPEN
class EarlierRunDocument(TypedDict):
    """A run of a suite before the one that decides."""

    testRunId: str
    verdict: VerdictWord
    """Its verdict before policy."""
    exitCode: ExitCode
    failures: list[EarlierFailureDocument]
    """The failed test cases of that run."""
    steps: list[EarlierStepDocument]
    """The steps of its conversation that lead to failures, in their order, as far as there was room to keep them."""
    stepsTotal: Count
    """How many steps that run had."""
    asserted: list[StepAssertionDocument]
    """The assertions in each step that failed as a whole: without an assertion that says why, or for one of an
    undocumented kind."""


@_OPEN
class ResponseDocument(TypedDict):
    """One response of the bot. A text is null if there is no such response."""

    expected: str | None
    actual: str | None
    dialog: str
    """The dialog that sent the actual text."""
    node: str
    """The node that sent the actual text."""


@_OPEN
class StepDocument(TypedDict):
    """One execution step with its test cases."""

    step: Count
    """Number of the step, from 1. Step 0 contains the test cases of the run itself."""
    classname: str
    """Class name of its test cases in the JUnit report."""
    input: str
    """What the user said."""
    occurrence: Count
    """Which step with this input it is in the suite, from 1."""
    returned: bool
    """False for a step that the platform announced but did not return."""
    status: str | None
    """The platform's status word for the step."""
    foldedCases: Count
    """Number of passed test cases for which the first one stands. 0 if each is listed."""
    responses: list[ResponseDocument]
    unknownAssertions: list[UnknownAssertionDocument]
    cases: list[CaseDocument]


@_OPEN
class FiguresDocument(TypedDict):
    """How well the bot recognized the intents of a batch suite, computed by the platform. A missing value is null.

    Figures are plain decimals from 0 to 1. They are strings, so that no digit is lost.
    """

    f1: str | None
    precision: str | None
    recall: str | None
    truePositives: Count | None
    trueNegatives: Count | None
    falsePositives: Count | None
    falseNegatives: Count | None


@_OPEN
class SuiteFileDocument(TypedDict):
    """The file of the workspace that a suite was imported from."""

    path: str
    """The path of the file in the workspace."""
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    """The hash of the file."""
    utterances: Count
    """The number of its unique utterances."""


@_OPEN
class SuiteDocument(TypedDict):
    """One test suite."""

    name: str
    """The suite's name, unique and on one line."""
    suite: str
    """The suite's name on the platform."""
    kind: SuiteKindWord
    """In a batch suite, each step is an utterance."""
    testRunId: str | None
    """Id of the test run, ctr-…. Null if none was started."""
    verdict: VerdictWord
    """The verdict on the suite."""
    exitCode: ExitCode
    """The exit code of the verdict."""
    failures: list[str]
    """Signs of failure, one sentence each."""
    doubts: list[str]
    """Reasons why the run does not prove a pass, one sentence each."""
    advice: list[str]
    """What to do about an error. Text for people, which may change in any version."""
    remarks: list[str]
    """Further remarks. They do not affect the verdict."""
    status: str | None
    """The platform's status word for the run."""
    startedAt: Moment | None
    """When the run started."""
    durationSeconds: Seconds
    """How long the run took, measured by the platform."""
    nlpVersions: list[str]
    """The NLP versions that the steps ran with, without repetition."""
    passRate: Percentage
    """Percentage of test cases that passed: two decimals, rounded down."""
    counts: CountsDocument
    stepCounts: StepCountsDocument
    platformCounts: StepCountsDocument | None
    """The platform's own counts of steps, if they are complete."""
    earlierRuns: list[EarlierRunDocument]
    """The runs before the one that decides, in their order."""
    figures: FiguresDocument | None
    suiteFile: SuiteFileDocument | None
    """Null for a suite that the job ran as the platform had it."""
    steps: list[StepDocument]


@_OPEN
class ComparisonDocument(TypedDict):
    """How the test cases compare with the baseline."""

    source: str
    """The path of the baseline as given."""
    new: Count
    """Failed test cases that did not fail in the baseline."""
    known: Count
    """Failed test cases that failed in the baseline too."""
    fixed: Count
    """Test cases that failed in the baseline and pass now."""
    missing: Count
    """Test cases of the baseline that are missing in the job."""
    oldestKnownSince: Moment | None
    """When the oldest known failure was first seen. Null if none is known."""
    reasonAgainst: str | None
    """Why the baseline tolerates nothing. Null if it may tolerate failures."""


@_OPEN
class PolicyDocument(TypedDict):
    """What the gate policy did, in addition to the tolerances of the test cases."""

    tolerated: Count
    """Number of tolerated test cases."""
    baseline: ComparisonDocument | None
    """Null without a baseline."""
    quarantine: str | None
    """The path of the quarantine file as given. Null without one."""
    quarantineAdded: list[str]
    """The entries that are not in the base branch's copy of the quarantine file."""
    remarks: list[str]
    """Remarks for the people who maintain the tests. They do not affect the verdict."""


@_OPEN
class ReportDocument(TypedDict):
    """The report of one job. Fields may be added within schemaVersion 1, so ignore fields that you do not know."""

    koregate: str
    """The version of koregate that wrote the report."""
    schemaVersion: Version
    """It changes if a field is removed or gets another meaning."""
    verdict: VerdictWord
    """The verdict on the job: the worst verdict of its suites."""
    exitCode: ExitCode
    """Exit code of the job."""
    failOn: FailOnWord
    """Which verdicts make the exit code non-zero."""
    finishedAt: Moment | None
    """When the job finished. Null if a single saved reply does not say."""
    ci: CIDocument
    target: TargetDocument
    durationSeconds: Seconds
    """Sum of the durations of the test runs, measured by the platform."""
    passRate: Percentage
    """Percentage of test cases that passed: two decimals, rounded down."""
    counts: CountsDocument
    stepCounts: StepCountsDocument
    policy: PolicyDocument
    suites: list[SuiteDocument]


def schema() -> dict[str, Any]:
    """The JSON Schema of report.json."""
    generated = TypeAdapter(ReportDocument).json_schema()
    for definition in (generated, *generated["$defs"].values()):
        definition["title"] = f"koregate {_words(definition['title'].removesuffix('Document'))}"
        for name, field in definition["properties"].items():
            title = _words(name)
            field["title"] = title[0].upper() + title[1:]
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA_ID}
    return {**head, **generated, "title": "koregate report"}


def _words(name: str) -> str:
    """The words of a name: `testRunId` is `test run id`."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower().split()
    return " ".join(_ACRONYMS.get(word, word) for word in words)
