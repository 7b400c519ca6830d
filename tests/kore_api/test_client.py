"""What a client masks in the replies that it gets, over real HTTP."""

import json
import socket
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable

import pytest
from support.clock import FakeClock
from support.inputs import inputs
from support.network import RawPlatform, json_reply, listening, read_head

from koregate.errors import NotAStatus
from koregate.kore_api.client import Client

Tell = Callable[[list[str]], str]


class Echo:
    """A platform that tells in each status reply what it makes of all tokens so far."""

    def __init__(self, tell: Tell) -> None:
        self.tokens: list[str] = []
        self._tell = tell

    def __call__(self, connection: socket.socket) -> None:
        head = read_head(connection).partition(b"\r\n\r\n")[0].decode()
        self.tokens += [line.partition(" ")[2] for line in head.splitlines() if line.lower().startswith("auth: ")]
        body = {"status": "IN_PROGRESS", "testRunId": "ctr-1", "percentageCompleted": 10}
        if head.startswith("GET"):
            body["message"] = self._tell(self.tokens)
        connection.sendall(json_reply(json.dumps(body).encode()))


def client(port: int, **changes: str) -> Client:
    given = {"host": f"http://127.0.0.1:{port}", "client_secret": "made-up" * 8, **changes}
    return Client(inputs(**given), FakeClock(), {}, 5)


FORMS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "base64": lambda token: b64encode(token.encode()).decode(),
    "base64 of JSON": lambda token: urlsafe_b64encode(json.dumps({"auth": token}).encode()).decode(),
    "hex": lambda token: token.encode().hex(),
    "payload": lambda token: token.split(".")[1],
    "signature": lambda token: token.split(".")[2],
    "base64 of the signature": lambda token: b64encode(f"x{token.split('.')[2]}".encode()).decode(),
    "signature in UTF-16": lambda token: token.split(".")[2].encode("utf-16-le").decode(),
    "signature in codes": lambda token: "".join(f"\\u{ord(letter):04x}" for letter in token.split(".")[2]),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("latest", [1, 2, 3], ids=["start", "status", "this status"])
def test_the_token_of_an_earlier_request_is_masked_in_each_form(form: Callable[[str], str], latest: int) -> None:
    told: list[str] = []

    def tell(tokens: list[str]) -> str:
        if len(tokens) == 3:
            told.append(form(tokens[latest - 1]))
        return "; ".join(told)

    with listening(echo := Echo(tell)) as port:
        caller = client(port)
        caller.start("Pizza", 60)
        caller.status("Pizza", "ctr-1", 60)
        message = json.loads(caller.status("Pizza", "ctr-1", 60).body)["message"]

    assert 3 == len(set(echo.tokens))
    # Of the header in other letters, something stays. Every token has the same.
    assert "***" in message
    assert not [part for part in message.split("***") if part not in form(echo.tokens[latest % 3])]


ADDRESS = "https://files.example/f.csv?X-Signature=0123/456+789abcdef&n=1"
IN_CODES = "".join(f"\\u{ord(letter):04X}" for letter in ADDRESS)


@pytest.mark.parametrize("key", ["fileUrl", r"resultFileUr\u006c", r"\u0075\u0072\u006C", r"downloadL\u0069nk"])
@pytest.mark.parametrize("address", [ADDRESS, ADDRESS.replace("/", r"\/").replace("&", r"\u0026"), IN_CODES])
@pytest.mark.parametrize(
    "body", ['{{"status": "passed", "result": {{{}}}}}', '{{"data": 1, {}}}'], ids=["status", "none"]
)
def test_the_address_of_a_result_file_is_masked_however_its_key_and_itself_are_escaped(
    key: str, address: str, body: str
) -> None:
    reply = body.format(f'"{key}": "{address}", "said": "{ADDRESS.partition("?")[2]}"').encode()
    with listening(RawPlatform(json_reply(reply))) as port:
        try:
            kept = client(port).status("Pizza", "ctr-1", 60).body
        except NotAStatus as problem:
            kept = problem.body

    assert body.format(f'"{key}": "***", "said": "***"') == kept.decode()
