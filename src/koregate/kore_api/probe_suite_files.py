"""Whether the suite files of a job can be imported: the list of suites is asked for, and nothing is changed."""

from collections.abc import Sequence

from koregate.checks import Check, fail, ok, skip
from koregate.errors import CredentialsRejected, RetryableError, SuiteError
from koregate.kore_api.client import Client
from koregate.kore_api.suite_file import SuiteFile
from koregate.kore_api.suite_import import SCOPE, all_suites, name_problem
from koregate.text import one_line
from koregate.verdicts import EXIT_CREDENTIALS, EXIT_INPUTS

NAME = "imports"
_MAX_NAMED = 5
_MAX_PATH = 100


def check_imports(client: Client, files: Sequence[SuiteFile], seconds: float) -> Check:
    """Whether the JWT app may import suites, and no suite of these names belongs to somebody else."""
    try:
        suites = all_suites(lambda number: client.suite_page(number, seconds))
    except CredentialsRejected as problem:
        return fail(NAME, str(problem), EXIT_CREDENTIALS)
    except (RetryableError, SuiteError) as problem:
        return skip(NAME, f"Cannot tell: {problem}")
    problems = [f"{one_line(file.path, _MAX_PATH)}: {told}" for file in files if (told := name_problem(suites, file))]
    if problems:
        more = f"; and {len(problems) - _MAX_NAMED} more" if problems[_MAX_NAMED:] else ""
        text = f"{'; '.join(problems[:_MAX_NAMED])}{more}. Rename the files or the suites, or set suite-prefix."
        return fail(NAME, text, EXIT_INPUTS)
    known = {suite.name for suite in suites}
    number, new = len(files), sum(file.suite not in known for file in files)
    return ok(NAME, f'The JWT app has the scope "{SCOPE}". A run would import {_counted(number, new)}.')


def _counted(number: int, new: int) -> str:
    if number == 1:
        return f"1 suite, which {'is new' if new else 'was imported before'}"
    if new in (0, number):
        return f"{number} suites, all of which {'are new' if new else 'were imported before'}"
    return f"{number} suites, {new} of which {'is' if new == 1 else 'are'} new"
