"""docs/ci but for GitHub: pipeline files that parse, keep to their system's schema, and name only what exists."""

import io
import json
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from importlib.resources import files
from pathlib import Path
from queue import SimpleQueue
from types import MappingProxyType
from typing import Any
from uuid import uuid4

import jsonschema
import pytest
import tree_sitter_groovy
import yaml
from recipes.pages import Block, gitlab_pipelines
from support.clock import FakeClock
from support.publishing import OUTPUTS
from tree_sitter import Language, Parser

from koregate import cli
from koregate.arguments import COMMANDS, command_parser
from koregate.ci import dotenv
from koregate.ci.base import CISystem
from koregate.ci.detect import SYSTEMS, detect
from koregate.commands.context import JobContext
from koregate.inputs import input_specs

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs" / "ci"
# These have tests of their own: test_github_recipes.py, test_baseline_recipe.py, test_baseline_gitlab_recipe.py.
OTHERS = ("README", "baseline", "baseline-gitlab", "github")
PAGES = {path.stem: path.read_text(encoding="utf-8") for path in sorted(DOCS.glob("*.md")) if path.stem not in OTHERS}
BLOCKS: dict[str, list[tuple[str, str]]] = {
    name: re.findall(r"^```(\w*)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE) for name, text in PAGES.items()
}
# Where the page's script for a shell works.
FOLDER = "/srv/kore-bot"
IMAGE = "ghcr.io/koregate/koregate:v0"
# The schemas that check-jsonschema carries: SchemaStore's and the vendors' own.
SCHEMAS = {
    "gitlab": "gitlab-ci",
    "azure": "azure-pipelines",
    "circleci": "circle-ci",
    "buildkite": "buildkite",
    "bitbucket": "bitbucket-pipelines",
}
# In each recipe: the words that hand junit.xml to the system's test report, also after a failure.
TEST_TABS = {
    "gitlab": ["when: always", "junit: koregate-report/junit.xml", "dotenv: koregate-report/outputs.env"],
    "azure": ["PublishTestResults@2", "condition: always()", "testResultsFiles: koregate-report/junit.xml"],
    "jenkins": ["always {", "junit testResults: 'koregate-report/junit.xml'"],
    "circleci": ["store_test_results:", "path: koregate-report/junit.xml"],
    "buildkite": ["test-collector#", "files: koregate-report/junit.xml", "artifact_paths:"],
    "bitbucket": ["--report-dir test-results/", "capture-on: always"],
    "shell": [],
}
# In each recipe: what keeps the code of a pull request out of the gate's job.
WITHOUT_CHECKOUT = {
    "gitlab": "GIT_STRATEGY: none",
    "azure": "- checkout: none",
    "jenkins": "skipDefaultCheckout()",
    "buildkite": "checkout:\n      skip: true",
    "bitbucket": "clone:\n            enabled: false",
}
# In each recipe: what lets one job at a time use the bot.
LOCKS = {
    "gitlab": "resource_group: kore-bot",
    "azure": "\nlockBehavior: sequential",
    "jenkins": "lock('kore-bot')",
    "circleci": "serial-group: kore-bot",
    "buildkite": "concurrency_group: kore-bot",
    "bitbucket": "concurrency-group: kore-bot",
}
# How each system starts the script that starts the container.
SHELLS = {"azure": ["bash", "--noprofile", "--norc"], "jenkins": ["sh", "-xe"], "shell": ["sh", "-eu"]}
# What Azure Pipelines and Jenkins say about a pull request from a fork.
FORKS = {
    "azure": {
        "TF_BUILD": "True",
        "BUILD_REASON": "PullRequest",
        "BUILD_SOURCEBRANCH": "refs/pull/7/merge",
        "SYSTEM_PULLREQUEST_ISFORK": "True",
        "SYSTEM_ACCESSTOKEN": "hunter3",
    },
    "jenkins": {
        "JENKINS_URL": "https://jenkins.example/",
        "JENKINS_SERVER_COOKIE": "durable-hunter3",
        "BUILD_TAG": "jenkins-bot-7",
        "BRANCH_NAME": "PR-7",
        "CHANGE_ID": "7",
        "CHANGE_FORK": "someone",
    },
}
# In place of docker: keeps the command line and the variables that the container gets.
DOCKER = """import json, os, sys
words = sys.argv[1:]
names = [value for option, value in zip(words, words[1:]) if option == "--env"]
with open("../container.json", "w") as file:
    json.dump([words, {name: os.environ[name] for name in names if name in os.environ}], file)
sys.exit(7)
"""
FILES = ["junit.xml", "report.json", "report.html", "ctrf-report.json", "outputs.env"]
RAW_FILES = ["raw/001-order-a-pizza.json", "raw/run.json", "raw/deeper/file.txt"]


def recipe(name: str) -> str:
    """The page's first pipeline file."""
    return BLOCKS[name][0][1]


def loaded(name: str) -> Any:
    return yaml.safe_load(recipe(name))


def azure_steps() -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = loaded("azure")["jobs"][0]["steps"]
    return steps


def script_of(name: str) -> str:
    """The script in which the recipe starts the container."""
    if name == "azure":
        return next(str(step["bash"]) for step in azure_steps() if step.get("name") == "gate")
    return re.findall(r"sh '''\n(.*?)'''", recipe(name), re.DOTALL)[0] if name == "jenkins" else recipe(name)


def test_every_system_has_a_page_and_every_page_a_system() -> None:
    systems = {system.adapter.name for system in SYSTEMS} - {"github"}

    assert systems | {"shell"} == set(PAGES)
    assert set(TEST_TABS) == set(PAGES)


@pytest.mark.parametrize(("name", "text"), [(name, text) for name in SCHEMAS for _, text in BLOCKS[name]])
def test_a_pipeline_file_keeps_to_the_systems_published_schema(name: str, text: str) -> None:
    path = files("check_jsonschema") / "builtin_schemas" / "vendor" / f"{SCHEMAS[name]}.json"
    schema = json.loads(path.read_text(encoding="utf-8"))
    kind = jsonschema.validators.validator_for(schema)
    pipeline = yaml.safe_load(text)
    if "schedules" in pipeline:
        # To add to the page's pipeline.
        pipeline = {**loaded(name), **pipeline}

    assert [] == [f"{error.json_path}: {error.message}" for error in kind(schema).iter_errors(pipeline)]


def test_the_jenkinsfile_is_groovy_also_with_the_lines_for_every_night() -> None:
    ((_, whole), (_, nightly)) = BLOCKS["jenkins"]
    agent = "    agent any // it needs Docker\n"
    assert agent in whole

    for text in (whole, whole.replace(agent, f"{agent}    {nightly}")):
        root = Parser(Language(tree_sitter_groovy.language())).parse(text.encode()).root_node
        assert not root.has_error
        assert 1 == root.named_child_count


def script(
    tmp_path: Path, docker: str, name: str = "shell", environ: Mapping[str, str] = MappingProxyType({})
) -> "subprocess.Popen[str]":
    """Begin the page's script in a checkout, with this in place of docker."""
    (checkout := tmp_path / "checkout").mkdir(exist_ok=True)
    (tmp_path / ".koregate-client-secret").write_text("hunter2")
    program = tmp_path / "docker"
    program.write_text(f"#!/bin/sh\n{docker}")
    program.chmod(0o755)
    return subprocess.Popen(
        [*SHELLS[name], "-c", script_of(name).replace(FOLDER, str(checkout))],
        cwd=checkout,
        env={"PATH": f"{tmp_path}:/usr/bin:/bin", "HOME": str(tmp_path), **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize(("code", "verdict"), [(0, "passed"), (1, "failed"), (130, "cancelled")])
def test_the_script_says_the_verdict_and_ends_with_the_gates_exit_code(tmp_path: Path, code: int, verdict: str) -> None:
    outputs = {**OUTPUTS, "verdict": verdict, "failed": str(code), "errors": "2", "total": "3"}
    (tmp_path / "lines").write_text(dotenv.render(outputs))

    # The image as the script calls it, with the secret in its environment.
    with script(
        tmp_path,
        'case "$*" in *hunter2*) exit 9;; *"--env KOREGATE_CLIENT_SECRET "*" run") ;; *) exit 8;; esac\n'
        'test "$KOREGATE_CLIENT_SECRET" = hunter2 || exit 7\n'
        f"mkdir koregate-report && cp ../lines koregate-report/outputs.env\nexit {code}\n",
    ) as process:
        told, errors = process.communicate(timeout=10)

    assert (code, f"Conversation tests {verdict}, {code} failed, 2 without a result, 3 in all.\n", "") == (
        process.returncode,
        told,
        errors,
    )


@pytest.mark.parametrize(
    "container", ["exit 125", "mkdir koregate-report && cp ../poison koregate-report/outputs.env; exit 1"]
)
def test_the_script_executes_nothing_of_the_checkout(tmp_path: Path, container: str) -> None:
    (folder := tmp_path / "checkout" / "koregate-report").mkdir(parents=True)
    poison = f'KOREGATE_VERDICT=passed\ntouch {tmp_path}/executed; echo "$KOREGATE_CLIENT_SECRET"; exit 0\n'
    for path in (folder / "outputs.env", tmp_path / "poison"):
        path.write_text(poison)

    with script(tmp_path, container) as process:
        told, errors = process.communicate(timeout=10)

    assert (int(container.rpartition(" ")[2]), "") == (process.returncode, errors)
    assert not (tmp_path / "executed").exists()
    assert "hunter2" not in told
    assert ("passed" in told) == ("poison" in container)


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT, signal.SIGTERM])
def test_the_script_passes_a_signal_on_and_waits_for_the_reports(tmp_path: Path, number: signal.Signals) -> None:
    with script(
        tmp_path,
        "trap 'sleep 0.3; mkdir koregate-report; cd koregate-*; echo KOREGATE_VERDICT=cancelled > outputs.env; "
        "exit 143' TERM\necho ready\nwhile :; do sleep 0.05; done\n",
    ) as process:
        assert process.stdout is not None
        assert "ready\n" == process.stdout.readline()
        process.send_signal(number)
        told, errors = process.communicate(timeout=10)

    assert (143, "Conversation tests cancelled, ? failed, ? without a result, ? in all.\n", "") == (
        process.returncode,
        told,
        errors,
    )


@pytest.mark.parametrize("name", PAGES)
def test_no_recipe_executes_a_file_of_the_workspace(name: str) -> None:
    assert [] == re.findall(r"(?m)^.*(?:^|[\s;&])(?:\.|source|sh|bash|eval)\s+\S*koregate-report.*$", recipe(name))
    assert "sourced" not in PAGES[name].replace("which later steps source", "")


@pytest.mark.parametrize("name", WITHOUT_CHECKOUT)
def test_the_gates_job_does_not_check_out_the_repository(name: str) -> None:
    assert WITHOUT_CHECKOUT[name] in recipe(name)


@pytest.mark.parametrize("name", LOCKS)
def test_one_job_at_a_time_uses_the_bot(name: str) -> None:
    lock = LOCKS[name]

    assert lock in recipe(name)
    assert f"`{lock.strip().split(':')[0].split('(')[0]}" in (DOCS / "README.md").read_text(encoding="utf-8")


def test_waiting_for_the_lock_does_not_count_against_jenkins_time_limit() -> None:
    assert recipe("jenkins").index("lock(") < recipe("jenkins").index("timeout(")


def test_the_index_has_every_default_of_its_formula() -> None:
    text = (DOCS / "README.md").read_text(encoding="utf-8")
    defaults = {spec.name: spec.default for spec in input_specs()}

    assert ("30m", "4", "0") == (defaults["timeout"], defaults["max-parallel"], defaults["retries"])
    assert "`timeout` is 30 minutes if you do not set it" in text
    assert "divided by `max-parallel` (4)" in text


def test_gitlab_and_circleci_have_nothing_before_the_gate() -> None:
    steps = loaded("circleci")["jobs"]["conversation-tests"]["steps"]

    for _, text in BLOCKS["gitlab"]:
        if "koregate run" not in text:
            continue
        (gate,) = [job for job in yaml.safe_load(text).values() if "variables" in job]
        assert ([], "none") == (gate["dependencies"], gate["variables"]["GIT_STRATEGY"])
        assert "needs" not in gate
    assert "koregate run" == steps[0]["run"]["command"]
    assert "checkout" not in steps


def matches(pattern: str, path: str) -> bool:
    """Whether a glob names the path: `**` stands for any folders, `*` for a part of one name."""
    words = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*"}
    parts = re.split(r"(\*\*/|\*\*|\*)", pattern.rstrip("/"))
    return re.fullmatch("".join(words.get(part, re.escape(part)) for part in parts), path) is not None


def covers(pattern: str, path: str) -> bool:
    """Whether a glob names the path or one of its folders."""
    return any(matches(pattern, str(place)) for place in [Path(path), *Path(path).parents][:-1])


def github(step: Any, path: str) -> bool:
    # @actions/glob: a pattern stands for all that is below it too, with ! and without.
    lines = step["with"]["path"].splitlines()
    return any(covers(line, path) for line in lines if line[0] != "!") and not any(
        covers(line[1:], path) for line in lines if line[0] == "!"
    )


def gitlab(path: str) -> bool:
    # "Unlike artifacts:paths, artifacts:exclude paths are not recursive" (GitLab, CI/CD YAML reference).
    published = []
    for block in gitlab_pipelines():
        (gate,) = [job for job in yaml.safe_load(block.text).values() if "exclude" in str(job)]
        inside = path.replace("koregate-report", gate["artifacts"]["paths"][0].rstrip("/"))
        published.append(
            any(covers(one, inside) for one in gate["artifacts"]["paths"])
            and not any(matches(one, inside) for one in gate["artifacts"]["exclude"])
        )
    assert 7 == len(published)
    assert 1 == len(set(published))
    return published[0]


def azure(path: str) -> bool:
    steps = azure_steps()
    (copied,) = [step["inputs"] for step in steps if step.get("task") == "CopyFiles@2"]
    (published,) = [step["publish"] for step in steps if "publish" in step]
    assert published == copied["TargetFolder"]
    assert "$(Build.SourcesDirectory)/koregate-report" == copied["SourceFolder"]
    return matches(copied["Contents"], path.removeprefix("koregate-report/"))


def jenkins(path: str) -> bool:
    ((artifacts, excludes),) = re.findall(r"archiveArtifacts artifacts: '(.+?)', excludes: '(.+?)'", recipe("jenkins"))
    return matches(artifacts, path) and not matches(excludes, path)


def circleci(path: str) -> bool:
    steps = [step for step in loaded("circleci")["jobs"]["conversation-tests"]["steps"] if isinstance(step, dict)]
    return any(covers(step["store_artifacts"]["path"], path) for step in steps if "store_artifacts" in step)


def buildkite(path: str) -> bool:
    # The agent uploads files, and skips folders that a pattern names.
    return any(matches(one, path) for one in loaded("buildkite")["steps"][0]["artifact_paths"])


def bitbucket(path: str) -> bool:
    (upload,) = loaded("bitbucket")["pipelines"]["pull-requests"]["**"][0]["step"]["artifacts"]["upload"]
    return any(covers(one, path.replace("koregate-report", "test-results/koregate")) for one in upload["paths"])


def readme(path: str) -> bool:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    workflow = yaml.safe_load(re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)[0])
    return any(
        github(step, path) for step in workflow["jobs"]["bot"]["steps"] if "upload-artifact" in step.get("uses", "")
    )


