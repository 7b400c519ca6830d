"""docs/policy.md: what it says of rules, classes and keys is the code's. Its examples: test_pages_in_one_shell.py."""

import re
from pathlib import Path

import yaml

from koregate.inputs import Group, ReportInputs, input_specs
from koregate.judging.cases import FailureClass, ToleranceKind
from koregate.policy import baseline, quarantine

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "policy.md").read_text(encoding="utf-8")
BASELINE = (DOCS / "ci" / "baseline.md").read_text(encoding="utf-8")
RULES = {ToleranceKind.KNOWN: "baseline", ToleranceKind.RATE: "min-pass-rate", ToleranceKind.THRESHOLD: "min-f1"}


def test_every_rule_has_a_section_with_an_example_that_uses_it() -> None:
    sections = dict(re.findall(r"^### ([\w-]+)\n(.*?)(?=^##)", PAGE, re.DOTALL | re.MULTILINE))
    rules = {spec.name for spec in input_specs(ReportInputs) if spec.group is Group.POLICY} - {"fail-on"}

    assert rules - {"quarantine-base"} == set(sections)
    assert "`quarantine-base`" in sections["quarantine"]
    for name, text in sections.items():
        assert f"--{name}" in "".join(re.findall(r"^```sh\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)), name


def test_the_order_of_the_rules_is_the_code_s() -> None:
    (told,) = re.findall(r"the first of this order gives the reason: ([^.]+)\.", PAGE)

    assert [RULES.get(kind, str(kind)) for kind in ToleranceKind] == re.split(r",\s+", told)


def test_the_tables_have_every_class_and_every_key() -> None:
    names = re.findall(r"^\| `([\w-]+)` \|", PAGE, re.MULTILINE)

    assert list(FailureClass) == names[: len(FailureClass)]
    assert [*quarantine.REQUIRED, *quarantine.OPTIONAL] == names[len(FailureClass) :]


def test_the_pages_numbers_are_the_codes() -> None:
    text = PAGE.replace("\n", " ")

    assert f"at most {quarantine.MAX_DAYS} days ahead" in text
    assert f"finished more than {baseline.MAX_DAYS} days ago" in text


def test_links_lead_somewhere() -> None:
    for target, anchor in re.findall(r"\]\(([^)#]*)#?([^)]*)\)", PAGE):
        page = (Path(__file__).parents[2] / "docs" / target).read_text() if target else PAGE
        titles = re.findall(r"^#+ (.*)$", page, re.MULTILINE)
        headings = {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles}
        assert not anchor or anchor in headings, (target, anchor)


def test_the_lines_for_github_are_those_of_the_whole_workflow() -> None:
    (lines,) = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    (text,) = re.findall(r"^```yaml\n(.*?)^```$", BASELINE, re.DOTALL | re.MULTILINE)
    added, job = yaml.safe_load(lines), yaml.safe_load(text)["jobs"]["bot"]
    *checkouts, gate = added["steps"]
    (whole,) = [step for step in job["steps"] if step.get("id") == "gate"]

    assert added["permissions"].items() <= job["permissions"].items()
    assert [step for step in job["steps"] if "checkout" in step.get("uses", "")] == checkouts
    assert whole["uses"] == gate["uses"]
    assert {"quarantine", "quarantine-base"} == set(gate["with"])
    assert gate["with"].items() <= whole["with"].items()
