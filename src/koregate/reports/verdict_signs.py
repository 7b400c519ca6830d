"""A sign for each verdict, for Markdown."""

from koregate.verdicts import Verdict

SIGNS = {
    Verdict.PASSED: "✅",
    Verdict.SKIPPED: "⏭️",
    Verdict.TOLERATED: "🟡",
    Verdict.FAILED: "❌",
    Verdict.ERROR: "⚠️",
    Verdict.TIMEOUT: "⏱️",
    Verdict.CANCELLED: "🛑",
}
