"""What the user asked for."""

from koregate.inputs.model import (
    VERSION_WORDS,
    BotVersion,
    DemoInputs,
    FailOn,
    Flaky,
    GateInputs,
    Inputs,
    MergeInputs,
    ReportInputs,
    SuiteKindName,
    WarnOn,
    action_inputs,
    input_specs,
)
from koregate.inputs.sources import (
    action_command,
    given_text,
    read_gate_inputs,
    read_inputs,
    read_usable_inputs,
    secrets_given,
    unknown_variables,
)
from koregate.inputs.specs import Group, InputSpec
from koregate.inputs.values import MAX_RETRIES

__all__ = [
    "MAX_RETRIES",
    "VERSION_WORDS",
    "BotVersion",
    "DemoInputs",
    "FailOn",
    "Flaky",
    "GateInputs",
    "Group",
    "InputSpec",
    "Inputs",
    "MergeInputs",
    "ReportInputs",
    "SuiteKindName",
    "WarnOn",
    "action_command",
    "action_inputs",
    "given_text",
    "input_specs",
    "read_gate_inputs",
    "read_inputs",
    "read_usable_inputs",
    "secrets_given",
    "unknown_variables",
]
