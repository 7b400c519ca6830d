"""Plays the commands of a page in one shell, from top to bottom, as a reader does."""

import os
import re
import subprocess
import sys
import textwrap
import time
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from koregate.commands.simulate import lines_to_paste
from koregate.simulator import Scenario, Simulator, load_scenario

ROOT = Path(__file__).parents[2]
SPEED = 20
_BLOCK = re.compile(r"^( *)```(\w+)\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_MARK = "---- block "


class Played(NamedTuple):
    """What the shell printed, by the number of the block of commands."""

    outputs: list[str]
    exit_codes: list[int]

    @property
    def log(self) -> str:
        """All of it."""
        return "".join(self.outputs)


def blocks(page: str) -> list[tuple[str, str]]:
    """Each block of code with its language."""
    return [(language, textwrap.dedent(text)) for _, language, text in _BLOCK.findall(page)]


def scripts(page: str) -> list[str]:
    """The commands for a shell."""
    return [text for language, text in blocks(page) if language == "sh"]


def without_dates(text: str) -> str:
    """The text with one word for every date: a page shows those of another day."""
    return _DATE.sub("DATE", text)


def missing_results(page: str, played: Played) -> list[str]:
    """The lines of results on the page that the commands right before them did not print."""
    missing: list[str] = []
    done = -1
    for language, text in blocks(page):
        done += language == "sh"
        if language == "text":
            printed = without_dates(played.outputs[done]).splitlines()
            missing += [line for line in without_dates(text).splitlines() if line not in printed]
    return missing


def play(
    parts: list[str],
    folder: Path,
    *,
    served: Scenario | str = "",
    speed: float = SPEED,
    typed: str = "",
    shell: str = "sh",
) -> Played:
    """Run the commands in one shell in this folder. The simulator's time passes faster by `speed`.

    `koregate simulate` becomes what a reader makes of it: its lines are pasted, and another shell serves the scenario.
    `served` is the scenario whose lines were pasted before. `typed` is entered where a command asks for it.
    """
    began = time.monotonic()

    def now() -> float:
        return began + (time.monotonic() - began) * speed

    with ExitStack() as running:

        def pasted(scenario: Scenario) -> str:
            simulator = running.enter_context(Simulator(scenario, now=now))
            return "\n".join(lines_to_paste(simulator))

        def line(text: str) -> str:
            words = text.split()
            if words[:2] != ["koregate", "simulate"]:
                return text
            name = words[3]
            return pasted(load_scenario(str(folder / name) if name.endswith(".json") else name))

        lines = []
        if served:
            lines.append(pasted(load_scenario(served) if isinstance(served, str) else served))
        for number, part in enumerate(parts):
            lines += [f"echo '{_MARK}{number}'", *map(line, part.splitlines())]
            lines.append('echo "---- exit $?"')
        (folder / "script.sh").write_text("\n".join(lines), encoding="utf-8")
        done = subprocess.run(
            [shell, "script.sh"],
            cwd=folder,
            env=_environment(folder),
            input=typed,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
    printed = re.split(rf"^{_MARK}\d+\n", done.stdout, flags=re.MULTILINE)[1:]
    return Played(printed, [int(code) for code in re.findall(r"^---- exit (\d+)$", done.stdout, re.MULTILINE)])


def _environment(folder: Path) -> dict[str, str]:
    """That of a laptop, on which koregate of this checkout is installed."""
    program = folder / ".bin" / "koregate"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m koregate "$@"\n')
    program.chmod(0o755)
    path = f"{program.parent}:{os.environ['PATH']}"
    return {"PATH": path, "HOME": str(folder), "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT / "src")}
