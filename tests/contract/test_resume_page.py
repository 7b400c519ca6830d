"""docs/resume.md: the variables and conditions are the code's, and the sample keeps the state of one run's attempts."""

import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import yaml
from support.clock import FakeClock
from support.inputs import inputs

from koregate.ci.detect import SYSTEMS
from koregate.files import prepare
from koregate.inputs import input_specs
from koregate.runs.resume import FILE, ResumeFile

PAGE = (Path(__file__).parents[2] / "docs" / "resume.md").read_text(encoding="utf-8")
(SAMPLE,) = (yaml.safe_load(text) for text in re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE))
PATH = f"koregate-report/{FILE}"
BINDING_IN_WORDS = {
    "koregate": "koregate's version",
    "host": "Host",
    "streamId": "stream id",
    "botVersion": "version",
    "botLanguage": "language",
    "suiteKind": "suite kind",
    "engine": "engine",
    "user": "user",
    "clientId": "client id",
    "commit": "commit",
    "suiteFiles": "suite files",
    "pipelineRun": "same pipeline run",
}


def test_the_table_has_the_variables_of_every_system() -> None:
    rows = {row[0]: row[1] for row in re.findall(r"^\| ([^|]+) \| (`[^|]+) \|$", PAGE, re.MULTILINE)}

    assert rows == {
        system.adapter.title: ", ".join(f"`{name}`" for name in system.adapter.job_variables) for system in SYSTEMS
    }


def test_the_page_names_everything_that_binds_the_file(tmp_path: Path, clock: FakeClock) -> None:
    file = ResumeFile(prepare(tmp_path, "koregate-report"), inputs(), clock)
    file.add("Pizza", "ctr-1")
    binding = json.loads((tmp_path / PATH).read_bytes())["binding"]

    assert set(BINDING_IN_WORDS) == set(binding)
    assert [] == [words for words in BINDING_IN_WORDS.values() if words not in PAGE]


def test_the_sample_keeps_to_githubs_published_schema() -> None:
    path = files("check_jsonschema") / "builtin_schemas" / "vendor" / "github-workflows.json"
    loaded = json.loads(path.read_text(encoding="utf-8"))
    # YAML 1.1 reads the key `on` as true.
    named: dict[str, Any] = {"on" if key is True else key: value for key, value in SAMPLE.items()}

    errors = jsonschema.validators.validator_for(loaded)(loaded).iter_errors(named)
    assert [] == [f"{error.json_path}: {error.message}" for error in errors]


def test_the_sample_carries_the_state_from_attempt_to_attempt_of_one_run_only() -> None:
    restore, gate, publish, save = SAMPLE["jobs"]["bot"]["steps"]
    required = {spec.name for spec in input_specs() if spec.required}

    # Artifacts are those of one workflow run, whichever attempt made them.
    assert restore["with"]["name"] == save["with"]["name"]
    assert PATH == save["with"]["path"] == f"{restore['with']['path']}/{FILE}"
    assert restore["continue-on-error"] is True
    assert ("always()", True) == (save["if"], save["with"]["overwrite"])
    assert gate["with"]["resume"] is True
    assert ("koregate-report", True) == (publish["with"]["name"], publish["with"]["overwrite"])
    assert required <= set(gate["with"])
