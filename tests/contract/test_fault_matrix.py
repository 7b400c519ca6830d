"""Every request with every fault: the verdict and exit code of the contract, every report written, no second start.

The matrix is generated: `pytest tests/contract/test_fault_matrix.py -k size -s` prints its size.
"""

import ssl
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import trustme
from support.clock import FakeClock
from support.job import Done, run, scenario
from support.network import PLATFORM, Proxy, authority, listening
from support.publishing import OUTPUTS

from koregate.simulator import Simulator

SUITE: dict[str, Any] = {"seconds": 30, "steps": [{"say": "hi", "expect": "Hello"}]}
PASSING, CERTAIN = "passing", "certain"
REPORTS = {"junit.xml", "report.json", "ctrf-report.json", "report.html", "raw/run.json"}


class Kind(NamedTuple):
    """A fault with what it means: for a status request, and for a start request.

    None is no harm done, PASSING worth another try, CERTAIN a start that the platform did not take; a number is the
    exit code that ends the suite at once.
    """

    fault: dict[str, Any]
    status: str | int | None
    start: str | int | None

    @property
    def name(self) -> str:
        """The fault in a few words."""
        return " ".join(map(str, self.fault.values()))


def http(code: int, **more: str) -> dict[str, Any]:
    return {"fault": "http", "code": code, **more}


LOST = [
    "reset",
    "close",
    "silence",
    "drip",
    "truncated",
    "short-length",
    "bad-gzip",
    "html",
    "empty",
    "nan",
    "deep",
    "not-utf8",
    "interim-only",
    "bad-chunk",
    "two-lengths",
    "json-list",
    "json-string",
    "json-other",
]
FAULTS = [
    *(Kind({"fault": name}, PASSING, 4) for name in LOST),
    *(Kind({"fault": name}, 4, 4) for name in ("huge", "huge-chunked", "gzip-bomb")),
    *(Kind({"fault": name}, None, None) for name in ("gzip", "too-long")),
    *(Kind({"fault": "interim", "code": code}, None, None) for code in (102, 103)),
    *(Kind(http(code), PASSING, 4) for code in (304, 408, 425, 500, 502, 503, 504)),
    *(Kind(http(code, retry_after="20"), PASSING, 4) for code in (408, 425, 500, 503)),
    *(Kind(http(429, **more), PASSING, CERTAIN) for more in ({}, {"retry_after": "20"}, {"retry_after": "date+20"})),
    Kind({"fault": "rate-limited"}, PASSING, CERTAIN),
    *(Kind(http(code), 4, 4) for code in (400, 404, 405, 412)),
    *(Kind(http(code), 3, 3) for code in (401, 403)),
    Kind({"fault": "redirect", "code": 302}, 4, 4),
    Kind({"fault": "redirect-elsewhere", "code": 308, "location": "https://other.example/"}, 4, 4),
]
# Which requests a fault strikes; a lasting one never gives way.
PLACES = {
    "start": ("start", "1", False),
    "every start": ("start", "1-", True),
    "first status": ("status", "1", False),
    "every status": ("status", "1-", True),
    "status mid-run": ("status", "3", False),
    "every status from mid-run on": ("status", "3-", True),
    "final status": ("status", "last", True),
}
MATRIX = [(place, kind) for place in PLACES for kind in FAULTS]
STRICT = {"silence", "drip"}


def expected(place: str, kind: Kind) -> int:
    """The exit code that a cell of the matrix ends in."""
    on, _, lasting = PLACES[place]
    meaning = kind.start if on == "start" else kind.status
    if isinstance(meaning, int):
        return meaning
    return 4 if meaning is not None and lasting else 0


def whole(done: Done) -> None:
    """Every report and output is there."""
    assert set(done.files) >= REPORTS
    assert set(OUTPUTS) == set(done.outputs)


@pytest.mark.parametrize(("place", "kind"), MATRIX, ids=[f"{place}: {kind.name}" for place, kind in MATRIX])
def test_a_fault_ends_as_the_contract_says(tmp_path: Path, clock: FakeClock, place: str, kind: Kind) -> None:
    on, requests, _ = PLACES[place]
    played = scenario(Pizza=SUITE, faults=[{"on": on, "requests": requests, **kind.fault}])

    with Simulator(played, now=clock.monotonic, wall=clock.wall) as simulator:
        seconds = 0.05 if kind.fault["fault"] in STRICT else 20.0
        done = run(simulator, tmp_path, clock, request_seconds=seconds)

    code = expected(place, kind)
    assert (code, {0: "passed"}.get(code, "error")) == (done.code, done.outputs["verdict"])
    whole(done)
    assert 0 == simulator.limit_violations
    if not (on == "start" and kind.start == CERTAIN):
        assert 1 == len(simulator.starts("Pizza"))
    wishes = [wait for wait in clock.waits if wait > 15]
    assert not wishes or kind.fault.get("retry_after")
    assert "not-to-be-shown" not in done.log


