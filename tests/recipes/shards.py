"""Plays the reusable workflow with shards that are good, bad, missing, doubled, foreign or forged."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from recipes.github import Workflows
from recipes.platforms import platform

_CALL = """\
name: Many suites
on: pull_request
permissions: {{}}
jobs:
  bot:
    uses: koregate/koregate/.github/workflows/conversation-tests.yml@v0
    permissions:
      contents: read
    with:
      host: https://platform.kore.ai
      stream-id: st-12345678-90ab-5cde-8f01-234567890abc
      user-email: bot-ci@example.com
      shards: '{shards}'
      {more}
    secrets:
      client-id: ${{{{ secrets.KOREGATE_CLIENT_ID }}}}
      client-secret: ${{{{ secrets.KOREGATE_CLIENT_SECRET }}}}
"""
_ENTRY = f"""
[[quarantine]]
suite = "Order a pizza"
input = "say*"
reason = "known"
owner = "qa"
until = {datetime.now(UTC).date() + timedelta(days=30)}
"""
_GOOD = '["Opening hours", "Refunds"]'
_BAD = '["Refunds", "Order a pizza"]'
_FIRST, _SECOND = (f"/shared/artifacts/koregate-shard-*-{number}" for number in (0, 1))
_COPY = f"[ -e {_SECOND} ] && cp {_FIRST}/report.json {_SECOND}/report.json || true\n"


class Case(NamedTuple):
    """A call, what happens to the artifacts after each upload, and the verdict that must come out."""

    name: str
    shards: str
    verdict: str
    says: str
    after_upload: str = ""
    more: str = ""
    fails: bool = False
    # The quarantine file on main, and in the change.
    files: tuple[str, str] = ("", "")


CASES = [
    Case("good", _GOOD, "passed", "Merged report: success."),
    Case("bad", _BAD, "failed", "Jobs of the shards: failure.", fails=True),
    Case("missing", _GOOD, "error", "Shard 1 left no report.", f"rm -rf {_SECOND}"),
    Case("without a report", _GOOD, "error", "This shard left no report.", more="image: koregate-recipes-runner"),
    Case("named twice", '["Refunds", "Refunds"]', "error", "Shard 1 left no report."),
    Case("doubled", _GOOD, "error", "Opening hours", _COPY),
    Case(
        "of another suite", _GOOD, "error", "Complaints", f"sed -i s/Refunds/Complaints/g {_SECOND}/report.json || true"
    ),
    Case(
        "of another app",
        _GOOD,
        "error",
        "not all of this app",
        f"sed -i s/st-1/st-2/g {_FIRST}/report.json {_SECOND}/report.json || true",
    ),
    Case(
        *("forged", _BAD, "error", "Merged report: success."),
        f'{_COPY}sed -i "s/Refunds/Order a pizza/g; s/ctr-./ctr-f/g" {_SECOND}/report.json || true',
        fails=True,
    ),
    Case(
        *("excused by this change", _BAD, "tolerated", "1 quarantine entry is added by this change"),
        more="quarantine: quarantine.toml",
        fails=True,
        files=("", _ENTRY),
    ),
    Case(
        *("excused on the base branch", _BAD, "tolerated", "Merged report: success."),
        more="quarantine: quarantine.toml",
        fails=True,
        files=(_ENTRY, _ENTRY),
    ),
]


def problems(case: Case, workflows: Workflows, log: Path) -> Iterator[str]:
    """What is not as it should be."""
    workflows.commit({"quarantine.toml": case.files[0]})
    workflows.commit({"quarantine.toml": case.files[1]}, branch="change")
    (hook := workflows.shared / "after-upload").write_text(case.after_upload)
    with platform(fails=case.fails, is_tolerable=any(case.files)) as on:
        played = workflows.play(_CALL.format(shards=case.shards, more=case.more), on)
    hook.unlink()
    played.write(f"shards {case.name}", log)
    green = case.verdict in ("passed", "tolerated")
    if (played.code == 0) != green:
        yield f"exit code {played.code}, jobs {played.passed}"
    for line in (f"Verdict: {case.verdict}.", case.says):
        if line not in played.log:
            yield f'the log does not say "{line}"'
    if "excused on the base" in case.name and "added by this change" in played.log:
        yield "an entry of the base branch counts as new"
