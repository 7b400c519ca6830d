"""Suite files: each one is imported before its run, and the run is proved to be one of that file.

No page says how to see that an import has finished. So koregate requests the platform's list of suites. Before and
after the run, the description of the suite must be that of the file.
"""

from collections.abc import Callable, Sequence
from functools import partial

from koregate.errors import (
    RE_RUN,
    Cancelled,
    NamesNotOurs,
    NoVerdict,
    Problem,
    RequestRejected,
    SuiteError,
)
from koregate.kore_api.client import Client
from koregate.kore_api.suite_file import MARKER, SuiteFile
from koregate.kore_api.suite_import import ListedSuite, Page, all_suites, find, name_problem
from koregate.runs.asking import Asking, Later, Stopwatch, Words
from koregate.runs.events import Event, Retrying, SuiteImported, SuiteUploaded
from koregate.runs.once import Once
from koregate.runs.polling import RunInProgress
from koregate.runs.record import CHANGED, SuiteSource
from koregate.text import human_duration, one_line

POLL_SECONDS = 3.0
# A run that has ended must not wait long for its proof.
CHECK_SECONDS = 300.0
_MAX_PATH = 200


class SuiteImports:
    """The suite files of a job, by their suites. `stall_timeout` limits the wait for an import, unless it is 0."""

    def __init__(
        self,
        files: Sequence[SuiteFile],
        asking: Asking,
        stall_timeout: float,
        report: Callable[[Event], None],
    ) -> None:
        self._files = {file.suite: file for file in files}
        self._asking = asking
        self._stall_timeout = min(stall_timeout or asking.timeout, asking.timeout)
        self._report = report
        self._once = Once()

    def check_names(self, client: Client) -> None:
        """Raise `NamesNotOurs` if the platform has suites of these names that koregate did not import."""
        self._once.do(partial(self._check_names, client))

    def bring(self, client: Client, run: RunInProgress) -> None:
        """Import the file of the suite, if it has one, and wait until the list shows it. Raises a `SuiteError`."""
        if self._files:
            self.check_names(client)
        file = self._files.get(run.suite)
        if file is None:
            return
        run.importing = True
        try:
            is_new = self._import(client, file)
            listed = self._wait_until_listed(client, file)
        except RequestRejected as problem:
            raise RequestRejected(
                f"{_path(file)} was not imported. {problem.reason}", advice=problem.advice
            ) from problem
        finally:
            run.importing = False
        _note_id(run, listed)
        self._report(SuiteImported(file.suite, file.sha256, file.utterances, is_new))

    def source(self, suite: str) -> SuiteSource | None:
        """The file of a suite, and that nothing shows yet that a run was one of it. None if the suite has none."""
        file = self._files.get(suite)
        if file is None:
            return None
        return SuiteSource(file.path, file.sha256, file.utterances, _unproved(file), file.texts_sha256)

    def check(self, client: Client, run: RunInProgress) -> None:
        """Compare the suite on the platform with its file. Call this as soon as the run is known, and after its end.

        If they differ, the source of the run keeps the problem. Raises `Cancelled`.
        """
        file = self._files.get(run.suite)
        if file is None or run.source is None or run.changed:
            return
        problem = self._problem(client, file, run)
        if problem or run.ended:
            run.source = run.source._replace(problem=problem)
        run.changed = problem

    def _check_names(self, client: Client) -> None:
        suites = self._asking.until(partial(self._list, client), self._words("", "list", "names of the suites"))
        problems = [
            Problem(
                "suite-files",
                f"{_path(file)}: {problem}. Nothing was changed. Rename the file or the suite, or set suite-prefix.",
            )
            for file in self._files.values()
            if (problem := name_problem(suites, file))
        ]
        if problems:
            raise NamesNotOurs(*problems)

    def _import(self, client: Client, file: SuiteFile) -> bool:
        """Import the file. Returns whether it was new."""
        return self._asking.until(
            partial(self._try_to_import, client, file), self._words(file.suite, "import", f"import of {_path(file)}")
        )

    def _try_to_import(self, client: Client, file: SuiteFile, watch: Stopwatch) -> bool:
        """One attempt, which begins with the list of suites. Returns whether the suite is new.

        An attempt can always be repeated. A second upload leaves a file behind that nothing refers to. If an import was
        accepted and its reply was lost, the next one imports the same content. If that import created the suite, the
        list contains it now, so it is not created again.
        """
        suites = self._list(client, watch)
        if problem := name_problem(suites, file):
            raise NoVerdict(
                f"{_path(file)} was not imported: {problem}. It had none when the job began.", advice=RE_RUN
            )
        is_new = find(suites, file.suite) is None
        self._asking.slot(watch)
        uploaded = client.upload(file, watch.for_request)
        self._report(SuiteUploaded(file.suite, file.path, len(file.data)))
        self._asking.slot(watch)
        client.import_suite(file, uploaded, watch.for_request, is_new=is_new)
        return is_new

    def _wait_until_listed(self, client: Client, file: SuiteFile) -> ListedSuite:
        limit = human_duration(self._stall_timeout)
        words = Words(
            partial(self._retrying, file.suite, "list"),
            lambda reason: (
                f"{_path(file)} was imported, but within {limit} (stall-timeout) the platform's list did not show it"
                f"{f': {reason}' if reason else ''}."
            ),
        )
        return self._asking.until(partial(self._look_for, client, file), words, self._stall_timeout)

    def _look_for(self, client: Client, file: SuiteFile, watch: Stopwatch) -> ListedSuite | Later:
        suite = find(self._list(client, watch), file.suite)
        if suite is None or suite.description != file.description:
            return Later(self._asking.pause(POLL_SECONDS))
        return suite

    def _problem(self, client: Client, file: SuiteFile, run: RunInProgress) -> str:
        """What the platform's list says against the file now, or an empty text: then the run keeps the suite's id."""
        words = self._words(file.suite, "list", f"check of {_path(file)}")
        try:
            suite = find(self._asking.until(partial(self._list, client), words, CHECK_SECONDS), file.suite)
        except Cancelled:
            raise
        except SuiteError as problem:
            return f"{_unproved(file)} {problem}"
        if suite is not None and suite.description == file.description:
            _note_id(run, suite)
            return ""
        if suite is None:
            what = "it is no longer in the platform's list"
        elif suite.description.startswith(MARKER):
            what = "another file was imported into it"
        else:
            what = "somebody changed it on the platform"
        return f"The suite of {_path(file)}{CHANGED}{what}."

    def _list(self, client: Client, watch: Stopwatch) -> tuple[ListedSuite, ...]:
        """All batch suites of the app."""

        def page(number: int) -> Page:
            self._asking.slot(watch)
            return client.suite_page(number, watch.for_request)

        return all_suites(page)

    def _words(self, suite: str, request: str, what: str) -> Words:
        return Words(
            partial(self._retrying, suite, request),
            lambda reason: f"The {what} did not succeed in time{f': {reason}' if reason else ''}.",
        )

    def _retrying(self, suite: str, request: str, delay: float, reason: str) -> None:
        self._report(Retrying(suite, "import" if request == "import" else "list", delay, reason))


def _note_id(run: RunInProgress, listed: ListedSuite) -> None:
    """Keep the suite's id from the platform's list, if the list has it."""
    if run.source is not None and listed.suite_id:
        run.source = run.source._replace(suite_id=listed.suite_id)


def _unproved(file: SuiteFile) -> str:
    return f"Nothing shows that the suite was that of {_path(file)} while it ran."


def _path(file: SuiteFile) -> str:
    return one_line(file.path, _MAX_PATH)
