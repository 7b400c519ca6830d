"""How the wait for one test run ended, and what was tested: what the waiting hands to the reporting."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from koregate.errors import Verdict
    from koregate.kore_api.conversation import TestRunStatus


class Target(NamedTuple):
    """What was tested; None where a saved answer does not tell."""

    host: str | None = None
    stream_id: str | None = None
    bot_version: str | None = None
    bot_language: str | None = None


class Stop(NamedTuple):
    """Why a wait ended without an answer to judge."""

    verdict: Verdict
    exit_code: int
    message: str


class Ending(NamedTuple):
    """How watching one test run ended: the last answer, as bytes and as values, or the reason why there is none."""

    suite: str
    run_id: str | None = None
    raw: bytes | None = None
    status: TestRunStatus | None = None
    stop: Stop | None = None
