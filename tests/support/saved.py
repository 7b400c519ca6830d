"""A whole run.json, with changes: what it leaves out is refused."""

import json
from datetime import UTC, datetime
from typing import Any

from koregate.judging.facts import CIFacts, JobFacts
from support.answers import TARGET

FACTS = JobFacts(
    datetime(2026, 11, 23, 10, 15, 42, tzinfo=UTC),
    CIFacts(
        system="github",
        url="https://github.com/owner/bot/actions/runs/9",
        build="9",
        commit="4f2a8c11d0b7e6539a1c8e44d2f7b0a9c6e5d3f1",
        commit_url="https://github.com/owner/bot/commit/4f2a8c11d0b7e6539a1c8e44d2f7b0a9c6e5d3f1",
        branch="feature/pizza",
        default_branch="main",
        is_pull_request=True,
    ),
)

# When reports are merged: later than any of them.
LATER = datetime(2030, 1, 1, tzinfo=UTC)


def run_json(*suites: dict[str, Any], **changes: Any) -> bytes:
    """The run.json of a job on these suites. Each is of a run with a reply, unless it says otherwise."""
    assert FACTS.finished is not None
    index = {
        "koregate": "0.1.0",
        "schemaVersion": 1,
        "host": TARGET.host,
        "streamId": TARGET.stream_id,
        "botVersion": TARGET.bot_version,
        "botLanguage": TARGET.bot_language,
        "finishedAt": FACTS.finished.isoformat(),
        "ci": {
            "system": "",
            "url": "",
            "build": "",
            "commit": "",
            "commitUrl": "",
            "branch": "",
            "defaultBranch": "",
            "isPullRequest": None,
        },
        "failOn": "any",
        "redact": [],
        "suites": [saved_run(number, suite) for number, suite in enumerate(suites, 1)],
        **changes,
    }
    return json.dumps(index).encode()


def saved_run(number: int, suite: dict[str, Any]) -> dict[str, Any]:
    """One suite of a run.json."""
    return {
        "suite": f"Pizza {number}",
        "testRunId": f"ctr-{number}",
        "file": f"{number:03d}-pizza.json",
        "stop": None,
        **suite,
    }
