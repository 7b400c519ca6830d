"""Promises made twice: the declaration of the inputs, action.yml, --help, the README and docs/inputs.md."""

import json
import re
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

import yaml

from koregate import __version__
from koregate.arguments import COMMANDS, help_text
from koregate.errors import Problem
from koregate.inputs import Inputs, InputSpec, action_inputs, input_specs
from koregate.judging.results import JobResult
from koregate.reports.job_outputs import job_outputs
from koregate.simulator.faults import FAULTS
from koregate.verdicts import Verdict

ROOT = Path(__file__).parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
README = (ROOT / "README.md").read_text()
INPUTS = (ROOT / "docs" / "inputs.md").read_text()
OUTPUTS = job_outputs(JobResult.for_invalid_inputs([Problem("host", "is required")]), "koregate-report")


def section(page: str, heading: str) -> str:
    return page.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]


def table(page: str, heading: str) -> list[list[str]]:
    """The rows below a heading of a page that begin with a name."""
    rows = re.findall(r"^\| *(`.*?) *\|$", section(page, heading), re.MULTILINE)
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", row)] for row in rows]


def test_action_yml_declares_the_inputs_of_the_model() -> None:
    model = {
        spec.name: {
            "description": spec.description,
            "required": spec.required,
            **({"default": spec.default} if spec.default else {}),
        }
        for spec in action_inputs()
    }

    assert model == ACTION["inputs"]
    assert list(model) == list(ACTION["inputs"])


def test_action_yml_declares_every_output_and_runs_the_dockerfile() -> None:
    assert list(OUTPUTS) == list(ACTION["outputs"])
    assert all(output["description"] for output in ACTION["outputs"].values())
    assert {"using": "docker", "image": "Dockerfile", "entrypoint": "/usr/local/bin/koregate"} == ACTION["runs"]


def default(spec: InputSpec) -> str:
    if spec.default:
        return ", ".join(f"`{line}`" for line in spec.default.splitlines())
    return "required" if spec.required else ""


def test_the_tables_of_inputs_and_outputs_are_the_declaration() -> None:
    expected = [[f"`{spec.name}`", default(spec), spec.description] for spec in action_inputs()]
    # The page links the pages that a description names.
    rows = [
        [name, given, re.sub(r"\[\w+\]\((\w+\.md)\)", r"docs/\1", text)]
        for name, given, text in table(INPUTS, "Inputs")
    ]

    assert expected == rows
    assert [[f"`{name}`", output["description"]] for name, output in ACTION["outputs"].items()] == table(
        INPUTS, "Outputs"
    )


def test_the_readme_explains_six_inputs_and_names_each_other_one_with_its_default() -> None:
    explained = table(README, "Inputs")
    rest = [spec for spec in action_inputs() if [f"`{spec.name}`"] not in [row[:1] for row in explained]]
    rows = [
        [group.value, ", ".join(f"`{spec.name}`{f' ({default(spec)})' if spec.default else ''}" for spec in specs)]
        for group, specs in groupby(rest, lambda spec: spec.group)
    ]

    assert 6 == len(explained)
    assert [row for row in table(INPUTS, "Inputs") if row in explained] == explained
    assert rows == [
        row.split(" | ") for row in re.findall(r"^\| ([A-Z].*) \|$", section(README, "Inputs"), re.MULTILINE)
    ]


def test_the_readme_names_each_output_once() -> None:
    names = [name for cells in table(README, "Outputs") for name in re.findall(r"`([\w-]+)`", cells[0])]

    assert sorted(ACTION["outputs"]) == sorted(names)


def test_the_readme_has_every_verdict_with_its_exit_codes() -> None:
    def pairs(rows: list[list[str]], verdict: int) -> set[tuple[str, str]]:
        return {
            (name, code)
            for row in rows
            for name in re.findall(r"`(\w+)`", row[verdict])
            for code in re.findall(r"\d+", row[1 - verdict])
        }

    told = [row.split(" | ") for row in re.findall(r"^\| (\d.*) \|$", README, re.MULTILINE)]

    expected = pairs(table(INPUTS, "Verdicts and exit codes"), verdict=0)
    assert {verdict.value for verdict in Verdict} == {name for name, _ in expected}
    assert expected == pairs(told, verdict=1)


