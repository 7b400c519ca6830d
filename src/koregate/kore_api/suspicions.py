"""Whether an undocumented part of a reply is marked as failed."""

from collections.abc import Callable, Container

from koregate.kore_api.conversation import ASSERTION_KINDS
from koregate.kore_api.documented import BOOLEAN, NUMBER
from koregate.kore_api.reply_parts import List, Object, Part, flattened
from koregate.kore_api.status_reply import DENIALS, names_failure, names_success, speaks_against

_FAILED = "failed"
_Change = Callable[[Part], Part]


def says_failed(whole: Part, failed_steps: Container[int] | None = None) -> bool:
    """Whether any object of the reply is marked as failed or unfinished.

    `failed_steps` are the numbers of the failed steps of a failed run. The documented places that mark the run and
    these steps as failed do not count.
    """
    if _in_steps(whole, failed_steps or ()):
        return True
    if failed_steps is not None:
        whole = _without_documented_failures(whole, failed_steps)
    return any(isinstance(part, Object) and part.says_failed for part in flattened(whole))


def _in_steps(whole: Part, failed_steps: Container[int]) -> bool:
    """Whether a step, or a response in it, has a key for what did not pass, with a value.

    Or one that says that it did not pass: `success` with `false` or "no". In a failed step that may only repeat the
    failure. Nothing tells that an error or an abort belongs to the assertion that failed.
    """
    steps = _value(_value(whole, "result"), "executionResults")
    for number, step in enumerate(steps.items if isinstance(steps, List) else (), 1):
        responses = [response for key in ("outputs", "actualOutput") for response in flattened(_value(step, key))]
        for part in (step, *responses):
            signs = [member for member in part.members if _is_sign(*member)] if isinstance(part, Object) else []
            if any(number not in failed_steps or not _repeats_failure(*sign) for sign in signs):
                return True
    return False


def _is_sign(key: str, value: Part) -> bool:
    return not value.is_empty if speaks_against(key) else names_success(key) and _is_denial(value)


def _repeats_failure(key: str, value: Part) -> bool:
    """Whether a sign in a failed step may say just that it failed: `failed` with a count, `success` with `false`."""
    return names_success(key) or (names_failure(key) and value.kind in (NUMBER, BOOLEAN))


def _is_denial(part: Part) -> bool:
    """Whether a value says that there was no success. Null says nothing."""
    return part.word in DENIALS or (part.kind == BOOLEAN and part.is_empty)


def _value(part: Part, key: str) -> Part:
    """The value of that key, or an empty list if there is none."""
    members = part.members if isinstance(part, Object) else ()
    return next((value for name, value in members if name == key), List(()))


def _without_documented_failures(whole: Part, failed_steps: Container[int]) -> Part:
    changed: dict[Part, Part] = {}

    def forget_in_steps(steps: Part) -> Part:
        if not isinstance(steps, List):
            return steps
        for number, step in enumerate(steps.items, 1):
            if number in failed_steps and step not in changed:
                changed[step] = _without_failures(step)
        return List(
            tuple(changed[step] if number in failed_steps else step for number, step in enumerate(steps.items, 1))
        )

    def forget_in_result(result: Part) -> Part:
        return _without_status(_with(result, "executionResults", forget_in_steps))

    return _without_status(_with(whole, "result", forget_in_result))


def _without_failures(step: Part) -> Part:
    """The step without its own status, those of its assertions, and those of responses whose assertions failed."""
    for key in ("outputs", "actualOutput"):
        step = _with(step, key, _each(_response_without_failures))
    return _without_status(step)


def _response_without_failures(response: Part) -> Part:
    def forget_in_assertions(assertions: Part) -> Part:
        for kind in ASSERTION_KINDS.values():
            assertions = _with(assertions, kind, _without_status)
        return assertions

    changed = _with(response, "assertions", forget_in_assertions)
    return response if changed is response else _without_status(changed)


def _each(change: _Change) -> _Change:
    return lambda part: List(tuple(map(change, part.items))) if isinstance(part, List) else part


def _with(part: Part, key: str, change: _Change) -> Part:
    """The object with the values of that key changed. The same object if nothing changes."""
    if not isinstance(part, Object):
        return part
    members = [(name, change(value) if name == key else value) for name, value in part.members]
    if all(new is old for (_, new), (_, old) in zip(members, part.members, strict=True)):
        return part
    return Object(members)


def _without_status(part: Part) -> Part:
    """The object without its status if that is `failed`."""
    if not isinstance(part, Object):
        return part
    members = [(name, value) for name, value in part.members if name != "status" or value.word != _FAILED]
    return part if len(members) == len(part.members) else Object(members)
