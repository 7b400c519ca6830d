"""How an input is shown: what options, action.yml and tables need to know about it."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Literal, NamedTuple, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo


class Group(Enum):
    """The heading under which help, tables and action.yml list an input, in this order."""

    REQUIRED = "Required"
    CREDENTIALS = "Credentials"
    RUN = "Run"
    BATCH = "Batch"
    POLICY = "Policy"
    REPORTS = "Reports"
    COMMENT = "Comment"


@dataclass(frozen=True)
class Metavar:
    """The placeholder for the value in help. A `Literal` needs none, because help lists its values."""

    text: str


def variable_of(name: str) -> str:
    """The environment variable outside GitHub of the input with that name."""
    return f"KOREGATE_{name.upper().replace('-', '_')}"


class InputSpec(NamedTuple):
    """One input as declared: for options, action.yml and tables. `repeatable` inputs take one value per line."""

    field: str
    description: str
    default: str | None
    required: bool
    secret: bool
    repeatable: bool
    group: Group
    metavar: str

    @property
    def name(self) -> str:
        """The action input's name."""
        return self.field.replace("_", "-")

    @property
    def variable(self) -> str:
        """The environment variable outside GitHub."""
        return variable_of(self.name)

    @property
    def runner_variable(self) -> str:
        """The environment variable in which the GitHub runner passes the action input.

        The runner keeps the hyphen of `stream-id`: INPUT_STREAM-ID (actions/toolkit, core.getInput).
        """
        return f"INPUT_{self.name.upper()}"


def spec_of(name: str, field: FieldInfo) -> InputSpec:
    """The input that this field of a model declares. Its type has its group, and its metavar or values."""
    parts = [*field.metadata, *_parts(field.annotation)]
    words = next((get_args(part) for part in parts if get_origin(part) is Literal), ())
    (group,) = {part for part in parts if isinstance(part, Group)}
    return InputSpec(
        name,
        field.description or "",
        None if field.is_required() else field.default or None,
        field.is_required(),
        secret=SecretStr in parts,
        repeatable=any(get_origin(part) is tuple for part in parts),
        group=group,
        metavar=f"{{{','.join(words)}}}" if words else next(part.text for part in parts if isinstance(part, Metavar)),
    )


def _parts(annotation: object) -> Iterator[object]:
    """A type and all its parts, like those of `Annotated[SecretStr, …] | None`."""
    yield annotation
    for part in get_args(annotation):
        yield from _parts(part)
