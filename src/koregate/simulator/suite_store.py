"""The batch suites that the simulated platform has: scripted ones, and those that were imported from a file.

Kore.ai API, "Upload File", "Import Batch Test Suite", "Get Batch Test Suites", "Delete Batch Test Suite". No page has
the words of refusals; "Test Suite not found" and "Invalid file id" are those that a public test of the API expects.
"""

import csv
import io
import json
import uuid
from collections.abc import Iterator, Mapping
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any, NamedTuple, TypeAlias

from koregate.simulator.batch_scenario import ScriptedBatchSuite, ScriptedUtterance
from koregate.simulator.credentials import Rejected
from koregate.simulator.scenario import ANY_SUITE, Scenario

_MAX_PAGE = 50
_ENGINES = ("regression", "dgpt")
_FILE_TYPES = ("json", "csv")
# The page has both forms.
_EXTENSIONS = (b"json", b"csv", b".json", b".csv")
_INVALID = "Validation errors/ Invalid arguments"
_REQUIRED = ("delimiter", "description", "fileName", "fileType", "importType", "name")
_ANOTHER = f"koregate sha256:{'0' * 64}"
# Any JSON that a client uploads.
_Json: TypeAlias = Any


class _Imported(NamedTuple):
    """A suite that was imported, and from when on the list shows it. Never if that is None."""

    suite: ScriptedBatchSuite
    listed_from: float | None


class SuiteStore:
    """The batch suites by name. Not safe for use by several threads at once."""

    def __init__(self, scenario: Scenario) -> None:
        self._imports = scenario.imports
        self._scripted = {name: suite for name, suite in scenario.batch_suites.items() if name != ANY_SUITE}
        self._any = scenario.batch_suites.get(ANY_SUITE)
        self._imported: dict[str, _Imported] = {}
        self._files: dict[str, bytes] = {}
        self.busy_until = 0.0

    def suite(self, name: str) -> ScriptedBatchSuite | None:
        """The suite of that name as it is now; None if the platform has none."""
        imported = self._imported.get(name)
        return imported.suite if imported else self._scripted.get(name) or self._any

    def upload(self, content_type: str, body: bytes) -> dict[str, str]:
        """Keep a file and return its id. Raises `Rejected` if a part of the form is missing."""
        parts = _form(content_type, body)
        if (
            "file" not in parts
            or parts.get("fileContext") != b"bulkImport"
            or parts.get("fileExtension") not in _EXTENSIONS
        ):
            raise Rejected(412, _INVALID)
        file_id = uuid.uuid5(uuid.NAMESPACE_URL, f"file {len(self._files)}").hex[:24]
        self._files[file_id] = parts["file"]
        return {"fileId": file_id}

    def import_suite(self, body: bytes, now: float) -> dict[str, Any]:
        """Import a file that was uploaded, and return the platform's record of it. Raises `Rejected`."""
        given = _arguments(body)
        name, is_new = given["name"], given["importType"] == "new"
        if given["fileName"] not in self._files:
            raise Rejected(400, "Invalid file id")
        if self._imports.refusal:
            raise Rejected(400, self._imports.refusal)
        if is_new and name in {*self._scripted, *self._imported}:
            raise Rejected(400, "Test Suite already exists")
        if not is_new and name not in {*self._scripted, *self._imported}:
            raise Rejected(400, "Test Suite not found")
        cases = _cases(self._files[given["fileName"]], given["fileType"])
        self._put(name, given["description"], cases, now)
        if is_new:
            # User guide, "Batch Testing": a new suite starts two runs of its own.
            self.busy_until = max(self.busy_until, now + self._imports.first_runs)
        suite_id = _suite_id(name)
        return {"_id": suite_id, "name": name, "description": given["description"], "fileId": given["fileName"]}

    def replace(self, name: str, utterances: list[ScriptedUtterance], now: float, description: str = _ANOTHER) -> None:
        """Import other utterances, as another job would."""
        self._put(name, description, utterances, now)

    def delete(self, name: str) -> dict[str, str]:
        """Remove a suite. Raises `Rejected` if there is none."""
        if name not in {*self._scripted, *self._imported}:
            raise Rejected(400, "Test Suite not found")
        self._imported.pop(name, None)
        self._scripted.pop(name, None)
        return {"message": "Test Suite removed successfully"}

    def descriptions(self, now: float) -> dict[str, str]:
        """The descriptions that the list has, by name."""
        found = {name: suite.description for name, suite in self._scripted.items()}
        for name, imported in self._imported.items():
            if imported.listed_from is not None and now >= imported.listed_from:
                found[name] = imported.suite.description
        return found

    def page(self, query: Mapping[str, list[str]], now: float) -> dict[str, Any]:
        """A part of the list of suites."""
        skip, limit = (_number(query, key, default) for key, default in (("skip", 0), ("limit", _MAX_PAGE)))
        descriptions = self.descriptions(now)
        shown = list(descriptions.items())[skip : skip + min(limit, _MAX_PAGE)]
        suites = {
            _suite_id(name): {"testSuiteType": "custom", "name": name, "description": description, "results": []}
            for name, description in shown
        }
        return {"count": len(descriptions), "moreAvailable": skip + len(shown) < len(descriptions), **suites}

    def _put(self, name: str, description: str, utterances: list[ScriptedUtterance], now: float) -> None:
        imports = self._imports
        template = self.suite(name) or imports.suite or ScriptedBatchSuite()
        if imports.stale and template.utterances:
            utterances = template.utterances
        understood = [
            utterance.model_copy(update={"matched": imports.matched.get(utterance.say, utterance.matched)})
            for utterance in utterances[: len(utterances) - imports.dropped]
        ]
        suite = template.model_copy(update={"utterances": understood, "description": description})
        listed_from = None if imports.listed_after is None else now + imports.listed_after
        self._imported[name] = _Imported(suite, listed_from)


