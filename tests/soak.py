"""A thousand simulated runs with seeded random faults, progress and outcomes, in virtual time: `make soak`.

Prints wrong verdicts, lost reports, repeated starts and broken limits: each of them must be 0.
"""

import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from support.clock import FakeClock
from support.job import run, scenario
from support.publishing import OUTPUTS

from koregate.simulator import Simulator

REPORTS = {"junit.xml", "report.json", "ctrf-report.json", "report.html", "raw/run.json"}
TEMPORARY_FAULTS = ["reset", "close", "truncated", "short-length", "bad-gzip", "html", "empty", "rate-limited", "gzip"]
CODES = [408, 425, 429, 500, 502, 503, 504]
STEP = {"say": "hi", "expect": "Hello"}
OUTCOMES: dict[str, tuple[dict[str, Any], int]] = {
    "passed": ({}, 0),
    "failed": ({"steps": [STEP, {**STEP, "answer": "Go away"}]}, 1),
    "silent bot": ({"steps": [STEP, {**STEP, "answer": None}]}, 1),
    "step failed": ({"steps": [STEP, {**STEP, "status": "failed"}]}, 1),
    "aborted": ({"status": "aborted"}, 4),
    "missing steps": ({"announced": 9}, 4),
    "summary only": ({"summary_only": True}, 0),
    "error details": ({"error_details": {"msg": "auth profile"}}, 4),
    "contradiction": ({"result_status": "failed"}, 1),
    "too late": ({"seconds": 5000.0}, 5),
    "stuck": ({"seconds": 5000.0, "progress": [[0, 0], [10, 40]]}, 5),
}
RIGHT = {"say": "hi", "intent": "Greet"}
WRONG = {"say": "pizza", "intent": "Order", "matched": "Greet"}
BATCH_OUTCOMES: dict[str, tuple[dict[str, Any], int]] = {
    "passed": ({}, 0),
    "failed": ({"utterances": [RIGHT, WRONG]}, 1),
    "failed without a file": ({"utterances": [RIGHT, WRONG], "file": None}, 1),
    "passed with a broken file": ({"file": "Utterance,"}, 0),
    "partial": ({"utterances": [RIGHT, WRONG], "partial": True}, 4),
    "failed as a whole": ({"status": "failed"}, 4),
    "canceled": ({"status": "cancelled", "file": None}, 4),
    "counts that do not add up": ({"count_changes": {"success": 7}}, 4),
    "no result": ({"removed": ["result"]}, 4),
    "too late": ({"seconds": 5000.0}, 5),
    "stuck": ({"seconds": 5000.0, "progress": [[0, 0], [10, 40]]}, 5),
}
STARTS: dict[str, tuple[list[dict[str, Any]], int | None]] = {
    "fine": ([], None),
    "over the limit": ([{"on": "start", "requests": "1-2", "fault": "http", "code": 429, "retry_after": "3"}], None),
    "ambiguous": ([{"on": "start", "requests": "1", "fault": "close"}], 4),
    "rejected": ([{"on": "start", "fault": "http", "code": 401, "message": "Invalid SDK credentials"}], 3),
}


class Made(NamedTuple):
    """A scenario, the exit code that it must end with, and the number of start requests that it may take.

    `suite_file` is what the suite is imported from, None if the platform has it already. `options` are further inputs.
    """

    played: dict[str, Any]
    code: int
    starts: int
    suite_file: bytes | None = None
    options: Mapping[str, str] = {}


def made(dice: random.Random) -> Made:
    is_batch = dice.random() < 0.4
    outcomes = BATCH_OUTCOMES if is_batch else OUTCOMES
    change, code = outcomes[dice.choice(list(outcomes))]
    seconds = dice.choice([0.5, 3.0, 20.0, 200.0, 1500.0])
    jumps = sorted((dice.uniform(0, seconds), dice.uniform(0, 99)) for _ in range(dice.randrange(6)))
    suite = {
        "seconds": seconds,
        "progress": dice.choice(["steady", [[0, 0], *jumps]]),
        **({"utterances": [RIGHT]} if is_batch else {"steps": [STEP, STEP], "percent": dice.random() < 0.8}),
        **change,
    }
    start = dice.choices(list(STARTS), [8, 2, 1, 1])[0]
    faults, start_code = STARTS[start]
    faults = [*faults, *(_fault(dice) for _ in range(dice.randrange(3)))]
    starts = 3 if start == "over the limit" else 1
    if is_batch and dice.random() < 0.3:
        faults.append({"on": "file", "fault": dice.choice(TEMPORARY_FAULTS)})
    if is_batch and dice.random() < 0.5:
        imports, suite_file = _imported(suite, dice)
        faults += [_fault(dice, dice.choice(["upload", "import", "list"])) for _ in range(dice.randrange(3))]
        # A run that never ends is one of no file.
        code = 4 if "other_job" in imports and code != 5 else code
        return Made({"imports": imports, "faults": faults}, start_code or code, starts, suite_file)
    # One run of several cannot have a result status of its own.
    may_run_again = not is_batch and start == "fine" and code in (1, 4) and "result_status" not in change
    if may_run_again and dice.random() < 0.5:
        return _retried(
            {key: suite[key] for key in suite if key not in change} | {"steps": [STEP, STEP]},
            change,
            code,
            faults,
            dice,
        )
    played = {"batch_suites": {"Pizza": suite}} if is_batch else {"Pizza": suite}
    return Made({**played, "faults": faults}, start_code or code, starts)


