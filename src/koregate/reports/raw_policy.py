"""The gate policy of a job in run.json, so that its reports can be rebuilt."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from koregate.inputs import Flaky, ReportInputs, SuiteKindName, WarnOn
from koregate.judging.cases import FailureClass
from koregate.policy.baseline import Baseline, BaselineSuite, Key, KnownFailure
from koregate.policy.quarantine import Quarantine, read_quarantine
from koregate.runs.record import Target

_Digest = Annotated[str, Field(pattern="^[0-9a-f]{32}$")]


class _Model(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, defer_build=True)


class SavedQuarantineModel(_Model):
    """A quarantine file, and the base branch's copy of it if one was named."""

    path: str
    text: str
    base: str | None


class SavedFailureModel(_Model):
    """A failure of the baseline. The expectation is a digest."""

    case: Key
    failure_class: FailureClass
    expectation: _Digest
    since: AwareDatetime


class SavedBaselineSuiteModel(_Model):
    """One suite of the baseline."""

    kind: SuiteKindName
    failed: list[SavedFailureModel]
    cases: list[Key]


class SavedBaselineModel(_Model):
    """The parts of a baseline that policy needs."""

    source: str
    host: str | None
    stream_id: str | None
    bot_version: str | None
    bot_language: str | None
    finished_at: AwareDatetime | None
    problem: str
    run_ids: list[str]
    suites: dict[str, SavedBaselineSuiteModel]

    @classmethod
    def of(cls, baseline: Baseline) -> Self:
        """The baseline in the form of run.json."""
        return cls(
            source=baseline.source,
            host=baseline.target.host,
            stream_id=baseline.target.stream_id,
            bot_version=baseline.target.bot_version,
            bot_language=baseline.target.bot_language,
            finished_at=baseline.finished,
            problem=baseline.problem,
            run_ids=sorted(baseline.run_ids),
            suites={name: _saved_suite(suite) for name, suite in baseline.suites.items()},
        )

    def baseline(self) -> Baseline:
        """The baseline again."""
        return Baseline(
            self.source,
            Target(self.host, self.stream_id, self.bot_version, self.bot_language),
            self.finished_at,
            {name: _suite(suite) for name, suite in self.suites.items()},
            self.problem,
            frozenset(self.run_ids),
        )


class SavedPolicyModel(_Model):
    """The inputs of the policy, and the content of their files."""

    min_pass_rate: Annotated[Decimal, Field(ge=0, le=100)]
    warn_on: tuple[WarnOn, ...]
    min_tests: Annotated[int, Field(ge=0)]
    min_f1: Annotated[Decimal, Field(ge=0, le=1)] | None
    flaky: Flaky = "fail"
    quarantine: SavedQuarantineModel | None
    baseline: SavedBaselineModel | None

    @classmethod
    def of(cls, inputs: ReportInputs, quarantine: tuple[str, str | None] | None, baseline: Baseline | None) -> Self:
        """The policy in the form of run.json. `quarantine` is the text of the file and of the base branch's copy."""
        return cls(
            min_pass_rate=inputs.min_pass_rate,
            warn_on=inputs.warn_on,
            min_tests=inputs.min_tests,
            min_f1=inputs.min_f1,
            flaky=inputs.flaky,
            quarantine=SavedQuarantineModel(path=inputs.quarantine or "", text=quarantine[0], base=quarantine[1])
            if quarantine
            else None,
            baseline=SavedBaselineModel.of(baseline) if baseline else None,
        )

    @property
    def values(self) -> Mapping[str, object]:
        """The inputs without those that name files, by their fields."""
        return {
            "min_pass_rate": self.min_pass_rate,
            "warn_on": self.warn_on,
            "min_tests": self.min_tests,
            "min_f1": self.min_f1,
            "flaky": self.flaky,
        }

    def read_quarantine(self, finished: datetime) -> Quarantine | None:
        """The quarantine file again, as of that time. Raises ValueError if it is unusable."""
        if self.quarantine is None:
            return None
        saved = self.quarantine
        quarantine = read_quarantine(saved.path, saved.text.encode(), finished.date())
        return quarantine if saved.base is None else quarantine.compared_with(saved.base.encode())


def _saved_suite(suite: BaselineSuite) -> SavedBaselineSuiteModel:
    return SavedBaselineSuiteModel(
        kind=suite.kind,
        failed=[
            SavedFailureModel(
                case=case, failure_class=failure.failure_class, expectation=failure.expectation, since=failure.since
            )
            for case, failure in sorted(suite.failed.items())
        ],
        cases=sorted(suite.cases),
    )


def _suite(saved: SavedBaselineSuiteModel) -> BaselineSuite:
    failed = {
        failure.case: KnownFailure(failure.failure_class, failure.expectation, failure.since)
        for failure in saved.failed
    }
    return BaselineSuite(failed, frozenset(saved.cases), saved.kind)
