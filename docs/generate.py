"""Renews what has its source in the code: the inputs of both actions, the README's tables, the list of scenarios."""

import json
import re
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from koregate.inputs import InputSpec, input_specs
from koregate.simulator import load_scenario, shipped_scenarios

ROOT = Path(__file__).parents[1]


def default_cell(spec: InputSpec) -> str:
    """The cell of an input's default."""
    if spec.default:
        return ", ".join(f"`{line}`" for line in spec.default.splitlines())
    return "required" if spec.required else ""


def input_rows() -> list[str]:
    """The rows of the table of inputs, each group under its heading."""
    rows = []
    for group, specs in groups():
        rows.append(f"| **{group}** | | |")
        rows += [f"| `{spec.name}` | {default_cell(spec)} | {spec.description} |" for spec in specs]
    return rows


def groups() -> Iterator[tuple[str, Iterator[InputSpec]]]:
    """The inputs by the heading of their group."""
    return groupby(input_specs(), lambda spec: spec.group.value)


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


def composite_action(text: str, action: str) -> str:
    """composite/action.yml with the inputs and outputs of action.yml. Its step gives each input its variable."""
    head, _, rest = text.partition("inputs:\n")
    step, mark, _ = rest.partition("runs:\n")[2].partition("      env:\n")
    outputs = "".join(
        f'  {name}:\n    description: "{description}"\n    value: ${{{{ steps.gate.outputs.{name} }}}}\n'
        for name, description in outputs_of(action)
    )
    variables = "".join(f"        {spec.runner_variable}: ${{{{ inputs.{spec.name} }}}}\n" for spec in input_specs())
    return f"{head}inputs:\n{action_inputs()}\noutputs:\n{outputs}\nruns:\n{step}{mark}{variables}"


def scenario_rows() -> list[str]:
    """The rows of the table of shipped scenarios."""
    return [f"| `{name}` | {load_scenario(name).description} |" for name in shipped_scenarios()]


def with_table(text: str, heading: str, rows: list[str]) -> str:
    """The text with the rows of the first table after the heading replaced."""
    before, mark, after = text.partition(f"\n## {heading}\n")
    head, rule, rest = re.split(r"(\n\|(?:-+:?\|)+\n)", after, maxsplit=1)
    tail = re.sub(r"\A(?:\|.*\n)*", "", rest)
    return before + mark + head + rule + "\n".join(rows) + "\n" + tail


def main() -> None:
    """Rewrite the files."""
    path = ROOT / "action.yml"
    head, _, rest = path.read_text().partition("inputs:\n")
    action = f"{head}inputs:\n{action_inputs()}\noutputs:\n{rest.partition('outputs:' + chr(10))[2]}"
    path.write_text(action)
    composite = ROOT / "composite" / "action.yml"
    composite.write_text(composite_action(composite.read_text(), action))
    readme = ROOT / "README.md"
    text = with_table(readme.read_text(), "Inputs", input_rows())
    readme.write_text(with_table(text, "Outputs", output_rows(action)))
    scenarios = ROOT / "docs" / "scenarios.md"
    scenarios.write_text(with_table(scenarios.read_text(), "Shipped scenarios", scenario_rows()))


if __name__ == "__main__":
    main()
