"""Messages as HTML: the texts of the user and the bot, rich messages as cards, and their JSON."""

import html
import json
from collections import Counter
from typing import Any

from koregate.judging.transcript import message_parts, template
from koregate.kore_api.json_values import Json
from koregate.text import visible

_MAX_ITEMS = 20
# Deeper values are shown without indentation, because each level would add spaces to every line.
_MAX_DEPTH = 12


def escaped(text: str) -> str:
    """Untrusted text as HTML that shows exactly that text, for elements and quoted attributes."""
    return html.escape(visible(text))


def plain_text(text: str, nothing: str) -> str:
    """A text with a direction of its own, or a word for an empty one."""
    return f'<span dir="auto">{escaped(text)}</span>' if text.strip() else f"<em>{nothing}</em>"


def message(text: str) -> str:
    """A bot's text: plain, or a card for its JSON with the JSON itself folded."""
    value = template(text)
    if value is None:
        return plain_text(text, "(empty message)")
    shown = _card(value)
    return f'<div class="card">{shown or "<em>(message without text)</em>"}{_folded_json("JSON", text)}</div>'


def _card(value: dict[str, Any]) -> str:
    """The texts and choices of a rich message. Each element of a list keeps its own choices."""
    payload = value.get("payload")
    if not isinstance(payload, dict):
        return _parts(value)
    elements = payload.get("elements")
    if not isinstance(elements, list) or not all(isinstance(element, dict) for element in elements):
        return _parts(value)
    items = "".join([f"<li>{shown}</li>" for element in elements[:_MAX_ITEMS] if (shown := _parts(element))])
    above = _parts({**value, "payload": {key: inner for key, inner in payload.items() if key != "elements"}})
    return above + (f'<ul class="items" role="list">{items}</ul>' if items else "")


def _parts(value: dict[str, Any]) -> str:
    texts, choices = message_parts(value)
    lines = "".join([f'<p dir="auto">{escaped(line)}</p>' for line in texts])
    chips = "".join([f'<li dir="auto">{escaped(choice)}</li>' for choice in choices])
    return lines + (f'<ul class="chips" role="list" aria-label="Choices">{chips}</ul>' if chips else "")


def compared_json(expected: str, actual: str) -> str:
    """The JSON of an expected rich message, folded. If the actual one is rich too, both with their differences."""
    if template(expected) is None:
        return ""
    if template(actual) is None:
        return _folded_json("Expected JSON", expected)
    left, right = _pretty(expected).split("\n"), _pretty(actual).split("\n")
    return _folded_lines(
        "JSON, expected and actual",
        [("Expected", _marked(left, right, "del")), ("Actual", _marked(right, left, "ins"))],
        kind="raw compared",
    )


def _folded_json(label: str, text: str) -> str:
    return _folded_lines(label, [("", escaped(_pretty(text)))])


def _folded_lines(label: str, blocks: list[tuple[str, str]], kind: str = "raw") -> str:
    shown = "".join([f'{f"<p>{name}</p>" if name else ""}<pre dir="ltr">{lines}</pre>' for name, lines in blocks])
    return f'<details class="{kind}"><summary>{label}</summary>{shown}</details>'


def _marked(lines: list[str], others: list[str], tag: str) -> str:
    """The lines. Those that the other side does not have are marked."""
    left = Counter(line.rstrip(",") for line in others)
    shown = []
    for line in lines:
        bare = line.rstrip(",")
        left[bare] -= 1
        words = line.lstrip(" ")
        blanks = line[: len(line) - len(words)]
        shown.append(escaped(line) if left[bare] >= 0 else f"{blanks}<{tag}>{escaped(words)}</{tag}>")
    return "\n".join(shown)


def _pretty(text: str) -> str:
    """The JSON of a rich message, one value per line and without escapes, unless it is very deep."""
    value = json.loads(text)
    return json.dumps(value, ensure_ascii=False, indent=2) if _is_flat(value, _MAX_DEPTH) else text


def _is_flat(value: Json, levels: int) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return levels > 0 and all(_is_flat(part, levels - 1) for part in inner)
