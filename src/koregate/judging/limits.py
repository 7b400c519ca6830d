"""Limits on what is kept of a job: the length of a text, the texts of all steps together, and the number of cases."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, MutableMapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from koregate.judging.cases import Outcome, TestCase, accepted_texts
from koregate.judging.excerpts import common_prefix
from koregate.judging.results import MessagePair, StepResult, SuiteResult
from koregate.text import shorten_bytes, visible

MAX_TEXT_BYTES = 64 * 1024
MAX_TEXTS_BYTES = 256 * 1000 * 1000
MAX_CASES = 100_000
# If the texts of a step are dropped, this much of the beginning of each text is left, with a note of its length.
MAX_REST_BYTES = 100
# More is left of an input, because it is part of the name and the identity of its test cases.
MAX_INPUT_REST_BYTES = 1_000
_KEY_BYTES = 800
# UTF-8 takes at most four bytes per character, and an escape of `text.visible` takes six.
_BYTES_PER_CHARACTER = 6
# How much of the common beginning is shown before the place where two texts differ.
_CONTEXT = 100

# How `text.shorten_bytes` ends a text that it cut.
_NOTE = re.compile(r"… \(cut, \d+ bytes in all\)\Z")
_MAX_NOTE = 60
# How `cut_input` ends an input that it cut.
_CUT_INPUT = re.compile(r"… \(cut, \d+ bytes in all\) [0-9a-f]{8}\Z")


class _StepSize(NamedTuple):
    """The size of one step's texts. Steps lose their texts in ascending order: passed steps first, then early steps."""

    blocking: bool
    suite: int
    place: int
    size: int


