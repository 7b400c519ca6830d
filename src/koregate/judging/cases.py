"""An execution step's assertions become test cases, with stable unique names."""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from koregate.judging.transcript import spoken
from koregate.kore_api.conversation import KINDS, word
from koregate.text import as_text, one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from koregate.kore_api.conversation import Assertion, Response, Step

LONGEST_NAME = 200
_LONGEST_INPUT = 120
_SIDE = 160
# Between the accepted variants of an expected text.
_OR = "\nor: "
_MOST_VARIANTS = 8
NO_ANSWER = "(no answer)"
NOT_EXPECTED = "(no such answer)"


class Outcome(StrEnum):
    """How one test case ended."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    SKIPPED = "skipped"


class TestCase(NamedTuple):
    """One row of the JUnit report.

    `step` counts from 1 and is 0 for the whole run; `response` counts from 1 and is 0 for the whole step. `message` is
    one line; `expected` and `actual` are whole texts, for a failed assertion only.
    """

    step: int
    response: int
    kind: str
    outcome: Outcome
    message: str = ""
    expected: str = ""
    actual: str = ""

    @property
    def name(self) -> str:
        """The same from run to run, and unique within its classname."""
        if not self.step:
            return self.kind
        return f"{self.step}.{self.response} {self.kind}" if self.response else f"{self.step} {self.kind}"

    @property
    def is_red(self) -> bool:
        """Whether the case speaks against a pass."""
        return self.outcome in (Outcome.FAILED, Outcome.ERROR)


def classname(suite: str, number: int, step: Step | None) -> str:
    """Suite and step as readers show them: `Order pizza.step 2 I'd like a pizza`.

    Jenkins takes the last dot for the border between package and class, so dots inside either part are replaced.
    """
    if not number:
        return _fit(f"{_undotted(suite)}.run", LONGEST_NAME)
    said = one_line(step.user_input, _LONGEST_INPUT) if step is not None else ""
    label = f"step {number} {_undotted(said)}".rstrip()
    return f"{_fit(_undotted(suite), LONGEST_NAME - 1 - len(label))}.{label}"


def unique_names(names: Iterable[str]) -> list[str]:
    """Names on one line, at most 200 characters, each different from the others even without its dots."""
    taken: set[str] = set()
    found = []
    for name in names:
        shown = base = _fit(one_line(name), LONGEST_NAME)
        number = 2
        while _undotted(shown) in taken:
            shown = f"{_fit(base, LONGEST_NAME - 8)} ({number})"
            number += 1
        taken.add(_undotted(shown))
        found.append(shown)
    return found


def _undotted(text: str) -> str:
    return text.replace(".", "·")


def _fit(text: str, limit: int) -> str:
    """The text cut to the limit; a cut text ends in a mark made from the whole, so that it stays unique."""
    if len(text) <= limit:
        return text
    # errors: a lone surrogate in a name must not stop a report.
    mark = hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:8]
    return f"{text[: limit - 10]}… {mark}"[:limit]


def cases_of(number: int, step: Step | None, *, ended: bool) -> list[TestCase]:
    """The test cases of one execution step; `ended` says whether the run is over."""
    if step is None:
        return [TestCase(number, 0, "step", Outcome.ERROR, f"Step {number} could not be read.")]
    executed = step.executed and (ended or bool(step.status))
    found = [
        _assertion_case(number, index, kind, sides, executed=executed)
        for index, sides in enumerate(step.responses, 1)
        for kind in KINDS
        if _is_checked(kind, sides)
    ]
    own = _step_case(number, step, found, executed=executed)
    return [*found, own] if own else found


def never_executed(number: int) -> TestCase:
    """The case of a step that the run announced and that is not in its answer."""
    return TestCase(number, 0, "step", Outcome.SKIPPED, f"Step {number} was never executed.")


def _is_checked(kind: str, sides: tuple[Response | None, Response | None]) -> bool:
    return any(side is not None and side.assertion(kind) is not None for side in sides)


def _step_case(number: int, step: Step, found: list[TestCase], *, executed: bool) -> TestCase | None:
    """The case of the step itself: where it has no assertion, or its status is not explained by its assertions."""
    if not executed:
        case = TestCase(number, 0, "step", Outcome.SKIPPED, f"Step {number} was not executed.")
        return None if found else case
    if step.passed:
        return None if found else TestCase(number, 0, "step", Outcome.PASSED)
    if step.failed:
        message = f"Step {number} failed, and none of its assertions says why."
        case = TestCase(number, 0, "step", Outcome.FAILED, message)
        return None if any(one.outcome is Outcome.FAILED for one in found) else case
    message = (
        f'Step {number} ended as "{one_line(step.status, 40)}".' if step.status else f"Step {number} has no status."
    )
    return TestCase(number, 0, "step", Outcome.ERROR, message)


def _assertion_case(
    number: int, index: int, kind: str, sides: tuple[Response | None, Response | None], *, executed: bool
) -> TestCase:
    outcome = _judge_sides(kind, sides, executed=executed)
    if outcome is Outcome.PASSED:
        return TestCase(number, index, kind, outcome)
    if outcome is Outcome.SKIPPED:
        return TestCase(number, index, kind, outcome, f"Step {number} was not executed.")
    expected, actual = _difference(kind, *sides)
    if outcome is Outcome.ERROR:
        message = f"The {kind} assertion has no usable status: {_statuses(kind, sides)}."
    elif expected == actual:
        message = f"The platform failed the {kind} assertion; both sides read {_quoted(actual)}."
    else:
        message = f"expected {_quoted(expected)}, got {_quoted(actual)}"
    return TestCase(number, index, kind, outcome, message, expected, actual)


def _quoted(text: str) -> str:
    return text if text in (NO_ANSWER, NOT_EXPECTED) else f'"{one_line(text, _SIDE)}"'


def _judge_sides(kind: str, sides: tuple[Response | None, Response | None], *, executed: bool) -> Outcome:
    """One outcome from what the expected and the actual side say: any sign of failure wins, silence proves nothing."""
    said = {
        _judge(kind, assertion)
        for side in sides
        if side is not None and (assertion := side.assertion(kind)) is not None
    }
    if Outcome.FAILED in said:
        return Outcome.FAILED
    if not executed:
        return Outcome.SKIPPED
    if Outcome.ERROR in said:
        return Outcome.ERROR
    return Outcome.PASSED if Outcome.PASSED in said else Outcome.ERROR


_WORDS = {"passed": Outcome.PASSED, "failed": Outcome.FAILED}


def _judge(kind: str, assertion: Assertion) -> Outcome | None:
    """What one assertion says; None where it says nothing at all.

    Several accepted variants may fail while the assertion passes ("OneOf" in the platform's test case assertion page):
    the entries count only where the assertion has no status of its own. A flow or a context must hold in every entry.
    """
    if assertion.status:
        return _WORDS.get(word(assertion.status), Outcome.ERROR)
    said = [_entry(entry.get("status")) for entry in assertion.entries if entry.get("status") is not None]
    if not said:
        return None
    if kind == "text" and Outcome.PASSED in said:
        return Outcome.PASSED
    if Outcome.FAILED in said:
        return Outcome.FAILED
    return Outcome.PASSED if len(said) == len(assertion.entries) and set(said) == {Outcome.PASSED} else Outcome.ERROR


def _entry(status: object) -> Outcome:
    return _WORDS.get(word(status), Outcome.ERROR) if isinstance(status, str) else Outcome.ERROR


def _statuses(kind: str, sides: tuple[Response | None, Response | None]) -> str:
    found = [
        one_line(assertion.status, 40)
        for side in sides
        if side is not None and (assertion := side.assertion(kind)) is not None and assertion.status
    ]
    return ", ".join(f'"{status}"' for status in dict.fromkeys(found)) or "none is given"


def _difference(kind: str, expected: Response | None, actual: Response | None) -> tuple[str, str]:
    """What was expected and what came, as whole texts."""
    if kind == "text":
        wanted, came = _expected_text(expected, actual), NO_ANSWER if actual is None else as_text(actual.text)
        heard = spoken(wanted), spoken(came)
        return heard if heard[0] != heard[1] else (wanted, came)
    describe = _flow if kind == "flow" else _context
    return (
        NOT_EXPECTED if expected is None else describe(expected),
        NO_ANSWER if actual is None else describe(actual),
    )


def _expected_text(expected: Response | None, actual: Response | None) -> str:
    """The accepted variants, or the expected answer where no variant is listed.

    Whether the entries hold what was expected or what came is undocumented: an entry that repeats the answer is no
    variant.
    """
    if expected is None:
        return NOT_EXPECTED
    assertion = expected.assertion("text")
    came = as_text(actual.text) if actual is not None else None
    listed = [as_text(entry["text"]) for entry in (assertion.entries if assertion else []) if entry.get("text")]
    accepted = list(dict.fromkeys(spoken(text) for text in listed if text != came))
    return _OR.join(accepted) if accepted else as_text(expected.text)


def variants(kind: str, expected: str) -> list[str]:
    """The accepted variants that a test case's expected side joins; the last one holds all beyond the eighth."""
    return expected.split(_OR, _MOST_VARIANTS) if kind == "text" else [expected]


def _flow(response: Response) -> str:
    assertion = response.assertion("flow")
    nodes = [as_text(entry["nodeId"]) for entry in (assertion.entries if assertion else []) if entry.get("nodeId")]
    parts = {
        "node": as_text(response.node_name) or as_text(response.node_id) or ", ".join(nodes),
        "intent": as_text(response.intent_id),
        "dialog": as_text(response.dialog),
        "transitions": _joined(response.transitions),
    }
    return ", ".join(f"{key} {value}" for key, value in parts.items() if value) or as_text(response.category)


def _joined(value: object) -> str:
    return " > ".join(map(as_text, value)) if isinstance(value, list) else as_text(value)


def _context(response: Response) -> str:
    return "\n".join(_entries_as_json(response.assertion("context")))


def _entries_as_json(assertion: Assertion | None) -> list[str]:
    """The entries as they came, as no page shows their shape; those that passed are left out where others did not."""
    entries = assertion.entries if assertion else []
    told = [entry for entry in entries if _entry(entry.get("status")) is not Outcome.PASSED]
    return list(map(as_text, told or entries))
