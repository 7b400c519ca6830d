"""Each assertion of an execution step becomes a test case."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from koregate.judging.cases import NO_RESPONSE, NOT_EXPECTED, Outcome, TestCase
from koregate.judging.context import context_difference
from koregate.judging.difference import difference, sentence
from koregate.judging.excerpts import quoted
from koregate.judging.results import MAX_MESSAGE
from koregate.kore_api.conversation import (
    ASSERTION_KINDS,
    Assertion,
    Response,
    Step,
    UnknownAssertion,
)
from koregate.kore_api.status_reply import normalized_status
from koregate.text import json_as_text, one_line

_MAX_NAME = 60
# Expected and actual response of one place in a step. Either may be missing.
Pair: TypeAlias = tuple[Response | None, Response | None]


def step_cases(number: int, step: Step | None, redact: Callable[[str], str] = str, *, ended: bool) -> list[TestCase]:
    """The test cases of one execution step. `ended` says whether the run is over."""
    if step is None:
        return [TestCase(number, 0, "step", Outcome.ERROR, f"Step {number} could not be read.")]
    executed = step.executed and (ended or bool(step.status))
    cases = [
        _assertion_case(number, index, kind, pair, executed=executed)
        for index, pair in enumerate(step.response_pairs, 1)
        for kind in ASSERTION_KINDS
        if _has_assertion(kind, pair)
    ]
    own = _step_case(number, step, cases, _unknown_kinds(step, redact), executed=executed)
    return [*cases, own] if own else cases


def unexecuted_step_case(number: int) -> TestCase:
    """The test case of a step that the platform announced but did not return."""
    return TestCase(number, 0, "step", Outcome.SKIPPED, f"Step {number} is missing from the platform's reply.")


def _has_assertion(kind: str, pair: Pair) -> bool:
    return any(response is not None and response.assertion(kind) is not None for response in pair)


def _step_case(
    number: int, step: Step, cases: list[TestCase], unknown: dict[str, Outcome], *, executed: bool
) -> TestCase | None:
    """The test case of the step itself, needed if it has no assertion or if its assertions do not explain its status.

    Assertions of `unknown` kinds have no test cases of their own.
    """
    failed = [f"The {name} assertion failed." for name, outcome in unknown.items() if outcome is Outcome.FAILED]
    doubts = [
        f"The {name} assertion has no usable status." for name, outcome in unknown.items() if outcome is Outcome.ERROR
    ]
    if not executed and not failed:
        case = TestCase(number, 0, "step", Outcome.SKIPPED, f"Step {number} was not executed.")
        return None if cases else case
    if executed:
        doubts += _unreadable_responses(number, step)
    explained = failed or any(case.outcome is Outcome.FAILED for case in cases)
    if step.failed and not explained:
        failed = [f"Step {number} failed on the platform, but no assertion says why."]
    elif executed and not step.passed and not step.failed:
        word = f'ended as "{one_line(step.status, 40)}"' if step.status else "has no status"
        doubts.insert(0, f"Step {number} {word}.")
    if failed or doubts:
        outcome = Outcome.FAILED if failed else Outcome.ERROR
        return TestCase(number, 0, "step", outcome, one_line(" ".join([*failed, *doubts]), MAX_MESSAGE))
    return None if cases else TestCase(number, 0, "step", Outcome.PASSED)


def _unreadable_responses(number: int, step: Step) -> Iterator[str]:
    for name, responses in (("expected", step.expected), ("actual", step.actual)):
        if responses and None in responses:
            place = responses.index(None) + 1
            yield f"The {name} response {place} in step {number} could not be read."


def _unknown_kinds(step: Step, redact: Callable[[str], str]) -> dict[str, Outcome]:
    """The outcome of every assertion of an undocumented kind, by the kind's name in quotes."""
    by_name: dict[str, list[Outcome | None]] = {}
    for pair in step.response_pairs:
        for response in pair:
            unknown = response.assertions.unknown if response is not None and response.assertions else {}
            for key, assertions in unknown.items():
                name = f'"{one_line(redact(key), _MAX_NAME)}"'
                by_name.setdefault(name, []).extend(map(_judge_unknown, assertions))
    return {
        name: next((outcome for outcome in (Outcome.FAILED, Outcome.ERROR) if outcome in outcomes), Outcome.PASSED)
        for name, outcomes in by_name.items()
    }


def judged_unknown(step: Step, redact: Callable[[str], str] = str) -> frozenset[tuple[str, int]]:
    """The assertions of undocumented kinds that count: the name of each kind, with a number from 1 for each of them."""
    numbers = Counter(
        one_line(redact(key), _MAX_NAME)
        for pair in step.response_pairs
        for response in pair
        if response is not None and response.assertions
        for key, assertions in response.assertions.unknown.items()
        for assertion in assertions
        if _judge_unknown(assertion) is not None
    )
    return frozenset((key, number) for key, last in numbers.items() for number in range(1, last + 1))


def _judge_unknown(unknown: UnknownAssertion) -> Outcome | None:
    """The outcome of an assertion of an unknown kind, or None if it does not count."""
    assertion = unknown.assertion
    if assertion.enabled is False:
        return None
    outcome = _judge("", assertion)
    if outcome is Outcome.FAILED:
        return outcome
    if not unknown.is_complete:
        return Outcome.ERROR
    return (outcome or Outcome.ERROR) if assertion.is_judged else None


