"""What the gate policy costs beside the JUnit report of the same job."""

import subprocess
import sys
import tempfile
from pathlib import Path

from bench.conversion import big_reply
from bench.processes import Row, environment

STEPS, ENTRIES = 10_000, 20
# Every rule at once, without the time that reading its files takes. One step in ten failed, and each failure is looked
# up by each rule: the entries of the quarantine file have a star, and none of them is the right one.
_PROGRAM = """
import gc, sys, time
gc.set_threshold(100_000, 20, 20)
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from koregate.judging.cases import FailureClass
from koregate.judging.job import judge_job
from koregate.policy.apply import apply_policy
from koregate.policy.baseline import baseline_from
from koregate.policy.quarantine import read_quarantine
from koregate.policy.rules import Policy
from koregate.reports import junit
from koregate.runs.record import RunRecord, Target
data, entries = open(sys.argv[1], "rb").read(), int(sys.argv[2])
target = Target("https://platform.kore.ai", "st-1", "inDevelopment", "en")
job = judge_job(target, [RunRecord("Pizza", "ctr-1", data, True)])
now = datetime(2026, 11, 25, tzinfo=UTC)
entry = '[[quarantine]]\\nsuite = "Pizza"\\ninput = "*words {}"\\nreason = "r"\\nowner = "o"\\nuntil = 2026-12-01\\n'
quarantine = read_quarantine("q.toml", "".join(map(entry.format, range(entries))).encode(), now.date())
baseline = baseline_from("main.json", target, now - timedelta(days=1), job.suites)
warn_on = frozenset({FailureClass.WRONG_TEXT})
policy = Policy(now, Decimal("50"), warn_on, 1, quarantine, baseline)

def best(work):
    seconds = []
    for _ in range(5):
        # Without what an earlier round has counted already.
        fresh = replace(job, suites=tuple(map(replace, job.suites)))
        began = time.process_time()
        result = work(fresh)
        seconds.append(time.process_time() - began)
    return min(seconds), result

report, _ = best(junit.render)
rules, after = best(lambda fresh: apply_policy(fresh, policy))
assert after.tolerated == after.step_counts.failed > 0
print(report, rules)
"""


def policy_cost() -> list[Row]:
    """Processor time of the JUnit report and of all rules, and the latter's share of the former."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "reply.json")
        path.write_bytes(big_reply(STEPS))
        command = [sys.executable, "-c", _PROGRAM, str(path), str(ENTRIES)]
        process = subprocess.run(command, env=environment(), check=True, capture_output=True, text=True)
    report, rules = map(float, process.stdout.split())
    return [
        ["JUnit report", f"{report:.2f} s", "100%"],
        [f"every rule, {ENTRIES} quarantine entries with a star", f"{rules:.2f} s", f"{rules / report:.0%}"],
    ]
