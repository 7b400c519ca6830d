"""docs/policy.md: every example does what the page says, and what it says of rules, classes and keys is the code's."""

import re
import shlex
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from support.clock import FakeClock
from support.job import printed, run

from koregate.inputs import Group, ReportInputs, input_specs
from koregate.judging.cases import FailureClass, ToleranceKind
from koregate.policy import baseline, quarantine
from koregate.simulator import Simulator, load_scenario

PAGE = (Path(__file__).parents[2] / "docs" / "policy.md").read_text(encoding="utf-8")
BLOCKS: list[tuple[str, str]] = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
# Each example: its commands, all of them since the last result, and the result that the page shows.
EXAMPLES: list[tuple[str, str]] = []
_commands = ""
for _language, _text in BLOCKS:
    if _language == "sh":
        _commands += _text
    elif _language == "text":
        EXAMPLES.append((_commands, _text.strip()))
        _commands = ""
RULES = {ToleranceKind.KNOWN: "baseline", ToleranceKind.RATE: "min-pass-rate", ToleranceKind.THRESHOLD: "min-f1"}


class Shell:
    """Carries out the page's commands in a folder, against the simulator. Each scenario has inputs of its own."""

    def __init__(self, folder: Path, clock: FakeClock) -> None:
        self.folder = folder
        self.clock = clock
        self.simulator: Simulator | None = None

    def results(self, commands: str) -> Iterator[str]:
        """The result of each command that has one, in one line."""
        with ExitStack() as served:
            if "koregate simulate" not in commands:
                commands = f"koregate simulate --scenario known\n{commands}"
            for line in commands.splitlines():
                words = shlex.split(line)
                match words[:2]:
                    case ["koregate", "simulate"]:
                        played = load_scenario(words[3])
                        simulator = Simulator(played, now=self.clock.monotonic, wall=self.clock.wall)
                        self.simulator = served.enter_context(simulator)
                    case ["koregate", "run"]:
                        yield self._run(words[2:])
                    case ["cp", _]:
                        shutil.copy(self.folder / words[1], self.folder / words[2])
                    case _:
                        yield self._print(words[1:])

    def _run(self, words: list[str]) -> str:
        assert self.simulator is not None
        options: dict[str, Any] = {
            name.removeprefix("--"): value for name, value in zip(words[::2], words[1::2], strict=True)
        }
        return run(self.simulator, self.folder, self.clock, **options).verdict

    def _print(self, words: list[str]) -> str:
        target = words[-1] if words[-2] == ">" else ""
        given = [str(self.folder / word) if word.endswith(".json") else word for word in words]
        _, told, errors = printed(given[:-2] if target else given, self.folder, self.clock)
        assert "" == errors
        if target:
            (self.folder / target).write_text(told)
        return told.splitlines()[-1]


@pytest.mark.parametrize(("commands", "result"), EXAMPLES)
def test_an_example_ends_as_the_page_says(tmp_path: Path, clock: FakeClock, commands: str, result: str) -> None:
    *_, last = Shell(tmp_path, clock).results(commands)

    assert result == last


def test_the_entry_on_the_page_is_the_one_that_its_example_writes(tmp_path: Path, clock: FakeClock) -> None:
    (entry,) = [text for language, text in BLOCKS if language == "toml"]
    (commands,) = [commands for commands, _ in EXAMPLES if "koregate quarantine" in commands]

    list(Shell(tmp_path, clock).results(commands))

    assert entry in (tmp_path / "quarantine.toml").read_text()


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
