"""The verdicts and exit codes of the contract, and which of several is the worst."""

import itertools
import signal

import pytest

from koregate import verdicts
from koregate.verdicts import Verdict, worst


def test_the_verdicts_are_those_of_the_contract_from_best_to_worst() -> None:
    assert ["passed", "skipped", "tolerated", "failed", "timeout", "error", "cancelled"] == [
        str(verdict) for verdict in Verdict
    ]


def test_the_exit_codes_are_those_of_the_contract() -> None:
    assert {
        "EXIT_PASSED": 0,
        "EXIT_FAILED": 1,
        "EXIT_INPUTS": 2,
        "EXIT_CREDENTIALS": 3,
        "EXIT_NO_VERDICT": 4,
        "EXIT_TIMEOUT": 5,
    } == {name: code for name, code in vars(verdicts).items() if name.startswith("EXIT_")}


PASSED, SKIPPED, FAILED = (Verdict.PASSED, 0), (Verdict.SKIPPED, 0), (Verdict.FAILED, 1)
TIMEOUT, CANCELLED = (Verdict.TIMEOUT, 5), (Verdict.CANCELLED, 128 + signal.SIGTERM)
INPUTS, CREDENTIALS, NO_VERDICT = (Verdict.ERROR, 2), (Verdict.ERROR, 3), (Verdict.ERROR, 4)
FROM_WORST_TO_BEST = [CANCELLED, INPUTS, CREDENTIALS, NO_VERDICT, TIMEOUT, FAILED, SKIPPED, PASSED]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_the_worst_wins_in_any_order(count: int) -> None:
    for chosen in itertools.combinations(FROM_WORST_TO_BEST, count):
        for order in itertools.permutations(chosen):
            assert chosen[0] == worst(order)


def test_suites_with_the_same_verdict_give_it_to_the_job() -> None:
    assert [FAILED, NO_VERDICT] == [worst([FAILED, FAILED]), worst([NO_VERDICT] * 3)]
