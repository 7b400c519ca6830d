"""Fixtures: a clock that does not wait, and an environment that inherits nothing."""

import os
import signal
import socket
from typing import Any

import pytest
from hypothesis import settings
from support.clock import FakeClock

# A busy machine must not fail a test: `make bench` measures time.
settings.register_profile("koregate", deadline=None)
# mutmut plays the same tests thousands of times, and a mutant that survives must do so every time.
settings.register_profile("mutants", deadline=None, max_examples=15, derandomize=True, database=None)
settings.load_profile("mutants" if "MUTANT_UNDER_TEST" in os.environ else "koregate")
# A shell starts a background job with SIGINT ignored, and a shell script of ours could not trap it then.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's proxies, certificates and CI variables are not the tests'."""
    for name in os.environ:
        if name.upper().startswith(("INPUT_", "KOREGATE_", "GITHUB_")) or "PROXY" in name.upper():
            monkeypatch.delenv(name)
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def _loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test talks to anything but this machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        host = address[0] if isinstance(address, tuple) else "127.0.0.1"
        assert host in ("127.0.0.1", "::1", "localhost"), f"a test tried to reach {host}"
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