def test_pages_action_yml_and_help_show_the_same_groups() -> None:
    inputs = (ROOT / "action.yml").read_text().split("\ninputs:\n", 1)[1].split("\noutputs:\n", 1)[0]
    expected = listed(action_inputs())

    assert expected == re.findall(r"^\| (?:\*\*|`)([\w-]+)(?:\*\*|`) \|", section(INPUTS, "Inputs"), re.MULTILINE)
    assert expected == re.findall(r"^  (?:# )?([\w-]+):?$", inputs, re.MULTILINE)
    options = help_text("run").partition("\nRequired:\n")
    told = "".join(options[1:]).split("\nHelp:\n", 1)[0]
    # No option sets the action's command.
    assert listed(input_specs()) == re.findall(r"^(?:  --)?([\w-]+)(?::$| )", told, re.MULTILINE)


def listed(specs: Sequence[InputSpec]) -> list[str]:
    by_group = groupby(specs, lambda spec: spec.group)
    return [line for group, inputs in by_group for line in (group.value, *(spec.name for spec in inputs))]


def test_every_input_is_an_option_with_its_variable_and_default() -> None:
    text = re.sub(r"\s+", " ", help_text("run"))

    assert "Each input is an option or a variable: --test-suites is KOREGATE_TEST_SUITES" in text
    for spec in input_specs():
        words = spec.metavar[1:-1].split(",") if spec.metavar.startswith("{") else []
        shown = "WORD" if words and all(word in spec.description for word in words) else spec.metavar
        assert f"--{spec.name} {shown} {spec.description}" in text
        assert f"KOREGATE_{spec.name.upper().replace('-', '_')}" == spec.variable
        assert spec.default is None or f"Default: {', '.join(spec.default.splitlines())}." in text


def test_the_page_lists_the_commands_as_the_help_does() -> None:
    assert [f"`koregate {command}`" for command in COMMANDS] == [name for name, _ in table(INPUTS, "Commands")]
    assert [text.casefold() for text in COMMANDS.values()] == [
        text.casefold().removesuffix(".") for _, text in table(INPUTS, "Commands")
    ]


def test_the_changelog_knows_the_version() -> None:
    assert f"## [{__version__}]" in (ROOT / "CHANGELOG.md").read_text()


def test_a_secret_input_is_marked_as_one() -> None:
    secrets = ["client-secret", "jwt", "github-token", "gitlab-token"]
    assert secrets == [spec.name for spec in input_specs() if spec.secret]
    assert {secret.replace("-", "_") for secret in secrets} == {
        name for name, field in Inputs.model_fields.items() if "SecretStr" in str(field.annotation)
    }


def test_no_json_in_the_tree_is_broken() -> None:
    for path in [*ROOT.glob("tests/data/*.json"), *ROOT.glob("src/**/*.json")]:
        json.loads(path.read_bytes())


def test_every_promise_names_a_test_that_exists() -> None:
    named = re.findall(r"`([\w/]+\.py)::(\w+)`", (ROOT / "docs" / "promises.md").read_text())

    assert named
    for path, name in named:
        assert f"\ndef {name}(" in (ROOT / "tests" / path).read_text(), name


def test_the_page_about_reliability_counts_the_faults() -> None:
    assert f"with {len(FAULTS)} kinds of faults" in (ROOT / "docs" / "reliability.md").read_text()


def test_a_vulnerability_is_reported_to_this_repository() -> None:
    (address,) = set(re.findall(r"https://github\.com/[\w-]+/[\w-]+(?=/issues)", README))

    assert f"({address}/security/advisories/new)" in (ROOT / "SECURITY.md").read_text()
