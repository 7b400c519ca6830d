"""The rules of the gate policy, from its inputs and files."""

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple, Self

from koregate.inputs import Flaky, ReportInputs
from koregate.judging.cases import FailureClass
from koregate.policy.baseline import Baseline
from koregate.policy.quarantine import Quarantine

ALL = Decimal(100)


class Policy(NamedTuple):
    """Every rule of a job. `now` is when the job finished. `is_pull_request` is None if the CI system does not say."""

    now: datetime
    min_pass_rate: Decimal = ALL
    warn_on: frozenset[FailureClass] = frozenset()
    min_tests: int = 0
    quarantine: Quarantine | None = None
    baseline: Baseline | None = None
    is_pull_request: bool | None = None
    min_f1: Decimal | None = None
    flaky: Flaky = "fail"

    @classmethod
    def of(cls, inputs: ReportInputs, quarantine: Quarantine | None, baseline: Baseline | None, now: datetime) -> Self:
        """The rules from these inputs and the files that they name."""
        warn_on = frozenset(map(FailureClass, inputs.warn_on))
        rules = cls(now, inputs.min_pass_rate, warn_on, inputs.min_tests, quarantine, baseline)
        return rules._replace(min_f1=inputs.min_f1, flaky=inputs.flaky)

    @property
    def may_tolerate(self) -> bool:
        """Whether a rule is switched on that may tolerate a failure of a single run."""
        baseline = self.baseline is not None and self.is_pull_request is not False
        rate = self.min_pass_rate < ALL or self.min_f1 is not None
        return baseline or rate or self.quarantine is not None or bool(self.warn_on)

    @property
    def changes_nothing(self) -> bool:
        """Whether no rule is switched on that looks at a single run of a suite."""
        files = self.quarantine is not None or self.baseline is not None
        return not (files or self.warn_on or self.min_tests or self.min_pass_rate < ALL or self.min_f1 is not None)
