"""Every page for people: its commands can be parsed, its variables and targets exist, and its links lead somewhere."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from koregate import arguments
from koregate.ci import dotenv
from koregate.errors import Problem
from koregate.inputs import input_specs
from koregate.judging.results import JobResult
from koregate.reports.job_outputs import job_outputs
from koregate.reports.report_json_schema import schema

ROOT = Path(__file__).parents[2]
PAGES = {str(path.relative_to(ROOT)): path for path in sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])}
BLOCKS = [
    pytest.param(block, id=f"{name}-{number}")
    for name, path in PAGES.items()
    for number, block in enumerate(re.findall(r"^```sh\n(.*?)^```$", path.read_text(), re.DOTALL | re.MULTILINE))
]


def commands(script: str) -> list[list[str]]:
    """The words of each call of koregate in a script, without redirections, here-documents and the rest of the line."""
    script = re.sub(r"<<'(\w+)'\n.*?^\1$", "", script, flags=re.DOTALL | re.MULTILINE)
    lexer = shlex.shlex(re.sub(r"(?m)(^|\s)#.*$", "", script), posix=True, punctuation_chars="\n;&|<>")
    lexer.whitespace = " \t\r"
    lexer.whitespace_split = True
    calls: list[list[str]] = []
    words: list[str] | None = None
    for token in lexer:
        if set(token) <= set("\n;&|<>"):
            words = None
        elif words is not None:
            words.append(token)
        elif token == "koregate":
            words = []
            calls.append(words)
    return calls


def anchors(page: str) -> set[str]:
    """The anchors that GitHub gives to the headings of a page."""
    headings = re.findall(r"^#+ (.*)$", page, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def outputs() -> set[str]:
    """The variables of `outputs.env`."""
    job = JobResult.for_invalid_inputs([Problem("host", "is required")])
    return set(dotenv.variables(job_outputs(job, "koregate-report")))


@pytest.mark.parametrize("script", BLOCKS)
def test_a_script_is_valid_and_names_what_exists(script: str) -> None:
    subprocess.run(["sh", "-n"], input=script, text=True, check=True)

    assert set(re.findall(r"\bKOREGATE_\w+", script)) <= {spec.variable for spec in input_specs()} | outputs()
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"^make (\w+)", script, re.MULTILINE)) <= targets
    assert all((ROOT / path).is_file() for path in re.findall(r"^make test ARGS=(\S+)", script, re.MULTILINE))
    for call in commands(script):
        arguments.parse(call)


@pytest.mark.parametrize("script", BLOCKS)
def test_commands_to_paste_have_no_comment_since_zsh_takes_it_for_words(script: str) -> None:
    assert script.startswith("#!") or "#" not in script


def test_the_commands_of_a_script_are_found() -> None:
    script = "cat > a <<'END'\nI'd\nkoregate x\nEND\n"
    script += "koregate run --fail-on any || true\nif koregate merge a.json > log; then :; fi # koregate\nkoregate help"

    assert [["run", "--fail-on", "any"], ["merge", "a.json"], ["help"]] == commands(script)


@pytest.mark.parametrize("name", PAGES)
def test_a_link_leads_somewhere(name: str) -> None:
    path = PAGES[name]
    for link in re.findall(r"\]\(([^)\s]+)\)", path.read_text()):
        target, _, anchor = link.partition("#")
        if target.startswith("https://"):
            continue
        page = path if not target else path.parent / target
        assert page.exists(), link
        assert not anchor or anchor in anchors(page.read_text()), link


def test_the_index_lists_every_page_once() -> None:
    index = PAGES["docs/README.md"].read_text()
    links = re.findall(r"\]\(([\w./-]+)\)", index)
    listed = [link for link in links if not link.startswith(("../", "ci/"))]
    pages = {name.removeprefix("docs/") for name in PAGES if name.startswith("docs/") and name.count("/") == 1}

    assert sorted(pages - {"README.md"} | {"ci"}) == sorted(listed)


def test_scripts_on_the_json_report_use_fields_that_it_has() -> None:
    parts = schema()["$defs"].values()
    fields = {name for part in [schema(), *parts] for name in part["properties"]}
    page = PAGES["docs/reports.md"].read_text()
    scripts = re.findall(r"^jq .*?'(.*?)' koregate-report/report\.json$", page, re.MULTILINE)

    assert scripts
    assert all(set(re.findall(r"\.(\w+)", script)) <= fields for script in scripts)


def test_contributing_names_every_folder_and_no_file_that_is_not_there() -> None:
    page = PAGES["CONTRIBUTING.md"].read_text()
    source = ROOT / "src" / "koregate"
    folders = {path.name for path in source.iterdir() if path.is_dir() and path.name != "__pycache__"}
    named = set(re.findall(r"`((?:\w+/)+\w+\.py)`", page))

    assert folders == set(re.findall(r"^\| `(\w+)` \| [^|]+\? ", page, re.MULTILINE))
    assert named
    assert [] == [name for name in named if not (source / name).is_file() and not (ROOT / name).is_file()]
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"`make (\w+)", page)) <= targets


def test_a_page_with_a_version_that_does_not_exist_yet_says_what_to_use() -> None:
    unreleased = re.search(r"^## \[0\.1\.0\] - unreleased$", PAGES["CHANGELOG.md"].read_text("utf-8"), re.MULTILINE)
    told = [name for name, path in PAGES.items() if re.search("first release|released yet", path.read_text("utf-8"))]
    needed = [name for name, path in PAGES.items() if re.search(r"koregate[@:]v0\b", path.read_text("utf-8"))]

    assert unreleased is None or [] == sorted(set(needed) - set(told))
