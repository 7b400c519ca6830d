"""One request to the Kore.ai API: token, time limit, size limit, no redirects, secrets masked."""

import threading
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from datetime import datetime
from functools import partial
from typing import NamedTuple, TypeAlias
from urllib.parse import quote, urlencode, urlsplit

import requests
from pydantic import SecretStr

from koregate import __version__
from koregate.clock import Clock
from koregate.errors import NO_THREAD, NoThread, SuiteError, UnreadableReply
from koregate.inputs import Inputs
from koregate.kore_api import replies
from koregate.kore_api.deadline import REQUEST_SECONDS, DeadlineExceeded, call_with_deadline
from koregate.kore_api.network_errors import PROXY, TUNNEL_ADVICE, Hop, RequestFailed, translate
from koregate.kore_api.replies import HttpReply, sent_at
from koregate.kore_api.reply_body import CONNECT_SECONDS, READ_SECONDS, read_body
from koregate.kore_api.result_file import Download
from koregate.kore_api.result_link import ResultFile, links
from koregate.kore_api.status_reply import RunProgress
from koregate.kore_api.suite_file import SuiteFile
from koregate.kore_api.suite_import import PAGE_SIZE, Page, check_import, file_id, form_of, import_body, read_page
from koregate.kore_api.suite_kind import SUITE_KINDS
from koregate.kore_api.tokens import Tokens
from koregate.kore_api.training import STATES, TrainingStatus, read_training
from koregate.kore_api.transport import Delivery, Session, Transport, new_session
from koregate.redaction.secret_mask import SecretMask
from koregate.text import one_line

# A large reply takes many times its size while it is parsed, so only one thread parses at a time.
_PARSING = threading.Lock()
# Masking a large reply takes all of a processor for up to minutes. One after the other, the first is done the sooner.
_MASKING = threading.Lock()
_LARGE_BYTES = 1024 * 1024
_MIN_SECRET_LENGTH = 12
_PORTS = {"http": 80, "https": 443}
_MAX_ADDRESS = 300
# Lower codes are no final replies (RFC 9110, 15.2).
_FINAL = 200


# JSON, and the fields and files of a form.
_Body: TypeAlias = Mapping[str, str | None]
_Form: TypeAlias = tuple[Mapping[str, str], Mapping[str, tuple[str, bytes, str]]]


class StatusReply(NamedTuple):
    """A status reply: its body with every secret masked, the progress in it, and the links to a result file.

    `sent` is when the platform sent it by its own clock, or None if it does not say.
    """

    body: bytes
    progress: RunProgress
    links: tuple[SecretStr, ...] = ()
    sent: datetime | None = None


