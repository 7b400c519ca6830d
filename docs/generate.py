"""Renews what has its source in the code: both actions, the reusable workflow, tables."""

import json
import re
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path

from koregate.arguments import COMMANDS
from koregate.inputs import Group, InputSpec, input_specs
from koregate.inputs import action_inputs as declared_inputs
from koregate.simulator import load_scenario, shipped_scenarios

ROOT = Path(__file__).parents[1]
# In a call of a workflow, `with` cannot read secrets.
_KEPT_WITH_SECRETS = ("client-id",)
# One summary, one set of annotations and one comment for all shards, whose test cases are counted together: what a
# shard gets.
_FOR_THE_WHOLE_RESULT = {"job-summary": "false", "annotations": "false", "comment": "false", "min-tests": "0"}
# Files that the reusable workflow does not have, so it declares no such input: GitHub refuses a call that gives one.
_NOT_IN_WORKFLOW = ("baseline", "history", "suite-files", "suite-prefix")
# The quarantine file is checked out into two folders: as this change has it, and as the base branch has it.
_CHECKED_OUT = {"quarantine": "change", "quarantine-base": "base"}
# The inputs that the README explains. It names the others.
_MOST_USED = (
    "host",
    "stream-id",
    "test-suites",
    "user-email",
    "bot-version",
    "timeout",
)


def default_cell(spec: InputSpec) -> str:
    """The cell of an input's default."""
    if spec.default:
        return ", ".join(f"`{line}`" for line in spec.default.splitlines())
    return "required" if spec.required else ""


def input_row(spec: InputSpec) -> str:
    """The row of an input."""
    return f"| `{spec.name}` | {default_cell(spec)} | {spec.description} |"


def input_rows() -> list[str]:
    """The rows of the table of all inputs, each group under its heading. A page that a row names is a link."""
    rows = []
    for group, specs in groups():
        rows += [f"| **{group}** | | |", *map(input_row, specs)]
    return [re.sub(r"\bSee docs/((\w+)\.md)\.", r"See [\2](\1).", row) for row in rows]


def most_used_rows() -> list[str]:
    """The rows of the README's table of the inputs that most people need."""
    return [input_row(spec) for spec in declared_inputs() if spec.name in _MOST_USED]


def other_input_rows() -> list[str]:
    """The rows of the README's table of all other inputs: one for each group, names and defaults alone."""
    rows = []
    for group, specs in groups():
        others = [spec for spec in specs if spec.name not in _MOST_USED]
        names = (f"`{spec.name}`" + (f" ({default_cell(spec)})" if spec.default else "") for spec in others)
        if others:
            rows.append(f"| {group} | {', '.join(names)} |")
    return rows


def groups() -> Iterator[tuple[str, Iterator[InputSpec]]]:
    """The inputs by the heading of their group."""
    return groupby(declared_inputs(), lambda spec: spec.group.value)


def action_inputs() -> str:
    """The inputs of action.yml."""
    text = ""
    for group, specs in groups():
        text += f"  # {group}\n"
        for spec in specs:
            text += f"  {spec.name}:\n    description: {_quoted(spec.description)}\n"
            text += f"    required: {_quoted(spec.required)}\n"
            text += f"    default: {_quoted(spec.default)}\n" if spec.default else ""
    return text


