"""A page whose commands are followed from top to bottom in one shell does what it says."""

import json
import re
from pathlib import Path

from support.page_shell import ROOT, missing_results, play, scripts, without_dates

DOCS = ROOT / "docs"
# These have tests of their own: test_readme.py, test_recipes.py, test_pages.py.
OTHERS = {"README.md", "docs/ci/shell.md", "docs/laptop.md", "CONTRIBUTING.md"}
PAGES = {"batch.md", "doctor.md", "many-suites.md", "policy.md", "reports.md", "scenarios.md", "suite-files.md"}


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def test_every_page_with_commands_is_played() -> None:
    paths = [*ROOT.glob("*.md"), *DOCS.rglob("*.md")]
    with_commands = {str(path.relative_to(ROOT)) for path in paths if scripts(path.read_text(encoding="utf-8"))}

    assert {f"docs/{name}" for name in PAGES} | OTHERS == with_commands


def test_policy(tmp_path: Path) -> None:
    text = page("policy.md")

    played = play(scripts(text), tmp_path)

    assert [] == missing_results(text, played), played.log
    (entry,) = re.findall(r"^```toml\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    assert without_dates(entry) in without_dates((tmp_path / "quarantine.toml").read_text())


def test_doctor(tmp_path: Path) -> None:
    (output,) = play(scripts(page("doctor.md")), tmp_path, served="passing").outputs

    lines, _, document = output.partition("exit code 0). Nothing was started. Next: koregate run.\n")
    checks = json.loads(document.partition("\n---- exit 0")[0])["checks"]
    assert lines.startswith("ok    inputs:")
    assert {"name", "result", "message"} == set(checks[0])
    assert not (tmp_path / "koregate-report").exists()


def test_reports(tmp_path: Path) -> None:
    text = page("reports.md")

    run, scripted, rebuilt, shape = play(["koregate run\n", *scripts(text)], tmp_path, served="known").outputs

    rate, suite, message = scripted.splitlines()[:3]
    assert ("true", "Order a pizza") == (rate, suite)
    texts = re.findall(r'"[^"]+"', message)
    assert 2 == len(texts)
    assert all(text in run for text in texts)
    assert re.search(r"^Verdict: failed \(exit code 1\)", rebuilt, re.MULTILINE)
    assert "12 Harbour Street" not in shape
    assert "executionResults" in shape


def test_scenarios(tmp_path: Path) -> None:
    text = page("scenarios.md")
    (example,) = re.findall(r"^```json\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    (tmp_path / "refunds.json").write_text(example)

    played = play(scripts(text), tmp_path)

    assert [] == missing_results(text, played), played.log
    assert {1} == set(played.exit_codes)


def test_many_suites(tmp_path: Path) -> None:
    shards = "".join(
        f"koregate run --report-dir shard-{number} --test-suites '{name}'\n"
        for number, name in enumerate(("Order a pizza", "Opening hours"))
    )

    played = play([shards, *scripts(page("many-suites.md"))], tmp_path, served="passing")

    assert [0, 0] == played.exit_codes, played.log
    assert "Verdict: passed (exit code 0). 2 suites: all passed." in played.outputs[1]


def test_batch(tmp_path: Path) -> None:
    played = play(scripts(page("batch.md")), tmp_path)

    demo, _, both = played.exit_codes
    assert (1, 0) == (demo, both), played.log
    suites = json.loads((tmp_path / "reports" / "all" / "report.json").read_text())["suites"]
    assert [("Order a pizza", "conversation"), ("Pizza intents", "batch")] == [
        (suite["name"], suite["kind"]) for suite in suites
    ]


def test_suite_files(tmp_path: Path) -> None:
    text = page("suite-files.md")

    played = play(scripts(text), tmp_path)

    assert [] == missing_results(text, played), played.log
    _, imported, failed = played.exit_codes
    assert (0, 1) == (imported, failed), played.log
