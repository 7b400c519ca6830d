"""A report.json of the default branch, read as the baseline of a job."""

from koregate.policy.baseline import Baseline, baseline_from
from koregate.reports.report_json_file import read_report
from koregate.reports.report_json_reader import ClaimedReport, claimed_suites
from koregate.text import one_line

_MAX_SOURCE = 200


def read_baseline(path: str, data: bytes) -> Baseline:
    """The baseline in a file. Raises ValueError if it is not a report.json of this version.

    A report that contradicts itself, or that is of a pull request, makes a baseline that tolerates nothing.
    """
    document = read_report(path, data)
    claimed = claimed_suites(path, document)
    return baseline_from(
        one_line(path, _MAX_SOURCE),
        claimed.target,
        claimed.facts.finished,
        claimed.suites,
        _problem(claimed),
    )


def _problem(claimed: ClaimedReport) -> str:
    if claimed.contradictions:
        return "it contradicts itself"
    # The failures of a change would be known as soon as its job runs again.
    return "it is the report of a pull or merge request" if claimed.facts.ci.is_pull_request else ""
