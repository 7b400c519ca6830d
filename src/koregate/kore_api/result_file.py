"""The download of a result file: once, without the token, within limits."""

from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import urlsplit

from koregate import __version__
from koregate.errors import NO_THREAD, NoThread, NoVerdict, UnreadableReply
from koregate.kore_api.deadline import DeadlineExceeded, call_with_deadline
from koregate.kore_api.network_errors import RequestFailed, translate
from koregate.kore_api.reply_body import CONNECT_SECONDS, MAX_BODY_BYTES, READ_SECONDS, read_body
from koregate.kore_api.result_link import ResultFile, UnusableLink, address_to_fetch
from koregate.kore_api.result_rows import shows_more
from koregate.kore_api.transport import Delivery, Transport, new_session

_OK = 200
_REDIRECT = range(300, 400)
_REFUSED = frozenset({401, 403, 404, 410})


class Download(NamedTuple):
    """How result files are fetched. `host` is the platform's, and `mask` replaces secrets in the file."""

    host: str
    verify: str | bool
    mask: Callable[[bytes], bytes]

    def fetch(self, link: str, seconds: float) -> ResultFile:
        """The file at that address, which is requested once. The result contains no part of the address."""
        try:
            address = address_to_fetch(link, self.host)
            data = self.mask(self._read(address, seconds))
            if shows_more(data, self.mask):
                return ResultFile(problem="The result file is not used: it contains a secret in parts.")
            return ResultFile(data)
        except UnusableLink as problem:
            reason = str(problem)
        except UnreadableReply:
            reason = f"it is larger than {MAX_BODY_BYTES // 1024**2} MiB"
        except NoThread:
            reason = f"this machine {NO_THREAD}"
        except DeadlineExceeded:
            reason = f"it did not arrive within {seconds:.0f} s"
        except _Refused as refused:
            reason = str(refused)
        return ResultFile(problem=f"The result file was not fetched: {reason}.")

    def _read(self, address: str, seconds: float) -> bytes:
        transport = Transport()
        delivery = transport.delivery = Delivery()
        # A separate session: the link is the permission, and the platform's cookies are for the platform only.
        session = new_session(address, transport)
        session.verify = self.verify
        session.headers.update({"Accept": "*/*", "User-Agent": f"koregate/{__version__}"})

        def send() -> bytes:
            timeout = min(CONNECT_SECONDS, seconds), min(READ_SECONDS, seconds)
            with session, session.get(address, timeout=timeout, allow_redirects=False, stream=True) as response:
                if response.status_code != _OK:
                    raise _Refused(_refusal(response.status_code))
                return b"".join(read_body(response, seconds))

        try:
            return call_with_deadline(seconds, send)
        except (NoThread, UnreadableReply, _Refused):
            raise
        except DeadlineExceeded:
            # The thread may still be connecting. It must not send the request later.
            delivery.abandon()
            raise
        except Exception as problem:
            raise _Refused(_reason(translate(problem, delivery, urlsplit(address).hostname or ""))) from problem


class _Refused(Exception):
    """The file was not delivered. The message is the end of a sentence about it."""


def _refusal(code: int) -> str:
    if code in _REDIRECT:
        return f"its server replied {code}, which is a redirect"
    expired = ", so its link may have expired" if code in _REFUSED else ""
    return f"its server replied {code}{expired}"


def _reason(problem: Exception) -> str:
    """What happened, without any part of the address."""
    if isinstance(problem, RequestFailed):
        return str(problem).replace("the platform", "its server")
    return "its address is unusable" if isinstance(problem, NoVerdict) else "the host name in its address is unknown"
