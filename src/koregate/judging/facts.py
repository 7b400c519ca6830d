"""When a job finished, and what its CI system says about it. Kept with the result, and no part of the verdict."""

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import NamedTuple, Self

from koregate.judging.past_runs import PastRun
from koregate.text import one_line

MAX_FACT = 250
MAX_ADDRESS = 500
# Nothing that can end an attribute or a line, no user name before the host, and only harmless schemes.
_ADDRESS = re.compile(r"https?://[A-Za-z0-9.\-\[\]:]+(?:/[A-Za-z0-9\-._~:/?#\[\]@!$&()*+,;=%]*)?")
# A hash contains no personal data, but its digits may look like some.
_HASH = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


class CIFacts(NamedTuple):
    """What a CI system says about the job that it runs. If it does not say, a text is empty and the boolean is None.

    The texts are untrusted: an earlier step, a saved report or a branch's author may have chosen them. See `made_safe`.
    """

    system: str = ""
    url: str = ""
    build: str = ""
    commit: str = ""
    commit_url: str = ""
    branch: str = ""
    default_branch: str = ""
    is_pull_request: bool | None = None

    def made_safe(self) -> Self:
        """The facts with every text shortened and on one line. An address that is not http or https is left out."""
        return self._replace(
            url=_address(self.url),
            build=_line(self.build),
            commit=_line(self.commit),
            commit_url=_address(self.commit_url),
            branch=_line(self.branch),
            default_branch=_line(self.default_branch),
        )

    def changed(self, change: Callable[[str], str]) -> Self:
        """The facts after `change`, which removes parts that must not be shown.

        An address that it would change is left out, because the changed address leads elsewhere.
        """
        return self._replace(
            url=self.url if change(self.url) == self.url else "",
            build=change(self.build),
            commit=change(self.commit),
            commit_url=self.commit_url if change(self.commit_url) == self.commit_url else "",
            branch=change(self.branch),
            default_branch=change(self.default_branch),
        )


_NO_FACTS = CIFacts()


class JobFacts(NamedTuple):
    """When the job finished (in UTC, to the second; None if a saved reply does not say), and its CI system's facts.

    `is_replay` says that the reports are rebuilt from saved replies. `history` has the previous runs of the same bot,
    oldest first.
    """

    finished: datetime | None = None
    ci: CIFacts = _NO_FACTS
    is_replay: bool = False
    history: tuple[PastRun, ...] = ()

    @classmethod
    def at(cls, moment: datetime, ci: CIFacts) -> Self:
        """The facts of a job that finishes at that moment."""
        return cls(moment.replace(microsecond=0), ci)

    def redacted(self, redact: Callable[[str], str]) -> Self:
        """The facts without the personal data that `redact` removes."""
        ci = self.ci.changed(redact)
        if _HASH.fullmatch(self.ci.commit):
            ci = ci._replace(commit=self.ci.commit)
        return self._replace(ci=ci.made_safe())


def common_facts(facts: Iterable[JobFacts]) -> JobFacts:
    """The facts that several jobs share, and when the last of them finished."""
    jobs = list(facts)
    finished = [job.finished for job in jobs if job.finished is not None]
    same = {
        name: values.pop() for name in CIFacts._fields if len(values := {getattr(job.ci, name) for job in jobs}) == 1
    }
    return JobFacts(max(finished) if finished and len(finished) == len(jobs) else None, CIFacts(**same))


def _line(text: str) -> str:
    return one_line(text.strip(), MAX_FACT)


def _address(text: str) -> str:
    return text if len(text) <= MAX_ADDRESS and _ADDRESS.fullmatch(text) else ""