def reusable_workflow(path: str) -> bool:
    text = (ROOT / ".github" / "workflows" / "conversation-tests.yml").read_text(encoding="utf-8")
    workflow = yaml.safe_load(text.replace("${{ inputs.report-dir }}", "koregate-report"))
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    return any(github(step, path) for step in steps if "upload-artifact" in step.get("uses", ""))


@pytest.mark.parametrize(
    "published", [readme, reusable_workflow, gitlab, azure, jenkins, circleci, buildkite, bitbucket]
)
def test_artifacts_hold_the_reports_but_not_the_raw_replies(published: Callable[[str], bool]) -> None:
    assert {"junit.xml", "report.json", "report.html"} <= {
        name for name in FILES if published(f"koregate-report/{name}")
    }
    assert [] == [name for name in RAW_FILES if published(f"koregate-report/{name}")]


def test_every_page_with_artifacts_is_among_those() -> None:
    assert {"gitlab", "azure", "jenkins", "circleci", "buildkite", "bitbucket", "shell"} == set(PAGES)
    assert "artifact" not in recipe("shell")


@pytest.mark.parametrize(
    "pattern", ["koregate-report", "koregate-report/", "koregate-report/**", "koregate-report/**/*"]
)
def test_the_patterns_that_publish_raw_replies_are_recognized(pattern: str) -> None:
    assert all(covers(pattern, f"koregate-report/{name}") for name in RAW_FILES)
    assert not matches("koregate-report/*", "koregate-report/raw/run.json")