def _form(content_type: str, body: bytes) -> dict[str, bytes]:
    """The parts of a multipart form by name."""
    form = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
    payloads = {
        part.get_param("name", header="content-disposition"): part.get_payload(decode=True)
        for part in form.iter_parts()
    }
    return {str(name): payload for name, payload in payloads.items() if isinstance(payload, bytes)}


def _suite_id(name: str) -> str:
    return f"ts-{uuid.uuid5(uuid.NAMESPACE_URL, name)}"


def _number(query: Mapping[str, list[str]], key: str, default: int) -> int:
    text = query.get(key, [""])[0]
    return int(text) if text.isascii() and text.isdigit() else default


def _arguments(body: bytes) -> dict[str, str]:
    try:
        given = json.loads(body)
    except (ValueError, RecursionError):
        given = None
    if (
        not isinstance(given, dict)
        or not all(isinstance(given.get(key), str) and given[key] for key in _REQUIRED)
        or given["importType"] not in ("new", "update")
        or given["fileType"] not in _FILE_TYPES
        or given.get("engine", _ENGINES[0]) not in _ENGINES
    ):
        raise Rejected(412, _INVALID)
    return given


def _cases(file: bytes, kind: str) -> list[ScriptedUtterance]:
    """The test cases of a file. Raises `Rejected` if it cannot be read."""
    try:
        text = file.decode()
        return list(_json_cases(json.loads(text)) if kind == "json" else _csv_cases(text))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, csv.Error):
        raise Rejected(400, "Invalid file format") from None


def _json_cases(value: _Json) -> Iterator[ScriptedUtterance]:
    for case in value["testCases"]:
        entities = {entity["entityName"]: [entity["entityValue"]] * 2 for entity in case.get("entities", [])}
        yield ScriptedUtterance(
            say=case["input"], intent=case["intent"], parent=case.get("parentIntent", ""), entities=entities
        )


def _csv_cases(text: str) -> Iterator[ScriptedUtterance]:
    found: dict[str, ScriptedUtterance] = {}
    say = ""
    for row in csv.DictReader(io.StringIO(text, newline="")):
        say = row["input"] or say
        case = found.setdefault(
            say, ScriptedUtterance(say=say, intent=row["intent"], parent=row.get("parentIntent") or "")
        )
        if name := row.get("entityName"):
            case.entities[name] = [row.get("entityValue") or ""] * 2
    yield from found.values()