def _assertion_case(number: int, index: int, kind: str, pair: Pair, *, executed: bool) -> TestCase:
    outcome = _judge_pair(kind, pair, executed=executed)
    if outcome is Outcome.PASSED:
        return TestCase(number, index, kind, outcome)
    if outcome is Outcome.SKIPPED:
        return TestCase(number, index, kind, outcome, f"Step {number} was not executed.")
    (expected, *alternatives), actual, message = _compared(kind, *pair)
    if outcome is Outcome.ERROR:
        message = f"The {kind} assertion has no usable status: {_statuses(kind, pair)}."
    elif not message and expected == actual:
        both = f", although expected and actual are both {quoted(actual)}" if actual else " without saying more"
        message = f"The platform marked the {kind} assertion as failed{both}."
    elif not message:
        message = sentence(difference([expected, *alternatives], actual))
    return TestCase(number, index, kind, outcome, one_line(message, MAX_MESSAGE), expected, actual, tuple(alternatives))


def _judge_pair(kind: str, pair: Pair, *, executed: bool) -> Outcome:
    """One outcome for both responses: any sign of failure wins, and a missing status proves nothing."""
    outcomes = {
        _judge(kind, assertion)
        for response in pair
        if response is not None and (assertion := response.assertion(kind)) is not None
    }
    if Outcome.FAILED in outcomes:
        return Outcome.FAILED
    if not executed:
        return Outcome.SKIPPED
    if Outcome.ERROR in outcomes:
        return Outcome.ERROR
    return Outcome.PASSED if Outcome.PASSED in outcomes else Outcome.ERROR


_WORDS = {"passed": Outcome.PASSED, "failed": Outcome.FAILED}


def _judge(kind: str, assertion: Assertion) -> Outcome | None:
    """The outcome that one assertion shows, or None if it shows none.

    Some accepted variants may fail although the assertion passes ("OneOf" on the platform's page about test case
    assertions). So the entries count only if the assertion has no status of its own. In a flow or context assertion,
    every entry must pass.
    """
    if assertion.status:
        return _WORDS.get(normalized_status(assertion.status), Outcome.ERROR)
    outcomes = [_entry_outcome(entry.get("status")) for entry in assertion.entries if entry.get("status") is not None]
    if not outcomes:
        return None
    if kind == "text" and Outcome.PASSED in outcomes:
        return Outcome.PASSED
    if Outcome.FAILED in outcomes:
        return Outcome.FAILED
    complete = len(outcomes) == len(assertion.entries) and set(outcomes) == {Outcome.PASSED}
    return Outcome.PASSED if complete else Outcome.ERROR


def _entry_outcome(status: object) -> Outcome:
    return _WORDS.get(normalized_status(status), Outcome.ERROR) if isinstance(status, str) else Outcome.ERROR


def _statuses(kind: str, pair: Pair) -> str:
    statuses = [
        one_line(assertion.status, 40)
        for response in pair
        if response is not None and (assertion := response.assertion(kind)) is not None and assertion.status
    ]
    return ", ".join(f'"{status}"' for status in dict.fromkeys(statuses)) or "none is given"


def _compared(kind: str, expected: Response | None, actual: Response | None) -> tuple[list[str], str, str]:
    """The accepted texts, the actual text, and a message. The message is empty if it follows from the texts."""
    message = ""
    if kind == "text":
        accepted, actual_text = _accepted_texts(expected, actual), json_as_text(actual.text) if actual else ""
    elif kind == "flow":
        accepted, actual_text = [_flow(expected) if expected else ""], _flow(actual) if actual else ""
    else:
        context = context_difference(_context_entries(expected), _context_entries(actual))
        accepted, actual_text = [context.expected], context.actual
        message = context.sentence if expected and actual else ""
    return accepted if expected else [NOT_EXPECTED], actual_text if actual else NO_RESPONSE, message


def _accepted_texts(expected: Response | None, actual: Response | None) -> list[str]:
    """The accepted variants, or the expected response's text if no variant is listed.

    Whether the entries contain the expected or the actual text is undocumented. So an entry that repeats the actual
    text does not count as a variant.
    """
    if expected is None:
        return []
    assertion = expected.assertion("text")
    actual_text = json_as_text(actual.text) if actual is not None else None
    texts = [json_as_text(entry["text"]) for entry in (assertion.entries if assertion else []) if entry.get("text")]
    return list(dict.fromkeys(text for text in texts if text != actual_text)) or [json_as_text(expected.text)]


def _flow(response: Response) -> str:
    assertion = response.assertion("flow")
    nodes = [json_as_text(entry["nodeId"]) for entry in (assertion.entries if assertion else []) if entry.get("nodeId")]
    parts = {
        "node": json_as_text(response.node_name) or json_as_text(response.node_id) or ", ".join(nodes),
        "intent": json_as_text(response.intent_id),
        "dialog": json_as_text(response.dialog),
        "transitions": _joined(response.transitions),
    }
    return ", ".join(f"{key} {value}" for key, value in parts.items() if value) or json_as_text(response.category)


def _joined(value: object) -> str:
    return " > ".join(map(json_as_text, value)) if isinstance(value, list) else json_as_text(value)


def _context_entries(response: Response | None) -> list[dict[str, Any]]:
    assertion = response.assertion("context") if response else None
    return assertion.entries if assertion else []