def _quoted(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def outputs_of(action: str) -> list[tuple[str, str]]:
    """The outputs that action.yml declares: names and descriptions."""
    declared = action.partition("\noutputs:\n")[2]
    return re.findall(r'^  ([\w-]+):\n    description: "(.*)"$', declared, re.MULTILINE)


def output_rows(action: str) -> list[str]:
    """The rows of the table of outputs, as action.yml describes them."""
    return [f"| `{name}` | {description} |" for name, description in outputs_of(action)]


def command_rows() -> list[str]:
    """The rows of the table of commands, as the help describes them."""
    return [f"| `koregate {name}` | {text[0].upper()}{text[1:]}. |" for name, text in COMMANDS.items()]


def composite_action(text: str, action: str) -> str:
    """composite/action.yml with the inputs and outputs of action.yml. Its step gives each input its variable."""
    head, _, rest = text.partition("inputs:\n")
    step, mark, _ = rest.partition("runs:\n")[2].partition("      env:\n")
    outputs = "".join(
        f'  {name}:\n    description: "{description}"\n    value: ${{{{ steps.gate.outputs.{name} }}}}\n'
        for name, description in outputs_of(action)
    )
    variables = "".join(
        f"        {spec.runner_variable}: ${{{{ inputs.{spec.name} }}}}\n" for spec in declared_inputs()
    )
    return f"{head}inputs:\n{action_inputs()}\noutputs:\n{outputs}\nruns:\n{step}{mark}{variables}"


def scenario_rows() -> list[str]:
    """The rows of the table of shipped scenarios."""
    return [f"| `{name}` | {load_scenario(name).description} |" for name in shipped_scenarios()]


def reusable_workflow(text: str) -> str:
    """The reusable workflow with the inputs and secrets of the action, and the variables that hand them to its jobs."""
    specs = [spec for spec in input_specs() if spec.name not in _NOT_IN_WORKFLOW]
    secrets = [spec for spec in specs if spec.secret or spec.name in _KEPT_WITH_SECRETS]
    declared = "".join(
        f"      {spec.name}:\n        description: {_quoted(spec.description)}\n        type: string\n"
        f"        {_required_or_default(spec)}\n"
        for spec in specs
        if not spec.secret and spec.name != "quarantine-base"
    )
    lists = [
        (r"      # make docs: inputs\n", r"(?: {6}[\w-]+:\n(?: {8}.*\n)+)*", declared),
        (
            r"    secrets:\n",
            r"(?: {6}.*\n)*",
            "".join(f"      {spec.name}:\n        required: false\n" for spec in secrets),
        ),
        (r"          # make docs: shard\n", r"(?: {10}KOREGATE_.*\n)*", _variables(specs, _shard_value)),
        (r"          # make docs: verdict\n", r"(?: {10}KOREGATE_.*\n)*", _variables(specs, _verdict_value)),
    ]
    for mark, old, new in lists:
        text, count = re.subn(f"({mark}){old}", lambda match, new=new: match[1] + new, text)
        if count != 1:
            raise ValueError(f"the workflow has {count} places like {mark}")
    return text


def _required_or_default(spec: InputSpec) -> str:
    # test-suites may be left out: the workflow takes shards instead.
    return (
        "required: true" if spec.required and spec.name != "test-suites" else f"default: {_quoted(spec.default or '')}"
    )


def _variables(specs: list[InputSpec], value: Callable[[InputSpec], str]) -> str:
    values = ((spec.variable, value(spec)) for spec in specs)
    return "".join(f"          {variable}: {text}\n" for variable, text in values if text)


def _shard_value(spec: InputSpec) -> str:
    """What a shard gets: its own suites, and the credentials. What tells people of the result is the verdict's."""
    if spec.name == "test-suites":
        return "${{ matrix.suites }}"
    if spec.name in _FOR_THE_WHOLE_RESULT:
        return f"'{_FOR_THE_WHOLE_RESULT[spec.name]}'"
    if spec.secret:
        return f"${{{{ secrets.{spec.name} }}}}" if spec.group is Group.CREDENTIALS else ""
    return _value(spec)


def _verdict_value(spec: InputSpec) -> str:
    """What the verdict gets: everything but the credentials and the suites, which are those of the shards."""
    if spec.name == "test-suites" or spec.name in _KEPT_WITH_SECRETS:
        return ""
    if spec.secret:
        return "" if spec.group is Group.CREDENTIALS else f"${{{{ secrets.{spec.name} }}}}"
    return _value(spec)


def _value(spec: InputSpec) -> str:
    if spec.name in _CHECKED_OUT:
        return f"${{{{ inputs.quarantine && format('{_CHECKED_OUT[spec.name]}/{{0}}', inputs.quarantine) }}}}"
    given = f"secrets.{spec.name} || inputs.{spec.name}" if spec.name in _KEPT_WITH_SECRETS else f"inputs.{spec.name}"
    return f"${{{{ {given} }}}}"


def with_table(text: str, heading: str, rows: list[str], number: int = 1) -> str:
    """The text with the rows of a table after the heading replaced: the first one, or that of the number."""
    before, mark, after = text.partition(f"\n## {heading}\n")
    parts = re.split(r"(\n\|(?:-+:?\|)+\n)", after, maxsplit=number)
    tail = re.sub(r"\A(?:\|.*\n)*", "", parts[-1])
    return before + mark + "".join(parts[:-1]) + "\n".join(rows) + "\n" + tail


def main() -> None:
    """Rewrite the files."""
    path = ROOT / "action.yml"
    head, _, rest = path.read_text().partition("inputs:\n")
    action = f"{head}inputs:\n{action_inputs()}\noutputs:\n{rest.partition('outputs:' + chr(10))[2]}"
    path.write_text(action)
    composite = ROOT / "composite" / "action.yml"
    composite.write_text(composite_action(composite.read_text(), action))
    readme = ROOT / "README.md"
    text = with_table(readme.read_text(), "Inputs", most_used_rows())
    readme.write_text(with_table(text, "Inputs", other_input_rows(), number=2))
    page = ROOT / "docs" / "inputs.md"
    text = with_table(page.read_text(), "Inputs", input_rows())
    text = with_table(text, "Outputs", output_rows(action))
    page.write_text(with_table(text, "Commands", command_rows()))
    workflow = ROOT / ".github" / "workflows" / "conversation-tests.yml"
    workflow.write_text(reusable_workflow(workflow.read_text()))
    scenarios = ROOT / "docs" / "scenarios.md"
    scenarios.write_text(with_table(scenarios.read_text(), "Shipped scenarios", scenario_rows()))


if __name__ == "__main__":
    main()
