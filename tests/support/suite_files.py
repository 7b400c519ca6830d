"""Suite files in the platform's format, made from test cases."""

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

COLUMNS = ["input", "intent", "parentIntent", "entityName", "entityValue", "entityOrder"]
CASES: list[dict[str, Any]] = [
    {"input": "I want pizza", "intent": "Order pizza"},
    {
        "input": "a large margherita",
        "intent": "Order pizza",
        "entities": [
            {"entityName": "size", "entityValue": "large"},
            {"entityName": "pizza", "entityValue": "margherita"},
        ],
        "entityOrder": ["size", "pizza"],
    },
    {"input": "=SUM(A1:A9)", "intent": ""},
]


def as_json(cases: Any = CASES, indent: int | None = 1) -> bytes:
    """A suite file in JSON."""
    return json.dumps({"testCases": cases}, indent=indent, ensure_ascii=False).encode()


def as_csv(cases: Sequence[dict[str, Any]] = CASES, end: str = "\n", quoting: Any = csv.QUOTE_MINIMAL) -> bytes:
    """A suite file in CSV: one row per entity, and only the first one of an utterance has its input."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator=end, quoting=quoting)
    rows.writerow(COLUMNS)
    for case in cases:
        head = [case["input"], case["intent"], case.get("parentIntent", "")]
        order = ">".join(case.get("entityOrder", []))
        for number, entity in enumerate(case.get("entities") or [{"entityName": "", "entityValue": ""}]):
            rows.writerow([*(head if not number else ["", "", ""]), entity["entityName"], entity["entityValue"], order])
    return text.getvalue().encode()


# No CSV reader reads what a carriage return in a cell was followed by in the same way.
_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=12)
_NAME = _TEXT.filter(str.strip)
_ENTITIES = st.lists(st.fixed_dictionaries({"entityName": _NAME, "entityValue": _TEXT}), max_size=3)
_CASE: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {"input": _NAME, "intent": _TEXT},
    optional={"parentIntent": _TEXT, "entities": _ENTITIES, "entityOrder": st.lists(_NAME, max_size=2)},
)
test_cases: st.SearchStrategy[list[dict[str, Any]]] = st.lists(
    _CASE, min_size=1, max_size=6, unique_by=lambda case: case["input"].strip()
)