class TextBudget:
    """Keeps the texts of all steps of a job within limits, in bytes of UTF-8.

    The result does not depend on the order in which suites are added, so a live run and a replay give the same reports.
    """

    def __init__(self, most: int = MAX_TEXTS_BYTES, longest: int = MAX_TEXT_BYTES) -> None:
        self._most = most
        self._longest = longest
        self._total = 0
        self._kept: list[_StepSize] = []
        self._last_lost: _StepSize | None = None

    def add(self, results: MutableMapping[int, SuiteResult], number: int, result: SuiteResult) -> None:
        """Add the result of a suite to the others. Cuts texts over the limit, in any of the results."""
        sizes = list(map(_size, result.steps))
        if any(size > self._longest // _BYTES_PER_CHARACTER for size in sizes):
            result = _with_short_texts(result, self._longest)
            sizes = list(map(_size, result.steps))
        results[number] = result
        self._total += sum(sizes)
        if self._total > self._most or self._last_lost is not None:
            # No suite needed this list before the first cut.
            added = results if self._last_lost is None and not self._kept else {number: result}
            self._kept += [size for suite in added.items() for size in _step_sizes(*suite)]
            self._cut(results)

    def _cut(self, results: MutableMapping[int, SuiteResult]) -> None:
        self._kept.sort(reverse=True)
        lost: dict[int, set[int]] = {}
        while self._kept and (self._total > self._most or (self._last_lost and self._kept[-1] < self._last_lost)):
            size = self._kept.pop()
            self._last_lost = max(self._last_lost or size, size)
            step = results[size.suite].steps[size.place]
            self._total += _size(_shortened(step, MAX_REST_BYTES, MAX_INPUT_REST_BYTES)) - size.size
            lost.setdefault(size.suite, set()).add(size.place)
        for number, indexes in lost.items():
            steps = results[number].steps
            results[number] = _with_steps(
                results[number],
                [
                    _shortened(step, MAX_REST_BYTES, MAX_INPUT_REST_BYTES) if index in indexes else step
                    for index, step in enumerate(steps)
                ],
            )


def _with_short_texts(result: SuiteResult, longest: int) -> SuiteResult:
    """The result with every text of its steps cut to that many bytes."""
    return _with_steps(result, [_shortened(step, longest, longest) for step in result.steps])


def _step_sizes(number: int, result: SuiteResult) -> Iterator[_StepSize]:
    for place, step in enumerate(result.steps):
        if size := _size(step):
            yield _StepSize(any(case.is_blocking for case in step.cases), number, place, size)


def _with_steps(result: SuiteResult, steps: Sequence[StepResult]) -> SuiteResult:
    """The result with these steps. Inputs that were cut may be equal now, so occurrences are counted again."""
    if any(old.input is not new.input for old, new in zip(result.steps, steps, strict=True)):
        occurrences: Counter[str] = Counter()
        counted = []
        for step in steps:
            shown = visible(step.input)
            occurrences[shown] += step.returned
            counted.append(step._replace(occurrence=occurrences[shown]) if step.returned else step)
        steps = counted
    return replace(result, steps=tuple(steps))


def _texts(step: StepResult) -> list[str]:
    """The texts of a step that may be long. The message of a test case is always short."""
    texts = [step.input, step.status or ""]
    for pair in step.pairs:
        texts += (pair.expected or "", pair.actual or "", pair.dialog, pair.node)
    for case in step.cases:
        if case.expected or case.actual:
            texts += (case.expected, case.actual, *case.alternatives)
    return texts


def _size(step: StepResult) -> int:
    return sum(len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass")) for text in _texts(step))


def _shortened(step: StepResult, longest: int, longest_input: int) -> StepResult:
    """The step with its texts cut to that many bytes."""
    return step._replace(
        input=cut_input(step.input, longest_input),
        status=None if step.status is None else cut_text(step.status, longest),
        pairs=tuple(
            MessagePair(
                None if pair.expected is None else cut_text(pair.expected, longest),
                None if pair.actual is None else cut_text(pair.actual, longest),
                cut_text(pair.dialog, longest),
                cut_text(pair.node, longest),
            )
            for pair in step.pairs
        ),
        cases=tuple(shortened_case(case, longest) for case in step.cases),
    )


def shortened_case(case: TestCase, longest: int) -> TestCase:
    """The test case with its texts cut to that many bytes. Texts that differ still do."""
    if not case.expected and not case.actual:
        return case
    texts = accepted_texts(case)
    accepted, actual = [cut_text(text, longest) for text in texts], cut_text(case.actual, longest)
    alike = [number for number, text in enumerate(accepted) if _begin_alike(text, actual)]
    if alike and case.actual not in texts:
        # They differ only in the part that was cut. The remaining parts must not look equal.
        same = max(common_prefix(texts[number], case.actual) for number in alike)
        start = max(same - _CONTEXT, 0)
        while _bytes(case.actual[start:same]) > longest // 4:
            start += 1
        for number in alike:
            accepted[number] = cut_text(f"… (cut, {start} characters before) {texts[number][start:]}", longest)
        actual = cut_text(f"… (cut, {start} characters before) {case.actual[start:]}", longest)
    return case._replace(expected=accepted[0], actual=actual, alternatives=tuple(accepted[1:]))


def _begin_alike(one: str, other: str) -> bool:
    """Whether both texts were cut and their remaining parts are equal."""
    cut = _NOTE.sub("", one[-_MAX_NOTE:]), _NOTE.sub("", other[-_MAX_NOTE:])
    if cut[0] == one[-_MAX_NOTE:] or cut[1] == other[-_MAX_NOTE:]:
        return False
    bodies = one[:-_MAX_NOTE] + cut[0], other[:-_MAX_NOTE] + cut[1]
    return bodies[0].startswith(bodies[1]) or bodies[1].startswith(bodies[0])


def cut_text(text: str, longest: int) -> str:
    """The text, or its beginning and a note of its length."""
    if len(text) <= longest // _BYTES_PER_CHARACTER or _bytes(text) <= longest:
        return text
    return shorten_again(text, longest)


def shorten_again(text: str, longest: int) -> str:
    """The text cut to that many bytes. If it was cut before, its note keeps the original length."""
    cut = shorten_bytes(text, longest)
    note = _NOTE.search(text[-_MAX_NOTE:])
    if note is None or cut.endswith(note[0]):
        return cut
    return _NOTE.sub("", cut).encode()[: longest - len(note[0].encode())].decode(errors="ignore") + note[0]


def _bytes(text: str) -> int:
    """The length of a text as reports show it."""
    return len(visible(text).encode())


def cut_input(text: str, longest: int) -> str:
    """The input, or its beginning with a hash of the complete input, so that it stays distinct in every run."""
    cut = cut_text(text, longest)
    if cut is text:
        return text
    if before := _CUT_INPUT.search(text):
        # The length and the mark are those of the whole, however often it is cut.
        return text[: before.start()].encode()[: longest - len(before[0].encode())].decode(errors="ignore") + before[0]
    mark = hashlib.sha256(visible(text).encode()).hexdigest()[:8]
    return cut_text(text, longest - len(mark) - 1) + f" {mark}"


def input_key(text: str) -> str:
    """What tells an input from others, the same whether it was cut or not, and in a report as in the reply.

    Of a cut input, it is a beginning that every cut leaves, with the note of its length and its hash. The note alone
    would not do: somebody may say the like.
    """
    cut = cut_input(visible(text), MAX_INPUT_REST_BYTES)
    note = _CUT_INPUT.search(cut)
    beginning = cut[: note.start()].encode()[:_KEY_BYTES].decode(errors="ignore") if note else ""
    return f"{beginning}{note[0]}" if note else cut


def with_few_cases(suites: Sequence[SuiteResult], most: int) -> list[SuiteResult]:
    """The suites. If they have more test cases than that, the passed cases of each step become one."""
    if sum(len(suite.cases) for suite in suites) <= most:
        return list(suites)
    return [replace(suite, steps=tuple(map(_with_one_passed_case, suite.steps))) for suite in suites]


def _with_one_passed_case(step: StepResult) -> StepResult:
    """The step with one case for all passed cases, if it has more than one case.

    Its name, `4.1 step`, does not depend on what passed, and it is unique: the case of the step itself is `4 step`.
    """
    passed = sum(map(_may_vanish, step.cases))
    if not passed or len(step.cases) == 1:
        return step
    first = TestCase(step.number, 1, "step", Outcome.PASSED, folded_message(passed))
    rest = (case for case in step.cases if not _may_vanish(case))
    return step._replace(cases=(first, *rest), folded=passed)


def folded_message(number: int) -> str:
    """What the test case says that stands for so many passed ones of its step."""
    return f"{number} {'assertion' if number == 1 else 'assertions'} passed."


def _may_vanish(case: TestCase) -> bool:
    """Whether nothing is lost if only the number of such test cases is shown."""
    return case.outcome is Outcome.PASSED and not case.earlier_failures
