"""Files that an earlier job left in the report directory. They are removed, so that they do not seem to be new."""

from contextlib import suppress

from koregate.files import ReportDir
from koregate.reports import raw
from koregate.reports.render import WRITTEN_FILES


def remove_earlier_reports(report_dir: ReportDir) -> None:
    """Remove every file that an earlier job wrote, except its run ids for resume."""
    remove_raw_replies(report_dir)
    for name in WRITTEN_FILES:
        report_dir.remove(name)
    report_dir.remove_temporary_files()


def remove_raw_replies(report_dir: ReportDir) -> None:
    """Remove the replies that an earlier job saved: those that its run.json lists, and what it left of its writes."""
    with suppress(OSError):
        report_dir.remove_listed(raw.written_files(report_dir.read(raw.INDEX, raw.MAX_INDEX_BYTES)))
    report_dir.remove_temporary_files(raw.FOLDER)
