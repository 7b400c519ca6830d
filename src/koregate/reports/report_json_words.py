"""The closed sets of report.json, and the types of its fields.

A closed set is an enum in the schema. koregate's own reader accepts any text there, so that it can name the test case
or suite with a word that koregate never writes, and still report on all others.
"""

from typing import Annotated, get_args

from pydantic import WithJsonSchema

from koregate.inputs import BotVersion, FailOn, SuiteKindName
from koregate.judging.cases import EARLIER_RUNS, MIN_F1, FailureClass, Outcome, ToleranceKind
from koregate.kore_api.conversation import ASSERTION_KINDS
from koregate.verdicts import Verdict

SCHEMA_VERSION = 1
RUN = "run"
STEP = "step"
# The kinds of test cases: those of a response, an entity or a step, and those of the run itself.
KINDS_OF_STEPS: dict[str, frozenset[str]] = {
    "conversation": frozenset({*ASSERTION_KINDS, STEP}),
    "batch": frozenset({"intent", "entity", STEP}),
}
KINDS_OF_RUNS: dict[str, frozenset[str]] = {
    "conversation": frozenset({RUN, EARLIER_RUNS}),
    "batch": frozenset({RUN, "count", MIN_F1, EARLIER_RUNS}),
}
STEP_KINDS = frozenset().union(*KINDS_OF_STEPS.values())
RUN_KINDS = frozenset().union(*KINDS_OF_RUNS.values())
# These kinds are about one part of the step. Parts are counted from 1.
NUMBERED_KINDS = frozenset({*ASSERTION_KINDS, "entity"})
SUITE_KINDS: tuple[str, ...] = get_args(SuiteKindName)
VERDICTS = tuple(map(str, Verdict))
OUTCOMES = tuple(map(str, Outcome))
OUTCOMES_BEFORE_POLICY = tuple(outcome for outcome in OUTCOMES if outcome != Outcome.TOLERATED)
FAILURE_CLASSES = tuple(map(str, FailureClass))
TOLERANCES = tuple(map(str, ToleranceKind))
CI_SYSTEMS = ("github", "gitlab", "azure", "circleci", "buildkite", "bitbucket", "jenkins")


def _one_of(*words: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "enum": list(words)})


VerdictWord = Annotated[str, _one_of(*VERDICTS)]
OutcomeWord = Annotated[str, _one_of(*OUTCOMES)]
OutcomeBeforePolicyWord = Annotated[str, _one_of(*OUTCOMES_BEFORE_POLICY)]
FailureClassWord = Annotated[str, _one_of(*FAILURE_CLASSES)]
ToleranceWord = Annotated[str, _one_of(*TOLERANCES)]
KindWord = Annotated[str, _one_of(*sorted(STEP_KINDS), *sorted(RUN_KINDS))]
SuiteKindWord = Annotated[str, _one_of(*SUITE_KINDS)]
FailOnWord = Annotated[str, _one_of(*get_args(FailOn))]
BotVersionWord = Annotated[str, _one_of(*get_args(BotVersion))]
SystemWord = Annotated[str, _one_of(*CI_SYSTEMS)]

Version = Annotated[int, WithJsonSchema({"type": "integer", "const": SCHEMA_VERSION})]
ExitCode = Annotated[int, WithJsonSchema({"type": "integer", "minimum": 0, "maximum": 255})]
Count = Annotated[int, WithJsonSchema({"type": "integer", "minimum": 0})]
Seconds = Annotated[float, WithJsonSchema({"type": "number", "minimum": 0})]
Percentage = Annotated[float, WithJsonSchema({"type": "number", "minimum": 0, "maximum": 100})]
Moment = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
Address = Annotated[str, WithJsonSchema({"type": "string", "format": "uri", "pattern": "^https?://"})]
