"""The names in a problem as code, for readers who copy them."""

import re
from collections.abc import Callable

from koregate.inputs import Inputs, MergeInputs, input_specs
from koregate.reports.markdown import in_code
from koregate.reports.next_steps import with_code

_INPUTS = {spec.name for spec in (*input_specs(Inputs), *input_specs(MergeInputs)) if "-" in spec.name} | {"jwt"}
_INPUT = "|".join(sorted(_INPUTS, key=len, reverse=True))
_VARIABLE = "[A-Z]+(?:_[A-Z]+)+"
_OPTION = "--[a-z]+(?:-[a-z]+)*"
# A problem of an input begins with its name, which may be misspelled. Other problems begin with a capital letter.
_FIRST = r"\A[a-z][a-z0-9-]*(?=:| (?:is|has|must|contains)\b)"
# What is in quotes is a value, and what is in backticks is code in any case.
_NAMES = re.compile(
    rf'"[^"]*"|`[^`]*`|(?P<name>{_FIRST}|(?<![\w./-])(?:{_OPTION}|{_INPUT}|{_VARIABLE})(?![\w/-]|\.\w))'
)


def problem_with_code(problem: str, escape: Callable[[str], str]) -> str:
    """A problem as HTML or Markdown: the names of inputs, options and variables as code, the rest as `escape` makes it.

    A zero-width space in a name would make it an unknown one for who copies it, so code has none.
    """
    parts, end = [], 0
    for found in _NAMES.finditer(problem):
        if found["name"]:
            parts += [with_code(problem[end : found.start()], escape), f"<code>{in_code(escape(found[0]))}</code>"]
            end = found.end()
    return "".join([*parts, with_code(problem[end:], escape)])