@pytest.mark.parametrize("name", PAGES)
def test_a_recipe_runs_the_image_and_publishes_its_test_cases_whatever_the_verdict(name: str) -> None:
    text = recipe(name)

    assert IMAGE in text
    assert [] == [words for words in TEST_TABS[name] if words not in text]


@pytest.mark.parametrize("name", PAGES)
def test_a_recipe_says_that_its_image_is_not_released_as_long_as_the_index_says_so(name: str) -> None:
    is_released = "**Not released yet.**" not in (DOCS / "README.md").read_text(encoding="utf-8")
    public = "It is public." if is_released else "It is [not released yet](README.md), and will be public."

    assert f"The image is `{IMAGE}`. {public}" in " ".join(PAGES[name].split())


def test_the_image_has_one_tag_wherever_it_is_named() -> None:
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob(".github/**/*.yml"), ROOT / "action.yml"]
    named = {name for page in pages for name in re.findall(r"ghcr\.io/[\w./-]+:[\w.-]+", page.read_text())}

    assert {IMAGE} == named


@pytest.mark.parametrize("name", PAGES)
def test_every_variable_and_option_on_a_page_exists(name: str) -> None:
    known = {spec.variable for spec in input_specs()} | set(dotenv.variables(OUTPUTS))
    options = {option for command in COMMANDS for option in command_parser(command)._option_string_actions}

    assert set(re.findall(r"\bKOREGATE_[A-Z_]*[A-Z]\b", PAGES[name])) <= known
    gate = (
        recipe("bitbucket").split("koregate run", 1)[1].split("output-variables", 1)[0] if name == "bitbucket" else ""
    )
    assert set(re.findall(r"(--[a-z-]+) ", gate)) <= options