def _retried(
    suite: dict[str, Any], change: dict[str, Any], code: int, faults: list[dict[str, Any]], dice: random.Random
) -> Made:
    """A suite that runs again: it passes the next time, or never."""
    flaky, is_mended = dice.choice(["fail", "pass"]), dice.random() < 0.7
    suite["runs"] = [change, {}] if is_mended else [change]
    after = 1 if code == 1 and flaky == "fail" else 0
    options = {"retries": "2", "flaky": flaky}
    return Made(
        {"Pizza": suite, "faults": faults}, after if is_mended else code, 2 if is_mended else 3, options=options
    )


def _imported(suite: dict[str, Any], dice: random.Random) -> tuple[dict[str, Any], bytes]:
    """What happens to the suite on import, and the file that it is imported from."""
    utterances = suite.pop("utterances")
    matched = {utterance["say"]: utterance["matched"] for utterance in utterances if "matched" in utterance}
    cases = [{"input": utterance["say"], "intent": utterance["intent"]} for utterance in utterances]
    imports = {"suite": suite, "matched": matched, "listed_after": dice.choice([0.0, 0.0, 4.0, 50.0])}
    if dice.random() < 0.2:
        imports["other_job"] = dice.choice(["before-run", "during-run"])
    return imports, json.dumps({"testCases": cases}).encode()


def _fault(dice: random.Random, on: str = "status") -> dict[str, Any]:
    """A fault of some requests, never of ten in a row."""
    first = dice.randrange(1, 12)
    when = dice.choice([str(first), f"{first}-{first + 3}", f"every {dice.randrange(2, 6)}"])
    if dice.random() < 0.5:
        return {"on": on, "requests": when, "fault": dice.choice(TEMPORARY_FAULTS)}
    retry_after = dice.choice([{}, {}, {"retry_after": "7"}, {"retry_after": "date+9"}])
    return {"on": on, "requests": when, "fault": "http", "code": dice.choice(CODES), **retry_after}


def one(seed: int) -> Counter[str]:
    """Run one scenario and count what is wrong with it."""
    dice = random.Random(seed)
    played, code, starts, suite_file, options = made(dice)
    # A long run that reports no progress is a stall by definition, which is not the subject here.
    suite = played["imports"]["suite"] if suite_file else played.get("batch_suites", played)["Pizza"]
    stall = "0" if 600 <= suite["seconds"] < 5000 else dice.choice(["0", "10m"])
    clock = FakeClock()
    with (
        tempfile.TemporaryDirectory() as folder,
        Simulator(scenario(**played), now=clock.monotonic, wall=clock.wall) as simulator,
    ):
        given: dict[str, Any] = {"stall_timeout": stall, **options}
        if suite_file is not None:
            (Path(folder) / "Pizza.json").write_bytes(suite_file)
            given |= {"suite_kind": "batch", "suite_files": "*.json"}
        done = run(simulator, Path(folder), clock, **given)
        wrong = Counter(
            {
                "wrong verdicts": int(done.code != code),
                "lost reports": int(not set(done.files) >= REPORTS or set(done.outputs) != set(OUTPUTS)),
                "repeated starts": max(len(simulator.starts("Pizza")) - starts, 0),
                "broken limits": simulator.limit_violations,
            }
        )
    if wrong.total():
        print(f"seed {seed}: {dict(+wrong)}, exit code {done.code} for {code}: {played}")
    return wrong


def soak(runs: int, first: int = 0) -> Counter[str]:
    """What is wrong with that many runs."""
    with ProcessPoolExecutor() as pool:
        return sum(pool.map(one, range(first, first + runs), chunksize=10), Counter())


if __name__ == "__main__":
    began = time.monotonic()
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    wrong_in_all = soak(number)
    print(f"soak: {number} runs in {time.monotonic() - began:.0f} s")
    for name in ("wrong verdicts", "lost reports", "repeated starts", "broken limits"):
        print(f"  {name}: {wrong_in_all[name]}")
    sys.exit(min(wrong_in_all.total(), 1))
