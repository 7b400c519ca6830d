"""Change the code that decides, one place at a time, and see that a test notices: `make mutants`.

mutmut makes the changes, and would play the tests too, but takes hours here. This program collects the tests once and
forks for each mutant. First it plays every test unmutated and with empty caches, to learn which functions it calls. A
test that fails takes no part. Before the mutants of a function, its tests are played unmutated once more in one fork,
as for a mutant, so that "killed" never means that they fail in any case. Tests that killed others come first, then the
fast ones.

    python tests/mutants.py 'koregate.judging.floor.*' -- tests/judging/test_floor.py

prints a line for each mutant with the test that killed it, then what each survivor changed, then the count. Mutants of
a function that no test calls are counted apart. mutmut leaves out properties and cached functions, so these are written
in another way first. Patterns are those of mutmut. Without tests, those of pyproject.toml, [tool.mutmut], are played.
"""

import ast
import contextlib
import gc
import importlib
import json
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable
from fnmatch import fnmatch
from functools import _lru_cache_wrapper, partial
from math import ceil
from pathlib import Path
from typing import TypedDict

import pytest
from _pytest.runner import runtestprotocol
from mutmut.configuration import config
from mutmut.mutation import trampoline
from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.mutation.file_mutation import mutate_file_contents
from mutmut.state import state

SECONDS = 300
"""After this time, or long before if it computes all the while, a mutant counts as one that never ends."""

UNCALLED = "uncalled: no test calls it"

_DECORATORS = ("property", "cached_property", "cache", "lru_cache")


class Learned(TypedDict):
    """What a test did unmutated: how long it took, which functions it called, and why it failed."""

    seconds: float
    functions: list[str]
    failure: str


def in_a_fork(work: Callable[[], object], seconds: float) -> object:
    """What the work returns as JSON, from a child process that may compute for so long, or why it returns nothing."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        resource.setrlimit(resource.RLIMIT_CPU, (ceil(seconds), resource.RLIM_INFINITY))
        signal.alarm(max(SECONDS, ceil(seconds)))
        with contextlib.suppress(BaseException), os.fdopen(writer, "w", encoding="utf-8") as result:
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, 1)
            os.dup2(null, 2)
            result.write(json.dumps(work()))
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, encoding="utf-8") as result:
        text = result.read()
    _, status = os.waitpid(child, 0)
    return json.loads(text) if text else "a time limit" if status in (signal.SIGALRM, signal.SIGXCPU) else "a crash"


def failure_of(item: pytest.Item, following: pytest.Item | None) -> str:
    """Why the test failed, or nothing."""
    failed = [report for report in runtestprotocol(item, log=False, nextitem=following) if report.failed]
    return str(failed[0].longrepr)[-2000:] if failed else ""


def clear_caches() -> None:
    """Empty the functools caches in the modules below this folder, those of the tests too."""
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if file and Path(file).is_relative_to(Path.cwd()):
            for value in list(vars(module).values()):
                if isinstance(value, _lru_cache_wrapper):
                    value.cache_clear()


def learn(items: list[pytest.Item]) -> dict[str, Learned]:
    learned: dict[str, Learned] = {}
    for item in items:
        # Otherwise only the first test that calls a cached function would be seen to call what is below it.
        clear_caches()
        state()._stats.clear()
        start = time.monotonic()
        # No following test: each one sets up and tears down all that it needs.
        failure = failure_of(item, None)
        learned[item.nodeid] = {
            "seconds": time.monotonic() - start,
            "functions": sorted(state()._stats),
            "failure": failure,
        }
    return learned


def first_failure(items: list[pytest.Item]) -> str:
    """The first test that fails, or nothing."""
    for item, following in zip(items, [*items[1:], None], strict=True):
        if failure_of(item, following):
            return item.nodeid
    return ""


class Player:
    """A pytest plugin that plays the mutants instead of the tests."""

    def __init__(self, mutants: list[str]) -> None:
        self.mutants = mutants
        self.fates: dict[str, str] = {}
        self.kills: Counter[str] = Counter()

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        # Not in the environment: what the tests start is to run unmutated, and to count nothing.
        del os.environ["MUTANT_UNDER_TEST"]
        trampoline._mutant_under_test = "stats"
        learned = in_a_fork(partial(learn, session.items), 3600)
        assert isinstance(learned, dict), learned
        for name, test in learned.items():
            if test["failure"]:
                print(f"takes no part, it fails unmutated: {name}\n{test['failure']}")
        sound: dict[str, bool] = {}
        gc.freeze()
        for mutant in self.mutants:
            function = mutant.partition("__mutmut_")[0]
            items = [item for item in session.items if self._plays(function, learned[item.nodeid])]
            items.sort(key=lambda item: (-self.kills[item.nodeid], learned[item.nodeid]["seconds"]))
            seconds = 3 + 3 * sum(learned[item.nodeid]["seconds"] for item in items)
            if items and function not in sound:
                trampoline.set_mutant_under_test("")
                failed = in_a_fork(partial(first_failure, items), seconds)
                sound[function] = not failed
                if failed:
                    print(f"{function}: its tests fail unmutated: {failed}")
            if not items:
                self.fates[mutant] = UNCALLED
            else:
                self.fates[mutant] = self._fate(mutant, items, seconds) if sound[function] else "not played"
            print(mutant, self.fates[mutant], flush=True)
        return True

    @staticmethod
    def _plays(function: str, test: Learned) -> bool:
        return function in test["functions"] and not test["failure"]

    def _fate(self, mutant: str, items: list[pytest.Item], seconds: float) -> str:
        trampoline.set_mutant_under_test(mutant)
        failed = in_a_fork(partial(first_failure, items), seconds)
        self.kills[str(failed)] += 1
        return f"killed by {failed}" if failed else f"survived {len(items)} tests"


def undecorated(source: str) -> str:
    """The same module with each property and cached function as a plain function, which is decorated below it."""
    lines = source.splitlines()
    functions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    # From the last line to the first, so that the numbers of the lines before stay right.
    for function in sorted(functions, key=lambda function: -function.lineno):
        decorators = list(map(ast.unparse, function.decorator_list))
        if len(decorators) == 1 and decorators[0].partition("(")[0] in _DECORATORS:
            name, (decorator,) = function.name, decorators
            begin, end = function.lineno - 1, function.end_lineno
            lines.insert(end or begin, f"{' ' * function.col_offset}{name} = {decorator}({name}_undecorated)")
            lines[begin] = lines[begin].replace(f"def {name}(", f"def {name}_undecorated(", 1)
            del lines[function.decorator_list[0].lineno - 1 : begin]
    return "\n".join(lines) + "\n"


def mutate(patterns: Iterable[str]) -> dict[str, str]:
    """Mutate the modules below src that the patterns mean; each mutant that a pattern means, and its module's text."""
    mutants: dict[str, str] = {}
    for path in sorted(Path("src").rglob("*.py")):
        module = ".".join(path.with_suffix("").parts[1:])
        meant = [pattern for pattern in patterns if fnmatch(module + ".", pattern) or pattern.startswith(module + ".")]
        if not meant or not config().should_mutate(path):
            continue
        mutated = mutate_file_contents(str(path), undecorated(path.read_text(encoding="utf-8")), None, set())
        path.write_text(mutated.code, encoding="utf-8")
        names = [f"{module}.{name}" for name in mutated.mutant_names]
        mutants |= {name: mutated.code for name in names if any(fnmatch(name, pattern) for pattern in meant)}
    return mutants


