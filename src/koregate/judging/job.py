"""The results of all suites of a job, from what is known of their runs."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from koregate.judging import batch, linked_results
from koregate.judging.cases import Outcome, TestCase, unique_names
from koregate.judging.failure_class import with_failure_classes
from koregate.judging.limits import MAX_CASES, TextBudget, with_few_cases
from koregate.judging.results import JobResult, SuiteResult
from koregate.redaction import personal_data_filter
from koregate.runs.record import RunRecord, StopReason, Target
from koregate.text import one_line
from koregate.verdicts import EXIT_NO_VERDICT, Verdict

_MAX_DETAIL = 300


class JobJudge:
    """Judges the suites of a job as their runs end. Every suite needs one call of `judge`.

    `suites` are the names at the platform, in the order of the report. Personal data that `redact` matches is removed
    from everything. Above `max_cases` test cases the passed ones of a step become one.
    """

    def __init__(
        self, target: Target, suites: Sequence[str], redact: tuple[str, ...] = (), max_cases: int = MAX_CASES
    ) -> None:
        self._target = target
        self._max_cases = max_cases
        self._redact = redact
        self._remove_personal_data: Callable[[str], str] = personal_data_filter(redact)
        self._names = unique_names(map(self._remove_personal_data, suites))
        self._results: dict[int, SuiteResult] = {}
        self._texts = TextBudget()

    def judge(self, number: int, record: RunRecord) -> SuiteResult:
        """The result of the suite with that number, counted from 0."""
        name = self._names[number]
        record = record._replace(suite=self._remove_personal_data(record.suite))
        # Two modules with the same function: the proof and the test cases are all that differs between the kinds.
        kind = batch if record.kind == "batch" else linked_results
        try:
            result = kind.judge(name, record, self._remove_personal_data, self._target)
        except Exception as problem:  # noqa: BLE001 -- a reply that koregate cannot judge must still end in a report
            detail = one_line(self._remove_personal_data(str(problem)), _MAX_DETAIL)
            message = (
                f"Internal error ({type(problem).__name__}: {detail}). This is a bug in koregate; please report it."
            )
            stop = StopReason(Verdict.ERROR, EXIT_NO_VERDICT, message)
            result = kind.judge(name, record._replace(reply=None, stop=stop), self._remove_personal_data, self._target)
        self._texts.add(self._results, number, with_failure_classes(result))
        return self._results[number]

    def result(self) -> JobResult:
        """The result of the job."""
        suites = with_few_cases([self._results[number] for number in range(len(self._names))], self._max_cases)
        runs = Counter(suite.run_id for suite in suites if suite.run_id)
        return JobResult.of(
            self._target,
            (_sharing(suite) if suite.run_id and runs[suite.run_id] > 1 else suite for suite in suites),
            self._redact,
        )


def _sharing(suite: SuiteResult) -> SuiteResult:
    """The suite, whose test run is another suite's too. A run is of one suite, so it proves nothing for any of them."""
    doubt = f'The test run "{one_line(suite.run_id or "", _MAX_DETAIL)}" is that of more than one test suite.'
    doubtful = replace(suite, doubts=(*suite.doubts, doubt))
    if suite.verdict not in (Verdict.PASSED, Verdict.SKIPPED):
        return doubtful
    case = TestCase(0, 0, "run", Outcome.ERROR, doubt)
    return replace(doubtful, verdict=Verdict.ERROR, exit_code=EXIT_NO_VERDICT, run_cases=(case,))


def judge_job(target: Target, records: Sequence[RunRecord], redact: tuple[str, ...] = ()) -> JobResult:
    """The result of a job with these records, in the order of its suites."""
    judge = JobJudge(target, [record.suite for record in records], redact)
    for number, record in enumerate(records):
        judge.judge(number, record)
    return judge.result()