class Client:
    """Sends requests about one test suite. Do not share it between threads: it holds a connection.

    `request_seconds` limits the time of one request. It is real time, even if the clock is a simulated one.
    """

    def __init__(
        self, inputs: Inputs, clock: Clock, environ: Mapping[str, str], request_seconds: float = REQUEST_SECONDS
    ) -> None:
        self._kind = SUITE_KINDS[inputs.suite_kind]
        stream = quote(inputs.stream_id, safe="")
        self._base = f"{inputs.host}/api/public/stream/{stream}/{self._kind.path}"
        self._app = f"{inputs.host}/api/public/bot/{stream}"
        parts = urlsplit(inputs.host)
        port = "" if parts.port else f":{_PORTS[parts.scheme]}"
        self._address = one_line(f"{parts.netloc}{port}", _MAX_ADDRESS)
        self._inputs = inputs
        self._clock = clock
        self._request_seconds = request_seconds
        self._tokens = Tokens(inputs)
        self._mask = SecretMask(inputs.secrets)
        # By method: that of the start, and that of the status before. A platform keeps the one, a proxy may the other.
        self._latest_tokens: dict[str, str] = {}
        # requests reads REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE. SSL_CERT_FILE is OpenSSL's name for the same file.
        bundle = environ.get("REQUESTS_CA_BUNDLE") or environ.get("CURL_CA_BUNDLE") or environ.get("SSL_CERT_FILE")
        self._verify: str | bool = bundle or True
        self._abandoning = threading.Lock()
        self._is_abandoned = False
        self._session = self._new_session()

    def _new_session(self) -> Session:
        self._transport = Transport()
        session = new_session(self._inputs.host, self._transport)
        session.verify = self._verify
        session.headers.update(
            {
                "Accept": "application/json",
                "User-Agent": f"koregate/{__version__}",
                "bot-language": self._inputs.bot_language,
            }
        )
        return session

    def close(self) -> None:
        """Close the connection. A later request opens another one."""
        self._session.close()

    def abandon(self) -> bool:
        """Send no further request, and not the open one either if nothing of it has left this machine.

        Another thread may call this. Returns whether the latest request may have reached the platform.
        """
        with self._abandoning:
            self._is_abandoned = True
            delivery = self._transport.delivery
        delivery.abandon()
        return delivery.sent

    def start(self, suite: str, seconds: float) -> str:
        """Start a test run and return its id. Kore.ai API: "Execute Test Suite", "Batch Test Execution".

        Raises `RetryableError` only if the platform certainly did not accept the request, and `MayHaveStarted` if it
        is unknown whether it did.
        """
        body = self._kind.start_body(self._inputs)
        try:
            reply = self._request("POST", f"{quote(suite, safe='')}/run", seconds, body)
        except RequestFailed as failed:
            if failed.not_sent:
                raise failed.retryable() from failed
            raise replies.may_have_started(str(failed)) from failed
        except UnreadableReply as problem:
            # The rest is advice for a test run that is known.
            reason = str(problem).partition(". ")[0]
            raise replies.may_have_started(f"{reason[:1].lower()}{reason[1:]}") from problem
        return self._kind.run_id(reply, self._clock.now(), suite)

    def status(self, suite: str, run_id: str, seconds: float) -> StatusReply:
        """A status reply.

        Kore.ai API: "Get Test Suite Execution Status", "Batch Test Execution Status". Raises `RetryableError` if a
        retry may help.
        """
        path = f"{quote(suite, safe='')}/{quote(run_id, safe='')}/status"
        reply = self._repeatable("GET", f"{self._base}/{path}", seconds)
        with _PARSING:
            addresses = links(reply.body)
        if addresses:
            # Anyone with the address can read the file, so it is a secret too, also where the reply is no status.
            reply = reply._replace(body=_masked(reply.body, SecretMask(_with_queries(addresses))))
        with _PARSING:
            progress = self._kind.progress(reply, self._clock.now(), suite)
        return StatusReply(reply.body, progress, tuple(map(SecretStr, addresses)), sent_at(reply))

    def result_file(self, link: SecretStr, seconds: float) -> ResultFile:
        """The file at that address, or why there is none. It is requested once."""
        download = Download(self._inputs.host, self._verify, partial(_masked, mask=self._mask))
        return download.fetch(link.get_secret_value(), min(self._request_seconds, seconds))

    def training(self, seconds: float) -> TrainingStatus:
        """The training status of the app's model, for the version and the language that are tested.

        Kore.ai API: "ML Utterance Train Status". Raises `RetryableError` if a retry may help.
        """
        query = {"language": self._inputs.bot_language, "state": STATES[self._inputs.bot_version]}
        url = f"{self._app}/ml/train/status?{urlencode(query)}"
        return read_training(self._repeatable("GET", url, seconds), self._clock.now(), self._inputs)

    def upload(self, file: SuiteFile, seconds: float) -> str:
        """Upload a suite file and return its id on the platform. Kore.ai API: "Upload File".

        Raises `RetryableError` if a retry may help. If the platform accepted the failed request after all, an unused
        file is left there.
        """
        url = f"{self._inputs.host}/api/public/uploadfile"
        return file_id(self._repeatable("POST", url, seconds, form=form_of(file)), self._clock.now())

    def import_suite(self, file: SuiteFile, uploaded: str, seconds: float, *, is_new: bool) -> None:
        """Make the uploaded file the content of its suite. Kore.ai API: "Import Batch Test Suite".

        Raises `RetryableError` if a retry may help. If the platform accepted the failed request after all, a retry
        imports the same content again. It must look at the list first, since a suite can be new only once.
        """
        body = import_body(file, uploaded, self._inputs, is_new=is_new)
        check_import(self._repeatable("POST", f"{self._base}/import", seconds, body), self._clock.now())

    def suite_page(self, skip: int, seconds: float) -> Page:
        """The batch suites of the app after the first `skip` ones. Kore.ai API: "Get Batch Test Suites".

        Raises `RetryableError` if a retry may help.
        """
        url = f"{self._base}?{urlencode({'skip': skip, 'limit': PAGE_SIZE})}"
        return read_page(self._repeatable("GET", url, seconds), self._clock.now())

    def probe(self, suite: str, run_id: str, seconds: float) -> HttpReply:
        """The reply to a status request, whatever it says.

        Raises `RequestFailed` or `UnknownHost` if there is none, and a `SuiteError` if no retry can help.
        """
        return self._request("GET", f"{quote(suite, safe='')}/{quote(run_id, safe='')}/status", seconds)

    @property
    def used_proxy(self) -> bool:
        """Whether the latest request went through a proxy."""
        return self._transport.delivery.uses_proxy

    def _request(self, method: str, path: str, seconds: float, body: _Body | None = None) -> HttpReply:
        """The reply to a request about a test suite."""
        return self._send(method, f"{self._base}/{path}", seconds, body)

    def _repeatable(
        self, method: str, url: str, seconds: float, body: _Body | None = None, form: _Form | None = None
    ) -> HttpReply:
        """The reply to a request that can be sent again, whatever became of it: a lost one is a `RetryableError`."""
        try:
            return self._send(method, url, seconds, body, form)
        except RequestFailed as failed:
            raise failed.retryable() from failed

    def _new_delivery(self) -> Delivery:
        delivery = Delivery()
        with self._abandoning:
            self._transport.delivery = delivery
            if self._is_abandoned:
                delivery.abandon()
        return delivery

    def _send(
        self, method: str, url: str, seconds: float, body: _Body | None = None, form: _Form | None = None
    ) -> HttpReply:
        token = self._tokens.new(self._clock.now())
        mask = self._mask.with_token(token, self._latest_tokens.values())
        self._latest_tokens[method] = token
        limit = min(self._request_seconds, seconds)
        delivery = self._new_delivery()
        timeout = (min(CONNECT_SECONDS, limit), min(READ_SECONDS, limit))
        fields, files = form or (None, None)

        def send() -> tuple[int, Mapping[str, str], bytes]:
            response = self._session.request(
                method,
                url,
                json=body,
                data=fields,
                files=files,
                headers={"auth": token},
                timeout=timeout,
                allow_redirects=False,
                stream=True,
            )
            with response:
                told = response.status_code, response.headers, b"".join(read_body(response, limit))
            if response.status_code < _FINAL:
                # What follows on this connection is no reply to another request.
                self._session.close()
            return told

        try:
            code, headers, data = call_with_deadline(limit, send)
        except NoThread as problem:
            # The requests of other suites end, and then this one can be sent.
            raise RequestFailed(f"this machine {NO_THREAD}", not_sent=True, hop="machine") from problem
        except SuiteError:
            raise
        except DeadlineExceeded as exceeded:
            # The thread may still be resolving the host name or connecting. It must not send the request later.
            delivery.abandon()
            self._session = self._new_session()
            failure, hop, advice = self._where_lost(delivery)
            text = f"{failure} within {limit:.0f} s"
            raise RequestFailed(text, not_sent=not delivery.sent, hop=hop, advice=advice) from exceeded
        except Exception as problem:
            host = urlsplit(self._inputs.host).hostname or ""
            raise translate(problem, delivery, host, self._address) from problem
        # Not within the time limit: the platform has replied.
        masked = {key: _masked_header(value, mask) for key, value in headers.items()}
        return HttpReply(code, _case_insensitive(masked), _masked(data, mask))

    def _where_lost(self, delivery: Delivery) -> tuple[str, Hop, str]:
        """What did not happen to a request that was given up, where, and what to do if that is not the hop's advice."""
        if delivery.sent:
            return "the platform did not reply", "platform", ""
        if delivery.waits_for_proxy:
            return f"{PROXY} did not connect to {self._address}", "proxy", ""
        if delivery.has_tunnel:
            return f"{self._address} could not be reached through {PROXY}", "proxy", TUNNEL_ADVICE
        return f"{self._address} could not be reached", "host", ""


def _masked(data: bytes, mask: SecretMask) -> bytes:
    """The data without the secrets. A small reply does not wait until large ones are masked."""
    with _MASKING if len(data) > _LARGE_BYTES else nullcontext():
        return mask.data(data)


def _with_queries(addresses: Sequence[str]) -> list[str]:
    """The addresses and their queries, which hold the signature. A short text is left out: it is no signature."""
    texts = [text for address in addresses for text in (address, address.partition("?")[2])]
    return [text for text in texts if len(text) >= _MIN_SECRET_LENGTH]


def _case_insensitive(headers: dict[str, str]) -> Mapping[str, str]:
    return requests.structures.CaseInsensitiveDict(headers)


def _masked_header(value: str, mask: SecretMask) -> str:
    # http.client reads headers as Latin-1, but the platform may write UTF-8.
    return mask.data(value.encode("latin-1", "backslashreplace")).decode("latin-1")
