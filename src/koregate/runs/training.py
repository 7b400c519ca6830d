"""Before the first start: wait until the app's model is trained and in sync with the app."""

from collections.abc import Callable
from functools import partial

from koregate.errors import NoVerdict
from koregate.kore_api.client import Client
from koregate.kore_api.training import TrainingStatus
from koregate.runs.asking import Asking, Later, Stopwatch, Words
from koregate.runs.events import Event, TrainingSeen, Warned
from koregate.runs.once import Once
from koregate.text import human_duration

# Training takes minutes. The API's limit of 60 requests per minute covers all requests for the app.
POLL_SECONDS = 10.0


class ModelTraining:
    """Waits once for all suites of a job: the first suite asks the platform, and the others wait for the result."""

    def __init__(self, asking: Asking, report: Callable[[Event], None]) -> None:
        self._asking = asking
        self._report = report
        self._once = Once()
        self._status: TrainingStatus | None = None

    def wait(self, client: Client) -> None:
        """Return when the model is trained. Raises a `SuiteError` if it is not: then no suite starts."""
        self._once.do(partial(self._wait, client))

    def _wait(self, client: Client) -> None:
        words = Words(
            lambda delay, reason: self._report(
                Warned(f"Retrying the request for the training status in {delay:.1f} s: {reason.rstrip('.')}.")
            ),
            self._too_late,
        )
        status = self._asking.until(partial(self._ask, client), words)
        if not status.is_trained:
            raise NoVerdict(status.problem, advice=status.advice)

    def _ask(self, client: Client, watch: Stopwatch) -> TrainingStatus | Later:
        status = client.training(watch.for_request)
        if status != self._status:
            self._report(TrainingSeen(status))
            self._status = status
        return Later(self._asking.pause(POLL_SECONDS)) if status.in_progress else status

    def _too_late(self, reason: str) -> str:
        limit = human_duration(self._asking.timeout)
        known = self._status.description if self._status else "its training status is unknown"
        told = f" ({reason})" if reason else ""
        return f"The app's model was not trained within {limit} (timeout), so no test run was started: {known}{told}."