@pytest.mark.parametrize("name", PAGES)
def test_a_recipe_gives_every_input_that_a_run_needs(name: str) -> None:
    needed = {spec.variable for spec in input_specs() if spec.required}
    needed |= {"KOREGATE_CLIENT_ID", "KOREGATE_CLIENT_SECRET", "KOREGATE_USER_EMAIL"}
    given = {f"KOREGATE_{option.upper().replace('-', '_')}" for option in re.findall(r"--([a-z-]+) ", recipe(name))}

    assert needed <= given | set(re.findall(r"KOREGATE_\w+", PAGES[name]))


@pytest.mark.parametrize("name", PAGES)
def test_no_recipe_holds_a_secret_or_passes_one_as_an_option(name: str) -> None:
    text = recipe(name)

    assert "--client-secret" not in text
    assert "--jwt" not in text
    values = re.findall(r"KOREGATE_CLIENT_SECRET['\"]?\s*[:=]\s*(\S+)", text)
    assert [value for value in values if not value.startswith("$")] == []


def container(name: str, tmp_path: Path, environ: Mapping[str, str]) -> tuple[list[str], dict[str, str]]:
    """The command line of the container that the page's script starts, and the variables that it gets."""
    (tmp_path / "docker.py").write_text(DOCKER)
    folder = str(tmp_path / "checkout")
    around = {"BUILD_SOURCESDIRECTORY": folder} if name == "azure" else {"WORKSPACE": folder}
    with script(tmp_path, f'exec {sys.executable} ../docker.py "$@"\n', name, {**around, **environ}) as process:
        process.communicate(timeout=10)
    assert 7 == process.returncode
    words, given = json.loads((tmp_path / "container.json").read_text())
    assert [IMAGE, "run"] == words[-2:]
    assert f"{folder}:{folder}" in words
    return words, given