# The essential faults, once more where the exceptions of the HTTP library are others: through a tunnel.
TUNNELED = [
    *(kind for kind in FAULTS if kind.fault["fault"] in ("reset", "close", "truncated", "interim", "interim-only")),
    *(kind for kind in FAULTS if kind.fault["fault"] in ("bad-chunk", "two-lengths", "silence", "drip")),
    *(kind for kind in FAULTS if kind.fault.get("code") in (304, 429, 503)),
]
TUNNEL_MATRIX = [(place, kind) for place in ("start", "first status", "every status") for kind in TUNNELED]


@pytest.mark.parametrize(
    ("place", "kind"), TUNNEL_MATRIX, ids=[f"{place}: {kind.name}" for place, kind in TUNNEL_MATRIX]
)
def test_a_fault_behind_a_proxy_ends_as_the_contract_says(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, place: str, kind: Kind
) -> None:
    on, requests, _ = PLACES[place]
    played = scenario(Pizza=SUITE, faults=[{"on": on, "requests": requests, **kind.fault}])
    context, bundle = authority(tmp_path)

    with (
        Simulator(played, now=clock.monotonic, wall=clock.wall, tls=context) as simulator,
        listening(proxy := Proxy(simulator.url)) as port,
    ):
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:passw0rd@127.0.0.1:{port}")
        environ = {"REQUESTS_CA_BUNDLE": bundle}
        seconds = 0.3 if kind.fault["fault"] in STRICT else 20.0
        host = f"https://{PLATFORM}"
        done = run(simulator, tmp_path, clock, environ=environ, request_seconds=seconds, host=host)

    code = expected(place, kind)
    assert (code, {0: "passed"}.get(code, "error")) == (done.code, done.outputs["verdict"])
    assert (2 if on == "start" and kind.start == CERTAIN else 1) == len(simulator.starts("Pizza"))
    assert ("may have started" in done.log) == (on == "start" and kind.start == 4)
    assert proxy.heads
    assert all(head.startswith(f"CONNECT {PLATFORM}:443 ") for head in proxy.heads)
    assert "passw0rd" not in done.log


@pytest.mark.parametrize("place", ["start", "status"])
@pytest.mark.parametrize("trouble", ["an unknown authority", "another name", "refused"])
def test_a_platform_that_cannot_be_trusted_or_reached_is_an_error(
    tmp_path: Path, clock: FakeClock, place: str, trouble: str
) -> None:
    authority = trustme.CA()
    names = ["other.example"] if trouble == "another name" else ["127.0.0.1"]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    environ = {"REQUESTS_CA_BUNDLE": str(bundle)} if trouble == "another name" else {}
    options: dict[str, Any] = {"test_run_ids": "ctr-1"} if place == "status" else {}

    with Simulator(scenario(Pizza=SUITE), now=clock.monotonic, wall=clock.wall, tls=context) as simulator:
        if trouble != "refused":
            done = run(simulator, tmp_path, clock, environ=environ, **options)
    if trouble == "refused":
        done = run(simulator, tmp_path, clock, environ=environ, **options)

    assert (4, []) == (done.code, simulator.requests)
    assert ("othing listens at 127.0.0.1:" if trouble == "refused" else "certificate is not trusted") in done.log
    whole(done)


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"])
def test_a_companys_certificate_is_trusted_where_its_file_is_named(
    tmp_path: Path, clock: FakeClock, variable: str
) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))

    with Simulator(scenario(Pizza=SUITE), now=clock.monotonic, wall=clock.wall, tls=context) as simulator:
        done = run(simulator, tmp_path, clock, environ={variable: str(tmp_path / "ca.pem")})

    assert 0 == done.code


def test_a_file_of_certificates_that_is_not_there_is_named(tmp_path: Path, clock: FakeClock) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)

    with Simulator(scenario(Pizza=SUITE), now=clock.monotonic, wall=clock.wall, tls=context) as simulator:
        done = run(simulator, tmp_path, clock, environ={"REQUESTS_CA_BUNDLE": "/nowhere.pem"})

    assert 4 == done.code
    assert "/nowhere.pem" in done.log


def test_the_size_of_the_matrix() -> None:
    assert len(MATRIX) == len(PLACES) * len({kind.name for kind in FAULTS}) >= 200
