"""Every request for a comment on GitHub, against GitHub's published OpenAPI description.

tests/data/github-comments.json has the parameters, the schema of the body and the status codes of each operation, as
the description has them.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema
import pytest
from ci.test_comments import environ, post
from support.ci_api import CommentApi, Received, serving

from koregate.ci.github import GitHub

DESCRIPTION: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "data" / "github-comments.json").read_text(encoding="utf-8")
)["paths"]


class Exchange(NamedTuple):
    """A request and the status of its reply."""

    request: Received
    status: int


class Recording(CommentApi):
    """The stand-in, which keeps the status of each reply, and creates another run's comment at the same time."""

    def __init__(self) -> None:
        super().__init__()
        self.exchanges: list[Exchange] = []

    def reply(self, request: Received) -> tuple[int, dict[str, str], Any]:
        if request.method == "POST" and request.body.get("body", "").endswith("\nraced"):
            self.add(request.body["body"])
        reply = super().reply(request)
        if not request.path.endswith("/graphql"):
            self.exchanges.append(Exchange(request, reply[0]))
        return reply


@pytest.fixture(scope="module")
def exchanges(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Exchange]]:
    """Create, remove a second one, update, and list more than one page."""
    folder = tmp_path_factory.mktemp("github")
    with serving(Recording()) as api:
        for number in range(150):
            api.add(f"comment {number}", "somebody")
        post(GitHub, environ(api, folder), "raced")
        post(GitHub, environ(api, folder, run=11), "new")
        yield api.exchanges


def operation(exchange: Exchange) -> tuple[dict[str, Any], dict[str, str]]:
    """The operation of the request, and the values in its path."""
    for template, operations in DESCRIPTION.items():
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(template))
        if match := re.fullmatch(pattern, exchange.request.path):
            return operations[exchange.request.method.lower()], match.groupdict()
    raise AssertionError(f"the description has no {exchange.request.path}")


def value(text: str, schema: dict[str, Any]) -> Any:
    return int(text) if schema["type"] == "integer" else text


def test_every_operation_is_used(exchanges: list[Exchange]) -> None:
    described = {one["operationId"] for operations in DESCRIPTION.values() for one in operations.values()}

    assert described == {operation(exchange)[0]["operationId"] for exchange in exchanges}


def test_parameters_are_those_of_the_operation(exchanges: list[Exchange]) -> None:
    for exchange in exchanges:
        described, in_path = operation(exchange)
        given = {**in_path, **{name: "".join(values) for name, values in exchange.request.query.items()}}
        known = {parameter["name"]: parameter for parameter in described["parameters"]}

        assert given.keys() <= known.keys()
        assert {name for name, parameter in known.items() if parameter.get("required")} <= given.keys()
        for name, text in given.items():
            schema = known[name]["schema"]
            jsonschema.validate(value(text, schema), schema)
        # The page says "max 100" in words only.
        assert int(given.get("per_page", "1")) <= 100


def test_bodies_are_those_of_the_operation(exchanges: list[Exchange]) -> None:
    for exchange in exchanges:
        schema = operation(exchange)[0].get("body")
        if schema is None:
            assert exchange.request.body is None
        else:
            jsonschema.validate(exchange.request.body, {**schema, "additionalProperties": False})
            assert exchange.request.headers["content-type"] == "application/json"


def test_the_stand_in_replies_with_the_operations_status_codes(exchanges: list[Exchange]) -> None:
    assert [] == [exchange for exchange in exchanges if exchange.status not in operation(exchange)[0]["statuses"]]
