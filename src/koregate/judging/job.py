"""The results of all suites of a job, judged from the records of their runs."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace

from koregate.errors import internal_error
from koregate.judging import batch, linked_results
from koregate.judging.cases import EarlierRun, Outcome, TestCase, unique_names
from koregate.judging.earlier_runs import earlier_run, room_for_earlier_runs, with_earlier_runs
from koregate.judging.failure_class import with_failure_classes
from koregate.judging.limits import MAX_CASES, TextBudget, with_few_cases
from koregate.judging.results import JobResult, SuiteResult
from koregate.redaction.personal_data import personal_data_filter
from koregate.runs.record import RunRecord, StopReason, Target, lost_start_text
from koregate.text import one_line
from koregate.verdicts import EXIT_NO_VERDICT, Verdict

_MAX_DETAIL = 300


class JobJudge:
    """Judges the runs of a job as they end. The last run of each suite must be kept, after all before it.

    `suites` are the names on the platform, in the order of the report. Personal data that `redact` matches is removed
    everywhere. If there are more than `max_cases` test cases, the passed ones of each step become one.
    """

    def __init__(
        self, target: Target, suites: Sequence[str], redact: tuple[str, ...] = (), max_cases: int = MAX_CASES
    ) -> None:
        self._max_cases = max_cases
        self._redact = redact
        self._remove_personal_data: Callable[[str], str] = personal_data_filter(redact)
        # The other values are the job's own inputs.
        training = target.training and self._remove_personal_data(target.training)
        self._target = target._replace(training=training)
        self._names = unique_names(map(self._remove_personal_data, suites))
        self._results: dict[int, SuiteResult] = {}
        self._earlier: defaultdict[int, list[EarlierRun]] = defaultdict(list)
        self._room = room_for_earlier_runs(len(suites))
        self._texts = TextBudget()

    def judge(self, number: int, record: RunRecord) -> SuiteResult:
        """What a run of the suite with that number, counted from 0, shows by itself."""
        name = self._names[number]
        record = record._replace(suite=self._remove_personal_data(record.suite))
        # Two modules with the same function: the kinds differ only in the proof and the test cases.
        kind = batch if record.kind == "batch" else linked_results
        try:
            result = kind.judge(name, record, self._remove_personal_data, self._target)
        except Exception as problem:  # noqa: BLE001 -- a reply that koregate cannot judge must still end in a report
            message = internal_error(problem, self._remove_personal_data(str(problem)))
            stop = StopReason(Verdict.ERROR, EXIT_NO_VERDICT, message)
            result = kind.judge(name, record._replace(reply=None, stop=stop), self._remove_personal_data, self._target)
        if record.lost_start is not None:
            result = replace(result, remarks=(lost_start_text(record.lost_start), *result.remarks))
        return with_failure_classes(result)

    def keep_earlier(self, number: int, result: SuiteResult) -> None:
        """Keep what a run of the suite showed that another one follows."""
        self._earlier[number].append(earlier_run(result, self._room))

    def keep(self, number: int, result: SuiteResult) -> None:
        """Keep what the last run of the suite showed: it decides."""
        self._texts.add(self._results, number, with_earlier_runs(result, self._earlier[number]))

    def result(self) -> JobResult:
        """The result of the job."""
        suites = with_few_cases([self._results[number] for number in range(len(self._names))], self._max_cases)
        runs = Counter(run_id for suite in suites for run_id in suite.run_ids)
        shared = ([run_id for run_id in suite.run_ids if runs[run_id] > 1] for suite in suites)
        results = (_sharing(suite, ids[-1]) if ids else suite for suite, ids in zip(suites, shared, strict=True))
        return JobResult.of(self._target, results, self._redact)


def _sharing(suite: SuiteResult, run_id: str) -> SuiteResult:
    """The suite, one of whose test runs is there more than once. It proves nothing: each run is one of one suite."""
    whose = "more than one test suite" if suite.run_ids.count(run_id) == 1 else "more than one run of the suite"
    doubt = f'The test run "{one_line(run_id, _MAX_DETAIL)}" belongs to {whose}.'
    doubtful = replace(suite, doubts=(*suite.doubts, doubt))
    if suite.verdict not in (Verdict.PASSED, Verdict.SKIPPED):
        return doubtful
    case = TestCase(0, 0, "run", Outcome.ERROR, doubt)
    return replace(doubtful, verdict=Verdict.ERROR, exit_code=EXIT_NO_VERDICT, run_cases=(case,))


def judge_job(target: Target, records: Sequence[RunRecord], redact: tuple[str, ...] = ()) -> JobResult:
    """The result of a job with these records, in the order of its suites."""
    judge = JobJudge(target, [record.suite for record in records], redact)
    for number, record in enumerate(records):
        for earlier in record.earlier:
            judge.keep_earlier(number, judge.judge(number, earlier))
        judge.keep(number, judge.judge(number, record))
    return judge.result()