def main(arguments: list[str]) -> int:
    """Play the mutants in a copy of the sources; 1 if some could not be played."""
    both = [*arguments, "--"] if "--" not in arguments else arguments
    patterns, tests = both[: both.index("--")] or ["*"], [part for part in both[both.index("--") + 1 :] if part != "--"]
    sources = dict.fromkeys(Path(source) for source in (*config().source_paths, *config().also_copy))
    options = config().pytest_add_cli_args
    tests = tests or config().pytest_add_cli_args_test_selection
    with tempfile.TemporaryDirectory(prefix="koregate-mutants-") as copy:
        for source in sources:
            if source.is_dir():
                shutil.copytree(source, Path(copy, source), ignore=shutil.ignore_patterns("__pycache__"))
            elif source.exists():
                shutil.copy(source, Path(copy, source))
        home = Path.cwd()
        os.chdir(copy)
        paths = [str(Path(copy, "src")), str(Path(copy, "tests"))]
        os.environ |= {"PYTHONPATH": os.pathsep.join(paths), "MUTANT_UNDER_TEST": ""}
        sys.path[:0] = paths
        mutants = mutate(patterns)
        assert str(importlib.import_module("koregate").__file__).startswith(copy)
        player = Player(list(mutants))
        # pytest's own form of a traceback takes longer than most tests.
        code = pytest.main(["--tb=native", *options, "-s", "-p", "no:cacheprovider", *tests], plugins=[player])
        os.chdir(home)
    for mutant, fate in player.fates.items():
        if not fate.startswith(("killed", UNCALLED)):
            print(f"\n{mutant} {fate}\n{get_diff_for_mutant(mutant, mutants[mutant], mutant)}")
    count = Counter(fate.partition(" ")[0].rstrip(":") for fate in player.fates.values())
    print(f"\n{len(mutants)} mutants: " + ", ".join(f"{count[fate]} {fate}" for fate in sorted(count)))
    return int(not mutants or code not in (0, pytest.ExitCode.NO_TESTS_COLLECTED) or count["not"] > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
