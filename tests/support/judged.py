"""The result of a reply of a conversation suite, after what holds for every result."""

from typing import Any

from koregate.judging.cases import Outcome
from koregate.judging.results import SuiteResult
from koregate.verdicts import Verdict
from support import answers
from support.answers import answer, response, step

DETAILS = {"msg": "The auth profile expired."}
DETAILS_LINE = 'The platform reports an error: "The auth profile expired."'
NOT_PROVEN = "So the suite cannot be counted as passed."


def checked(suite: SuiteResult) -> SuiteResult:
    """The result, after what holds for every one: some test case blocks exactly if it is no pass, and says why."""
    assert suite.cases
    assert any(case.is_blocking for case in suite.cases) == (suite.verdict is not Verdict.PASSED)
    assert any(case.outcome is Outcome.FAILED for case in suite.cases) or suite.verdict is not Verdict.FAILED
    assert bool(suite.failures) == (suite.verdict is Verdict.FAILED)
    assert bool(suite.reasons) == (suite.verdict is not Verdict.PASSED)
    return suite


def judged(reply: Any) -> SuiteResult:
    """The checked result of a reply."""
    return checked(answers.judged(reply))


def with_unknown(unknown: Any, key: str = "intent") -> dict[str, Any]:
    """A reply with an assertion of a kind that no page names."""
    message = response()
    message["assertions"][key] = unknown
    return answer(step(expected=[response()], actual=[message]))
