"""The complete text of a failed test case, for junit.xml and CTRF, as far as the report has room for it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import count
from typing import NamedTuple, Self

from koregate.judging.cases import EarlierFailure, Outcome, TestCase, accepted_texts, case_name
from koregate.judging.difference import Difference, difference_of
from koregate.judging.excerpts import around
from koregate.judging.limits import shorten_again
from koregate.judging.results import JobResult, StepResult, SuiteResult
from koregate.judging.transcript import USER, Turn, earlier_turns, turns
from koregate.reports.log_line import plural
from koregate.text import one_line, shorten_bytes

# GitLab does not read a larger report.
MAX_REPORT_BYTES = 30 * 1000 * 1000
# The text (expected, actual and the turns) stays under 64 KiB, GitHub's limit for an annotation.
_MAX_TEXT_BYTES = 20_000
_MAX_TURNS_BYTES = 20_000
_MAX_TURN_BYTES = 2_000
_MAX_FIELDS_BYTES = 3_000
_MAX_OTHERS = 20
_MAX_STEPS = 10
_MAX_RUN_ID = 500
# Shares of the room: for names, for messages (of the rest), and for conversations (of the rest after that).
_NAMES_SHARE = 0.7
_MESSAGES_SHARE = 0.6
_CONVERSATIONS_SHARE = 0.4
_MIN_MESSAGE_BYTES = 40
# In a shorter text, the note of its length would leave no room for the text.
_MIN_TEXT_BYTES = 60
_OR = "\nor: "
_NO_ROOM = "Left out: the report is full. See report.json."
_OF_THE_LAST_RUN = "In the last run:\n"
_OF_THAT_RUN = "In that run:\n"
_NO_CONVERSATION = "Conversation: left out, because the report is full. See report.json."


class CaseBytes(NamedTuple):
    """The bytes of a test case beside its class name, name, message and text, and what one that did not pass adds.

    `earlier` is what the failure of an earlier run adds beside its message and text.
    """

    passed: int
    further: int
    earlier: int = 0


def _nothing(_: TestCase) -> Sequence[EarlierFailure]:
    return ()


def run_first(suite: SuiteResult) -> Iterator[tuple[StepResult | None, tuple[TestCase, ...]]]:
    """None with the test cases of the run itself, which say why steps did not run, then each step with its own."""
    if suite.run_cases:
        yield None, suite.run_cases
    yield from ((step, cases) for step, cases in suite.cases_by_step if step is not None)


class FailureTexts:
    """The messages and texts of a report's failures, in order. They keep the report within `most` bytes.

    Conversations are left out first, then expected and actual texts are cut, then messages. `size` gives the bytes that
    a text takes in the report, `overhead` those that the test cases of a suite take beside their texts. `earlier` gives
    the failures of earlier runs that the report tells in a test case, in texts of their own.
    """

    def __init__(
        self,
        job: JobResult,
        size: Callable[[str], int],
        overhead: Callable[[SuiteResult], CaseBytes],
        most: int,
        earlier: Callable[[TestCase], Sequence[EarlierFailure]] = _nothing,
    ) -> None:
        self._size = size
        self._earlier = earlier
        cases = (case for suite in job.suites for case in suite.cases)
        self._failures = self._left = sum(case.is_told + len(earlier(case)) for case in cases)
        self._cut_texts = 0
        self._cut_conversations = 0
        self._short_names = False
        self._told: tuple[SuiteResult, int, str] | None = None
        names, messages = self._sizes(job, overhead)
        if names > most * _NAMES_SHARE:
            self._short_names = True
            names, messages = self._sizes(job, overhead)
        room = max(most - names - size(_NO_ROOM) * self._left, 0)
        self._longest_message = 0
        if sum(messages) > room * _MESSAGES_SHARE:
            self._longest_message = max(int(room * _MESSAGES_SHARE / len(messages)), _MIN_MESSAGE_BYTES)
            messages = [min(message, self._longest_message) for message in messages]
        room = max(room - sum(messages), 0)
        self._conversations_room = int(room * _CONVERSATIONS_SHARE)
        self._texts_room = room - self._conversations_room
        # The first failures get as much as they need from the first half. The other half is shared equally.
        self._shared_room = self._texts_room // 2

    def name(self, step: StepResult | None, case: TestCase) -> str:
        """The name of a test case, without what the user said if there is no room for it."""
        return case_name(case, step.input if step and not self._short_names else "")

    def message(self, case: TestCase) -> str:
        """The message of a test case on one line."""
        message = one_line(case.message)
        longest = self._longest_message
        while longest and self._size(message) > self._longest_message:
            message = shorten_bytes(one_line(case.message), longest)
            longest = longest * 3 // 4
        return message

    def text(
        self, suite: SuiteResult, step: StepResult | None, case: TestCase, earlier: EarlierFailure | None = None
    ) -> str:
        """What was expected, what came back, and the conversation up to that step. None means the run itself.

        `earlier` is the failure that the case has for its own, if it is one of an earlier run. The conversation is that
        of the same run, as far as it was kept. Otherwise it is that of the last run and says so.
        """
        story = _Story.of(suite, step, case, self.message(case), earlier)
        return self._text(story, case, *self._conversation(suite, step, case, earlier))

    def earlier_text(self, suite: SuiteResult, step: StepResult | None, case: TestCase, earlier: EarlierFailure) -> str:
        """What was expected and what came back in an earlier run, without its conversation."""
        return self._text(_Story.of(suite, step, case, self.message(case), earlier), case, "", "")

    def _text(self, story: "_Story", case: TestCase, conversation: str, note: str) -> str:
        """The text with the conversation, for which there is room, or with the note in its place."""
        allowed = max(self._texts_room // self._left, self._texts_room - self._shared_room)
        self._left -= 1
        longest = min(_MAX_TEXT_BYTES, max(allowed, _MIN_TEXT_BYTES))
        while longest >= _MIN_TEXT_BYTES:
            text = story.text(longest, conversation or note)
            taken = self._size(text) - self._size(conversation)
            if taken <= allowed:
                break
            longest = min(int(longest * allowed / taken * 0.9), allowed // 2)
        else:
            text, taken = "\n\n".join(filter(None, (_NO_ROOM, conversation))), 0
        if longest < _MAX_TEXT_BYTES and (
            not taken or max(map(len, (*accepted_texts(case), case.actual))) * 4 > longest
        ):
            self._cut_texts += 1
        self._texts_room -= taken
        return text

    def _conversation(
        self, suite: SuiteResult, step: StepResult | None, case: TestCase, earlier: EarlierFailure | None
    ) -> tuple[str, str]:
        """The conversation, or a note instead of it: each step has it once, as long as there is room."""
        if step is None:
            return "", ""
        if self._told is not None and self._told[0] is suite and self._told[1] == step.number:
            return "", f"Conversation: see {self._told[2]}"
        self._told = suite, step.number, case.label
        conversation = _conversation(suite, step.number, earlier) if self._conversations_room > _MIN_TEXT_BYTES else ""
        taken = self._size(conversation)
        if taken > self._conversations_room or (not conversation and self._conversations_room <= _MIN_TEXT_BYTES):
            self._cut_conversations += 1
            return "", _NO_CONVERSATION
        self._conversations_room -= taken
        return conversation, ""

    def _sizes(self, job: JobResult, overhead: Callable[[SuiteResult], CaseBytes]) -> tuple[int, list[int]]:
        """The bytes of all test cases without messages and texts, and those of each message."""
        names = 0
        messages = []
        for suite in job.suites:
            case_bytes = overhead(suite)
            for step, cases in suite.cases_by_step:
                each = self._size(suite.classname(step)) + case_bytes.passed
                for case in cases:
                    names += each + self._size(self.name(step, case))
                    if case.outcome is not Outcome.PASSED:
                        names += case_bytes.further
                    if case.message:
                        # The message of a skipped case is also its text.
                        messages.append(self._size(one_line(case.message)) * (1 + (case.counted_as is Outcome.SKIPPED)))
                    earlier = self._earlier(case)
                    names += case_bytes.earlier * len(earlier)
                    messages += [self._size(one_line(failure.message)) for failure in earlier]
                    if case.tolerance is not None:
                        # It is the message and also the beginning of the text.
                        names += 2 * self._size(one_line(case.tolerance.reason))
        return names, messages

    @property
    def cut(self) -> str:
        """What was cut, in one line. Empty if nothing was."""
        parts = [
            "what the user said in names" if self._short_names else "",
            "long messages" if self._longest_message else "",
            f"the texts of {self._cut_texts} of {self._failures} failures" if self._cut_texts else "",
            f"the conversations of {self._cut_conversations} steps" if self._cut_conversations else "",
        ]
        named = ", ".join(filter(None, parts))
        return f"The report is full, so these were cut: {named}. See report.json." if named else ""


class _Story(NamedTuple):
    """The parts of a text before the conversation, in order.

    The message is left out if the other parts say the same in more detail.
    """

    kind: str
    message: str
    told: Difference | None
    reasons: tuple[str, ...]
    run_id: str | None
    is_earlier: bool

    @classmethod
    def of(
        cls,
        suite: SuiteResult,
        step: StepResult | None,
        case: TestCase,
        message: str,
        earlier: EarlierFailure | None,
    ) -> Self:
        told = difference_of(case) if case.expected or case.actual else None
        told_reasons = (*suite.reasons, *suite.advice)
        reasons = told_reasons if step is None and told_reasons[1:] and earlier is None else ()
        is_compared = told is not None and told.expected != told.actual and case.outcome is not Outcome.ERROR
        if is_compared or _tells(reasons, case.message):
            message = ""
        run_id = earlier.run_id if earlier else suite.run_id
        return cls(case.kind, message, told, reasons, run_id, earlier is not None)

    def text(self, longest: int, conversation: str) -> str:
        """The complete text, with each part cut to `longest` bytes."""
        run = f"Test run: {one_line(self.run_id, _MAX_RUN_ID)}" if self.run_id else ""
        parts = [
            self.message,
            *(_compared(self.told, self.kind, longest) if self.told else ()),
            shorten_bytes("\n".join(self.reasons), longest),
            # The conversation says of which run it is.
            *((run, conversation) if self.is_earlier else (conversation, run)),
        ]
        return "\n\n".join(filter(None, parts))


def _tells(reasons: Sequence[str], message: str) -> bool:
    """Whether the message only joins some of these reasons."""
    return bool(reasons) and message.partition("… (cut, ")[0] in one_line(" ".join(reasons))


def _compared(told: Difference, kind: str, longest: int) -> Iterator[str]:
    if told.expected == told.actual:
        # The platform's report about a context does not always have two sides.
        title = "Reported by the platform" if kind == "context" else "Expected and actual"
        yield f"{title}:\n  {_indented(told.actual, longest)}"
        return
    accepted = [around(told.expected, told.place, longest), *told.others[:_MAX_OTHERS]]
    if more := len(told.others[_MAX_OTHERS:]):
        accepted.append(f"one of {more} more texts")
    yield f"Expected:\n  {_indented(_OR.join(accepted), longest)}"
    yield f"Actual:\n  {_indented(around(told.actual, told.place, longest), longest)}"
    if told.fields:
        fields = "\n".join(map(str, told.fields))
        yield f"The templates differ at:\n  {_indented(fields, min(longest, _MAX_FIELDS_BYTES))}"
    elif told.only:
        yield f"They differ in {told.only} only."


def _conversation(suite: SuiteResult, last: int, earlier: EarlierFailure | None) -> str:
    """The turns up to the step with that number, or to the step of the earlier failure in its run."""
    if suite.steps_stand_alone:
        utterance = f"Utterance:\n  {_indented(suite.steps[last - 1].input, _MAX_TURN_BYTES)}"
        return f"{_OF_THE_LAST_RUN}{utterance}" if earlier else utterance
    if earlier is not None and (found := suite.numbered_run(earlier.run_id)) is not None:
        run = found[1]
        kept = {step.number for step in run.steps}
        together = next(number for number in count() if earlier.step - number not in kept)
        if together:
            told = _turns_up_to(earlier.step, together, lambda number: earlier_turns(run, number, 1))
            return f"{_OF_THAT_RUN}{told}"
    told = _turns_up_to(last, _MAX_STEPS, lambda number: turns(suite.steps, number, 1))
    return f"{_OF_THE_LAST_RUN}{told}" if told and earlier is not None else told


def _turns_up_to(last: int, most: int, turns_of: Callable[[int], Iterable[Turn]]) -> str:
    """The turns of at most `most` steps up to that one, of which `turns_of` gives those of one.

    If there are too many, the oldest are left out.
    """
    lines: list[str] = []
    room = _MAX_TURNS_BYTES
    first = max(last - min(most, _MAX_STEPS), 0)
    newest_first = (turn for number in range(last, first, -1) for turn in reversed([*turns_of(number)]))
    limit = f" (the last {plural(last - first, 'step')})" if first else ""
    for turn in newest_first:
        start = f"  {turn.step} user: " if turn.speaker == USER else "    bot: "
        line = start + _indented(turn.text, _MAX_TURN_BYTES, len(start))
        room -= len(line.encode()) + 1
        if lines and room < 0:
            limit = f" (the last {len(lines)} messages)"
            break
        lines.append(line)
    return f"Conversation up to step {last}{limit}:\n" + "\n".join(reversed(lines)) if lines else ""


def _indented(text: str, longest: int, columns: int = 2) -> str:
    """The text cut to that many bytes, with its lines after the first indented."""
    cut = shorten_again(text, longest)
    added = columns * cut.count("\n")
    if added and len(cut.encode()) + added > longest:
        cut = shorten_again(text, max(longest - added, longest // (columns + 1)))
    return cut.replace("\n", "\n" + " " * columns)