@pytest.mark.parametrize("name", SHELLS)
def test_a_container_gets_every_input_that_is_set_and_no_value_is_in_the_command_line(
    tmp_path: Path, name: str
) -> None:
    inputs = {spec.variable: f"{spec.name}-hunter2\nBUILD_NONE=1\n KOREGATE_NONE and more" for spec in input_specs()}
    odd = {"KOREGATE_WITH.DOT": "1", "BUILD_WITH-DASH": "1", "OTHER": "1"}

    words, given = container(name, tmp_path, {**inputs, **odd, **FORKS.get(name, {})})

    own = set(re.findall(r"^export (KOREGATE_\w+)", recipe(name), re.MULTILINE))
    assert inputs.keys() == {variable for variable in given if variable.startswith("KOREGATE_")}
    assert all(given[variable] == value for variable, value in inputs.items() if variable not in own)
    assert "hunter" not in " ".join(words)
    assert "hunter3" not in given.values()
    assert "OTHER" not in given


def test_buildkite_hands_the_container_its_environment_and_each_secret() -> None:
    step = loaded("buildkite")["steps"][0]
    (docker,) = [plugin["docker#v5.13.0"] for plugin in step["plugins"] if "docker#v5.13.0" in plugin]

    assert docker["propagate-environment"] is True
    assert docker["environment"] == [name for name in step["secrets"] if name.startswith("KOREGATE_")]
    # Buildkite creates no secret with a name of its own.
    assert not any(name.startswith(("BUILDKITE", "BK")) for name in step["secrets"])
    (collector,) = [plugin for plugin in step["plugins"] if "test-collector#v1.7.0" in plugin]
    assert collector["test-collector#v1.7.0"]["api-token-env-name"] in step["secrets"]


