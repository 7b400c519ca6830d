"""The HTTP adapter of the client: it knows whether bytes of a request may have reached the platform.

The exceptions of urllib3 do not say this. A start request may be repeated only if none of its bytes left this machine.
So the connection itself notes when the first byte leaves, after TCP, the proxy's tunnel and TLS are established.
"""

import http.client
import ipaddress
import threading
from typing import Any
from urllib.parse import urlsplit

import requests
import requests.adapters
import requests.utils
import urllib3
import urllib3.connection
import urllib3.exceptions

from koregate.errors import UnusableProxy

_INTERIM = range(102, 200)
_MAX_INTERIM_REPLIES = 20


class Delivery:
    """How far a request has got. Its own thread updates it, and another thread may abandon it."""

    def __init__(self) -> None:
        self.uses_proxy = False
        self.has_tunnel = False
        self.sent = False
        self._abandoned = False
        self._lock = threading.Lock()

    @property
    def waits_for_proxy(self) -> bool:
        """Whether the request goes to a proxy that has not opened a tunnel yet."""
        return self.uses_proxy and not self.has_tunnel

    def begin(self) -> None:
        """Note that the request begins to leave this machine. Raises OSError if it was abandoned."""
        with self._lock:
            if self._abandoned and not self.sent:
                raise ConnectionAbortedError
            self.sent = True

    def abandon(self) -> None:
        """Prevent the request from being sent, unless that has begun. Afterwards `sent` does not change any more."""
        with self._lock:
            self._abandoned = True


class _Reply(http.client.HTTPResponse):
    """A reply that skips all interim replies before it (RFC 9110, 15.2). http.client skips only 100."""

    def begin(self) -> None:
        super().begin()
        skipped = 0
        while self.status in _INTERIM and skipped < _MAX_INTERIM_REPLIES:
            skipped += 1
            # http.client reads the next headers only if it has none.
            self.headers = self.msg = None  # type: ignore[assignment]  # typeshed declares them as never None
            super().begin()


class Transport(requests.adapters.HTTPAdapter):
    """Sends the requests of one session, one at a time. `delivery` belongs to the latest one."""

    def __init__(self) -> None:
        self.delivery = Delivery()
        self._pools = _pools(self)
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 -- as the adapter declares it
        """Create connections that note when they send."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, proxy: str, **proxy_kwargs: Any) -> urllib3.ProxyManager:  # noqa: ANN401 -- likewise
        """Do the same behind a proxy."""
        manager: urllib3.ProxyManager = super().proxy_manager_for(proxy, **proxy_kwargs)
        manager.pool_classes_by_scheme = self._pools
        return manager

    def get_connection_with_tls_context(
        self,
        request: requests.PreparedRequest,
        verify: Any,  # noqa: ANN401 -- as the adapter declares it
        proxies: Any = None,  # noqa: ANN401 -- likewise
        cert: Any = None,  # noqa: ANN401 -- likewise
    ) -> Any:  # noqa: ANN401 -- a pool, under another type in each version of requests
        """Choose the connections for a request. Raises `UnusableProxy` if its proxy cannot be used."""
        proxy = requests.utils.select_proxy(request.url or "", proxies)
        if proxy:
            _check_proxy(proxy)
            self.delivery.uses_proxy = True
        return super().get_connection_with_tls_context(request, verify, proxies=proxies, cert=cert)


class Session(requests.Session):
    """A session that does not follow redirects and does not even read their target."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        """None, because `requests` would parse the address and read the complete body without a limit."""


def new_session(host: str, transport: Transport) -> Session:
    """A session that sends its requests through the transport. Loopback addresses never go through a proxy."""
    session = Session()
    session.mount("https://", transport)
    session.mount("http://", transport)
    session.trust_env = not _is_loopback(host)
    # requests would add an Authorization header from ~/.netrc, but the platform expects `auth` and nothing else.
    session.auth = _no_further_auth
    return session


def _no_further_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _is_loopback(host: str) -> bool:
    name = urlsplit(host).hostname or ""
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")


def _check_proxy(proxy: str) -> None:
    """Raise `UnusableProxy` if the proxy cannot be used. Its address is never shown: it may hold a password."""
    try:
        address = urllib3.util.parse_url(proxy if "://" in proxy else f"http://{proxy}")
        scheme, host = address.scheme or "", address.host or ""
        host.encode("idna")
    except (ValueError, TypeError, urllib3.exceptions.HTTPError):
        scheme = host = ""
    if scheme.startswith("socks"):
        raise UnusableProxy(
            "SOCKS proxies are not supported.",
            advice=("Set HTTPS_PROXY to the address of an HTTP proxy, or list the platform's host name in NO_PROXY."),
        )
    if scheme not in ("http", "https") or not host or " " in host or "%20" in host:
        raise UnusableProxy(
            "HTTPS_PROXY is not the address of a proxy.",
            advice=(
                "Write it like http://proxy.example:3128, and URL-encode special characters in its user and password."
            ),
        )


def _pools(transport: Transport) -> dict[str, type[urllib3.HTTPConnectionPool]]:
    """Connection pools by scheme. Their connections tell the transport when they send."""

    class _Notes(urllib3.connection.HTTPConnection):
        response_class = _Reply
        _is_connecting = False

        def connect(self) -> None:
            self._is_connecting = True
            try:
                super().connect()
            finally:
                self._is_connecting = False

        def _tunnel(self) -> None:
            super()._tunnel()
            transport.delivery.has_tunnel = True

        def send(self, data: Any) -> None:  # noqa: ANN401 -- as http.client declares it
            # While it connects, it sends the request for a tunnel, which goes to the proxy, and no other bytes.
            if not self._is_connecting:
                if self.sock is None:
                    self.connect()
                transport.delivery.begin()
            super().send(data)

    class _SecureNotes(_Notes, urllib3.connection.HTTPSConnection):
        pass

    class _Pool(urllib3.HTTPConnectionPool):
        ConnectionCls = _Notes

    class _SecurePool(urllib3.HTTPSConnectionPool):
        ConnectionCls = _SecureNotes

    return {"http": _Pool, "https": _SecurePool}
