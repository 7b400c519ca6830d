"""The pipelines to copy from README.md and docs. As a program it writes those for GitHub into a folder, for linters."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(r"^#+ (?P<heading>[^\n]+)$|^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
# The gate's job on GitLab.
_GATE = "conversation-tests"
_GITLAB_KEYS = {"default", "include", "stages", "variables", "workflow"}


class Block(NamedTuple):
    """A block of code on a page, under its nearest heading."""

    page: str
    heading: str
    language: str
    text: str

    @property
    def name(self) -> str:
        """The page and the heading."""
        return f"{self.page}, {self.heading}"


def blocks() -> Iterator[Block]:
    """Every block of code on the pages."""
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        heading = ""
        for found in _BLOCK.finditer(path.read_text(encoding="utf-8")):
            heading = found["heading"] or heading
            if found["language"]:
                yield Block(str(path.relative_to(ROOT)), heading, found["language"], found["text"])


def _jobs(block: Block) -> dict[str, Any]:
    """The pipeline's jobs, if its file is a mapping of that form."""
    loaded = yaml.safe_load(block.text) if block.language == "yaml" else None
    jobs = loaded.get("jobs", loaded) if isinstance(loaded, dict) else None
    return {name: job for name, job in jobs.items() if isinstance(job, dict)} if isinstance(jobs, dict) else {}


def github_workflows() -> list[Block]:
    """The workflows for GitHub. What shows jobs alone gets the event of a pull request."""
    found = [block for block in blocks() if any("runs-on" in job or "uses" in job for job in _jobs(block).values())]
    return [
        block
        if re.search(r"^on:", block.text, re.MULTILINE)
        else block._replace(text=f"on: pull_request\npermissions: {{}}\n{block.text}")
        for block in found
    ]


def gitlab_pipelines() -> list[Block]:
    """The pipelines for GitLab. Lines to add to the jobs of another page get the rest of those jobs."""
    found = list(blocks())
    whole = [
        block
        for block in found
        if any("script" in job and "image" in job for name, job in _jobs(block).items() if name not in _GITLAB_KEYS)
    ]
    # A job of CircleCI has steps.
    lines = [block for block in found if not {"script", "steps"} & _jobs(block).get(_GATE, {"script": ""}).keys()]
    return whole + [_completed(block, whole) for block in lines]


def _completed(lines: Block, pipelines: list[Block]) -> Block:
    """The smallest pipeline that has each of these jobs, with the lines added to it."""
    jobs = _jobs(lines)
    bases = [yaml.safe_load(block.text) for block in pipelines if jobs.keys() <= _jobs(block).keys()]
    merged = _merged(min(bases, key=lambda base: "files" in base), jobs)
    return lines._replace(text=yaml.safe_dump(merged, sort_keys=False))


def _merged(base: Any, lines: Any) -> Any:
    if not isinstance(base, dict) or not isinstance(lines, dict):
        return lines
    return {**base, **{key: _merged(base.get(key), value) for key, value in lines.items()}}


def shell_scripts() -> list[Block]:
    """The whole scripts: what starts the gate and has something to do after it."""
    found = [block for block in blocks() if block.language == "sh"]
    return [block for block in found if re.search(r"koregate(:v0)? run\b.*\n(.*\n)*(exit|koregate merge) ", block.text)]


def main() -> None:
    """Write each workflow into a file of the folder that the command line names."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.yml"):
        old.unlink()
    for block in github_workflows():
        (folder / (re.sub(r"[^a-z]+", "-", block.name.lower().removesuffix(".md")).strip("-") + ".yml")).write_text(
            block.text
        )


if __name__ == "__main__":
    main()
