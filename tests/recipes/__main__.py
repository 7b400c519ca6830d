"""Plays every pipeline of the pages twice: where every suite passes, and where one of each kind fails."""

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from recipes import baselines, imports, pages, release, shards, shell
from recipes.checks import problems
from recipes.engine import Engine
from recipes.github import Workflows
from recipes.gitlab import Pipelines
from recipes.pages import Block
from recipes.platforms import Platform, Played, platform

_TOOLS = Path(sys.prefix)
_ACT = _TOOLS / "bin" / "act"
_GITLAB = _TOOLS / "gitlab" / "node_modules" / ".bin" / "gitlab-ci-local"
# The images of the recipes that are not koregate's.
_OTHERS = frozenset({"alpine:3", "python:3-alpine"})
_Play = Callable[[str, Platform], Played]


def players(engine: Engine) -> Iterator[tuple[list[Block], Callable[[Path], _Play], str]]:
    """The pipelines of each system, what plays them in a folder, and the tools that are missing for it."""
    github = [] if engine.docker else ["a container engine"]
    github += [] if _ACT.exists() else ["act"]
    yield pages.github_workflows(), lambda folder: Workflows(folder, _ACT).play, " and ".join(github)
    gitlab = [] if _GITLAB.exists() else ["gitlab-ci-local"]
    gitlab += [] if shutil.which("rsync") else ["rsync"]
    yield pages.gitlab_pipelines(), lambda folder: Pipelines(folder, _GITLAB, engine).play, " and ".join(gitlab)
    yield pages.shell_scripts(), lambda folder: partial(shell.play, engine, folder), ""


def play_twice(block: Block, play: _Play, log: Path) -> list[str]:
    """What is wrong with the pipeline."""
    found: list[str] = []
    port = 0
    for fails in (False, True):
        # The same address both times: a history is of one platform.
        with platform(fails=fails, port=port) as on:
            port = on.port
            played = play(block.text, on)
            found += [f"{'red' if fails else 'green'}: {problem}" for problem in problems(block, played, on)]
        played.write(block.name, log)
    return found


def _told(name: str, found: list[str]) -> bool:
    """Say what is wrong, and whether something is."""
    print(f"{'wrong' if found else 'ran':<10} {name}", *found, sep="\n           ")
    return bool(found)


def _with_workflows(problems: Callable[[Workflows, Path], Iterator[str]], log: Path, folder: Path) -> Iterator[str]:
    return problems(Workflows(folder, _ACT), log)


def _cases(log: Path) -> Iterator[tuple[str, Callable[[Path], Iterator[str]]]]:
    """What is played besides the recipes on the workflow engine, each in a folder of its own."""
    for case in shards.CASES:
        yield f"shards {case.name}", partial(_with_workflows, partial(shards.problems, case), log)
    for known in baselines.CASES:
        yield f"baseline {known.name}", partial(_with_workflows, partial(baselines.problems, known), log)
    yield "a failed import", partial(_with_workflows, imports.problems, log)
    yield "release", lambda folder: release.problems(folder, _ACT, log)


def main() -> int:
    """Play what the tools here can play. The exit code is 1 if something is wrong."""
    engine, wrong = Engine(), False
    log = _TOOLS / "recipes.log"
    log.unlink(missing_ok=True)
    chosen = sys.argv[1] if len(sys.argv) > 1 else ""
    with engine.images(_OTHERS), tempfile.TemporaryDirectory(prefix="koregate-") as home:
        for blocks, player, missing in players(engine):
            for block in blocks:
                if chosen not in block.name:
                    continue
                if missing:
                    print(f"not tried  {block.name}: {missing} is missing")
                    continue
                found = play_twice(block, player(Path(tempfile.mkdtemp(dir=home))), log)
                wrong |= _told(block.name, found)
        for name, problems in _cases(log) if engine.docker and _ACT.exists() else ():
            if chosen in name:
                wrong |= _told(name, list(problems(Path(tempfile.mkdtemp(dir=home)))))
    print(f"The logs are in {log}.")
    return int(wrong)


if __name__ == "__main__":
    raise SystemExit(main())
