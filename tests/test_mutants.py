"""The program that plays mutants: what it learns from the tests, and what it calls each mutant."""

import subprocess
import sys
from pathlib import Path

_MUTANTS = Path(__file__).with_name("mutants.py")
_PROJECT = {
    "pyproject.toml": """
        [tool.mutmut]
        source_paths = ["src"]
        only_mutate = ["src/koregate/*"]
        also_copy = ["tests"]
    """,
    "src/koregate/__init__.py": "",
    "src/koregate/sums.py": """
        from functools import cache

        @cache
        def remembered():
            return summed(1)

        def summed(number):
            return number + 1

        def unused(number):
            return number + 1

        class Sum:
            @property
            def known(self):
                return 2
    """,
    "tests/test_sums.py": """
        from koregate.sums import Sum, remembered, summed

        def test_a_sum_is_a_number():
            assert isinstance(remembered(), int)

        def test_a_sum_is_right():
            assert 2 == remembered()

        def test_a_sum_is_known():
            assert 2 == Sum().known
    """,
}


def played(project: Path) -> list[str]:
    """The lines that the program prints for these sources and tests."""
    for name, text in _PROJECT.items():
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("\n        ", "\n"), encoding="utf-8")
    command = [sys.executable, str(_MUTANTS), "koregate.sums.*", "--", "tests/test_sums.py"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False, timeout=120)
    assert (0, "") == (done.returncode, done.stderr), done.stdout
    return done.stdout.splitlines()


def test_what_a_cache_or_a_property_computes_is_played_too_and_a_function_without_a_test_is_told_apart(
    tmp_path: Path,
) -> None:
    lines = played(tmp_path)

    fates = dict(line.split(" ", 1) for line in lines if line.startswith("koregate.sums.x"))
    killed = "killed by tests/test_sums.py::test_a_sum_is_right"
    assert {
        "koregate.sums.x_remembered_undecorated__mutmut_1": killed,
        "koregate.sums.x_remembered_undecorated__mutmut_2": killed,
        "koregate.sums.x_summed__mutmut_1": killed,
        "koregate.sums.x_summed__mutmut_2": killed,
        "koregate.sums.x_unused__mutmut_1": "uncalled: no test calls it",
        "koregate.sums.x_unused__mutmut_2": "uncalled: no test calls it",
        "koregate.sums.xǁSumǁknown_undecorated__mutmut_1": "killed by tests/test_sums.py::test_a_sum_is_known",
    } == fates
    assert "7 mutants: 5 killed, 2 uncalled" == lines[-1]
