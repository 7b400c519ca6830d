"""Where a reply is marked as failed in a place that no page documents."""

import re
from collections.abc import Callable, Container, Iterator
from typing import NamedTuple

from koregate.kore_api.conversation import ASSERTION_KINDS
from koregate.kore_api.documented import BOOLEAN, CONVERSATION_STEP, NUMBER, Documented
from koregate.kore_api.reply_parts import List, Object, Part, Scalar, marks_failure
from koregate.kore_api.signs import Path, counts_nothing, names_failure, names_success
from koregate.kore_api.status_reply import normalized_status

_FAILED, _STATUS = "failed", "status"
# Below these keys is what a bot said or found in an input, or what it keeps in its session.
_DATA = re.compile(
    r".*(context|session|vars|variables|entities|entity|slots)s?|texts?|values?|payload|messages?|(user)?prompts?|input"
    r"|intents|faqs|smalltalk"
)
_Change = Callable[[Part], Part]


def sign_of_failure(whole: Part, failed_steps: Container[int] | None = None) -> Path | None:
    """The path to the first part that is marked as failed or unfinished. None if there is none.

    `failed_steps` are the numbers of the failed steps of a failed run. The documented places that mark the run and
    these steps as failed do not count.
    """
    found = next(_in_steps(whole, failed_steps or ()), None)
    if found is not None:
        return found
    if failed_steps is not None:
        whole = _without_documented_failures(whole, failed_steps)
    return _marked(whole)


class _Visit(NamedTuple):
    """A part of a step to look at. `documented` is None if no page documents it.

    `failed` says whether it is marked as failed in a documented place, and so may say it again.
    """

    part: Part
    documented: Documented | None
    path: Path
    failed: bool
    # Whether it holds assertions: an undocumented one may be called `context`, as a documented one is.
    is_assertions: bool = False


def _in_steps(whole: Part, failed_steps: Container[int]) -> Iterator[Path]:
    """The paths to undocumented keys of steps, at any depth, that are a sign of failure.

    In a failed step they may only repeat the failure. Nothing tells that an error or an abort belongs to the assertion
    that failed. Equal parts are visited once.
    """
    steps = _value(_value(whole, "result"), "executionResults")
    seen: set[tuple[Part, int, bool, bool]] = set()
    for number, step in enumerate(steps.items if isinstance(steps, List) else ()):
        path = "result", "executionResults", number
        waiting = [_Visit(step, CONVERSATION_STEP, path, failed=number + 1 in failed_steps)]
        while waiting:
            visit = waiting.pop()
            key = visit.part, id(visit.documented), visit.failed, visit.is_assertions
            if isinstance(visit.part, Scalar) or key in seen:
                continue
            seen.add(key)
            yield from _own_signs(visit)
            waiting += reversed(list(_inner(visit)))


def _own_signs(visit: _Visit) -> Iterator[Path]:
    part = visit.part
    if not isinstance(part, Object) or not part.signs or _is_disabled(visit):
        return
    # A status is looked for in every place, not only in steps.
    known = {_STATUS} if visit.documented is None else {_STATUS, *visit.documented.keys}
    numbers = {key: value.is_empty for key, value in part.members if value.kind == NUMBER}
    is_empty = counts_nothing(numbers, is_inner=visit.documented is None)
    for key, value in part.members:
        is_count = is_empty and numbers.get(key, False)
        if key in part.signs and not (key in known or is_count or (visit.failed and _repeats_failure(key, value))):
            yield (*visit.path, key)


def _inner(visit: _Visit) -> Iterator[_Visit]:
    """What to look at in that part: not what the bot said, and not the variants of an assertion."""
    part, documented, path, failed, is_assertions = visit
    if isinstance(part, List):
        items = None if documented is None else documented.items
        yield from (
            visit._replace(part=item, documented=items, path=(*path, index)) for index, item in enumerate(part.items)
        )
    elif isinstance(part, Object) and not _is_disabled(visit):
        for key, value in part.members:
            known = None if documented is None else documented.keys.get(key)
            if key == "contains" or isinstance(value, Scalar):
                continue
            if known is not None and value.kind in known.kinds and known.has_objects:
                own = failed and (key not in _KINDS or _value(value, _STATUS).word == _FAILED)
                yield _Visit(value, known, (*path, key), own, is_assertions=key == "assertions")
            elif is_assertions or not _DATA.fullmatch(normalized_status(key)):
                # What an undocumented part says may be about something other than the failure.
                holds = normalized_status(key).startswith("assertion")
                yield _Visit(value, None, (*path, key), failed=False, is_assertions=holds)


_KINDS = frozenset(ASSERTION_KINDS.values())
# Words for a failure and for nothing else. A value without a word for what did not pass has none.
_FAILURES = frozenset({"", "failed", "fail", "failure", "unsuccessful", "notpassed"})


def _is_disabled(visit: _Visit) -> bool:
    """Whether the part is a disabled assertion, or may be one."""
    may_be = visit.documented is None or "enabled" in visit.documented.keys
    return may_be and isinstance(visit.part, Object) and visit.part.is_disabled


def _repeats_failure(key: str, value: Part) -> bool:
    """Whether a sign in a failed step may say just that it failed: `failed` with a count, `success` with `false`.

    That it was not executed, or not to its end, says more.
    """
    if names_failure(key):
        return value.kind in (NUMBER, BOOLEAN)
    return names_success(key) and "executed" not in normalized_status(key) and value.word in _FAILURES


def _marked(part: Part) -> Path | None:
    """The path to the first key that marks a part as failed."""
    path: Path = ()
    marked: str | None = None
    while (found := next(((inner, item) for inner, item in _objects(part) if item.says_failed), None)) is not None:
        inner, item = found
        key, part = next(
            (name, value)
            for name, value in item.members
            if name != "contains" and marks_failure(normalized_status(name), value)
        )
        path, marked = (*path, *inner, key), key
    return path if marked is not None else None


def _objects(part: Part) -> Iterator[tuple[Path, Object]]:
    """The part itself, or the objects in a list and in nested lists, by their paths."""
    waiting: list[tuple[Path, Part]] = [((), part)]
    while waiting:
        path, item = waiting.pop()
        if isinstance(item, List):
            waiting += [((*path, index), inner) for index, inner in reversed(list(enumerate(item.items)))]
        elif isinstance(item, Object):
            yield path, item


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
    members = [(name, value) for name, value in part.members if name != _STATUS or value.word != _FAILED]
    return part if len(members) == len(part.members) else Object(members)