@pytest.mark.parametrize("name", FORKS)
def test_without_credentials_a_pull_request_from_a_fork_can_be_skipped(
    tmp_path: Path, clock: FakeClock, name: str
) -> None:
    needed = {
        "KOREGATE_HOST": "https://platform.kore.ai",
        "KOREGATE_STREAM_ID": f"st-{uuid4()}",
        "KOREGATE_TEST_SUITES": "Pizza",
        "KOREGATE_USER_EMAIL": "bot-ci@example.com",
        "KOREGATE_ON_MISSING_CREDENTIALS": "skip",
    }
    # Azure leaves the name of a variable that the job does not get.
    step = next(step["env"] for step in azure_steps() if "env" in step) if name == "azure" else {}
    _, given = container(name, tmp_path, {**FORKS[name], **step, **needed})
    stream = io.StringIO()

    code = cli.run(["run"], JobContext(given, tmp_path, detect(given, stream), clock, SimpleQueue()))

    assert (0, True) == (code, "The bot was NOT tested." in stream.getvalue())


def test_azure_publishes_also_after_a_signal() -> None:
    published = [step for step in azure_steps() if "task" in step or "publish" in step]

    assert 3 == len(published)
    assert {"always()"} == {step["condition"] for step in published}


def test_the_table_of_variables_is_the_file() -> None:
    rows = re.findall(r"^\| `(KOREGATE_\w+)` \| `([a-z-]+)`", PAGES["shell"], re.MULTILINE)

    assert list(dotenv.file_variables(OUTPUTS)) == [variable for variable, _ in rows]
    assert len({name for _, name in rows} & set(OUTPUTS)) == len(rows)


def test_the_table_of_systems_says_yes_where_the_code_can() -> None:
    names = ["github", "gitlab", "azure", "bitbucket", "buildkite", "circleci", "jenkins"]
    adapters = {system.adapter.name: system.adapter for system in SYSTEMS}
    text = (DOCS / "README.md").read_text(encoding="utf-8")
    table = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    rows = {cells[0]: cells[1:] for cells in table}

    def can(method: str) -> list[str]:
        shared = getattr(CISystem, method)
        return [*("no" if getattr(adapters[name], method) is shared else "yes" for name in names), "no"]

    assert can("comment_thread") == rows["[comment](../comment.md)"]
    # Without the credentials, these two end the recipe's job before koregate starts.
    early = {"jenkins": "withCredentials(", "buildkite": "    secrets:"}
    forks = ["by hand" if name in early else word for name, word in zip([*names, ""], can("_is_of_fork"), strict=True)]
    assert all(words in recipe(name) for name, words in early.items())
    assert forks == rows["[`on-missing-credentials: skip`](../inputs.md) for forks"]


def test_gitlab_empties_the_entrypoint() -> None:
    assert {"name": IMAGE, "entrypoint": [""]} == loaded("gitlab")["conversation-tests"]["image"]


@pytest.mark.parametrize("block", gitlab_pipelines(), ids=[block.name for block in gitlab_pipelines()])
def test_no_default_of_the_file_reaches_gitlabs_gate_and_it_has_a_limit(block: Block) -> None:
    gates = [job for job in yaml.safe_load(block.text).values() if "koregate run" in str(job)]

    assert [{"default": ["tags"]}] == [job["inherit"] for job in gates]
    assert all("timeout" in job for job in gates)


def test_bitbucket_finds_the_report_within_three_levels() -> None:
    (folder,) = re.findall(r"--report-dir (\S+)", recipe("bitbucket"))

    assert folder.split("/")[0] == "test-results"
    assert len(f"{folder}/junit.xml".split("/")) <= 3


def test_links_between_pages_lead_somewhere() -> None:
    for name, text in PAGES.items():
        for page, anchor in re.findall(r"\]\(([\w/.-]+)\.md#([\w-]+)\)", text):
            target = (DOCS / f"{page}.md").read_text(encoding="utf-8")
            assert f"## {anchor.replace('-', ' ')}\n" in target.lower(), (name, page, anchor)
