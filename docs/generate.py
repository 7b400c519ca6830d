"""Renews what the declaration of the inputs is the source of: action.yml and the README's tables."""

from __future__ import annotations

import json
import re
from pathlib import Path

from koregate.inputs.model import Declared, declared

ROOT = Path(__file__).parents[1]


def shown_default(item: Declared) -> str:
    """The cell of an input's default."""
    if item.default:
        return ", ".join(f"`{line}`" for line in item.default.splitlines())
    return "required" if item.required else ""


def input_rows() -> list[str]:
    """The rows of the table of inputs."""
    return [f"| `{item.name}` | {shown_default(item)} | {item.description} |" for item in declared()]


def action_inputs() -> str:
    """The inputs of action.yml."""
    text = ""
    for item in declared():
        text += (
            f"  {item.name}:\n    description: {_quoted(item.description)}\n    required: {_quoted(item.required)}\n"
        )
        text += f"    default: {_quoted(item.default)}\n" if item.default else ""
    return text


def _quoted(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def output_rows(action: str) -> list[str]:
    """The rows of the table of outputs, as action.yml describes them."""
    found = re.findall(r'^  ([\w-]+):\n    description: "(.*)"$', action.partition("\noutputs:\n")[2], re.MULTILINE)
    return [f"| `{name}` | {description} |" for name, description in found]


def with_table(text: str, heading: str, rows: list[str]) -> str:
    """The text with the rows of the first table after the heading replaced."""
    before, mark, after = text.partition(f"\n## {heading}\n")
    head, rule, rest = re.split(r"(\n\|(?:-+:?\|)+\n)", after, maxsplit=1)
    tail = re.sub(r"\A(?:\|.*\n)*", "", rest)
    return before + mark + head + rule + "\n".join(rows) + "\n" + tail


def main() -> None:
    """Rewrite both files."""
    path = ROOT / "action.yml"
    head, _, rest = path.read_text().partition("inputs:\n")
    action = f"{head}inputs:\n{action_inputs()}\noutputs:\n{rest.partition('outputs:' + chr(10))[2]}"
    path.write_text(action)
    readme = ROOT / "README.md"
    text = with_table(readme.read_text(), "Inputs", input_rows())
    readme.write_text(with_table(text, "Outputs", output_rows(action)))


if __name__ == "__main__":
    main()
