"""Messages about unknown words on the command line. They may be values, even secrets, so no message quotes them.

Exceptions are the names of options, and a first word that looks like a command.
"""

import argparse
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from difflib import get_close_matches
from importlib import resources
from itertools import count, islice, pairwise

from koregate.inputs import Inputs, MergeInputs, input_specs
from koregate.inputs.model import COMMAND

_COMMAND_WORD = re.compile(r"[A-Za-z-]{1,20}")
# A word with one dash and more than one letter may be a value.
_OPTION_WORD = re.compile(r"--[A-Za-z][A-Za-z_-]{0,38}|-[A-Za-z]")
# argparse accepts these as values although they begin with a dash.
_NEGATIVE_NUMBER = re.compile(r"-\d+|-\d*\.\d+")
_MAX_PROBLEMS = 5
_MIN_PART = 4
_MAX_MEANT = 3
_SIMILARITY = 0.75
# What other programs call an option, in no spelling of its name here. The first ones that the command has are meant.
_OTHER_WORDS = {
    **dict.fromkeys(
        ("suite", "suites", "suite-name", "suite-names", "name", "names", "test", "tests"), ("--test-suites",)
    ),
    **dict.fromkeys(("run-id", "run-ids", "test-run-id", "attach"), ("--test-run-ids",)),
    **dict.fromkeys(("server", "base-url", "endpoint", "platform"), ("--host",)),
    **dict.fromkeys(("bot", "bot-id", "app"), ("--stream-id",)),
    **dict.fromkeys(("user", "owner"), ("--user-email",)),
    **dict.fromkeys(("password", "api-key"), ("--client-secret",)),
    **dict.fromkeys(("out", "output", "output-dir", "output-file", "reports", "junit"), ("--report-dir",)),
    **dict.fromkeys(("wait", "deadline"), ("--timeout",)),
    **dict.fromkeys(("batch", "kind", "type"), ("--suite-kind",)),
    **dict.fromkeys(("jobs", "workers", "concurrency"), ("--max-parallel",)),
    **dict.fromkeys(("lang", "locale"), ("--bot-language",)),
    "token": ("--jwt", "--github-token", "--gitlab-token"),
    "expect": ("--expect-suites",),
    "retry": ("--retries",),
}
_OTHER_COMMANDS = {
    **dict.fromkeys(("test", "start", "execute"), "run"),
    **dict.fromkeys(("check", "validate", "verify", "init"), "doctor"),
    **dict.fromkeys(("serve", "server", "mock"), "simulate"),
    **dict.fromkeys(("compare",), "diff"),
    **dict.fromkeys(("rebuild", "replay"), "report"),
}
_WITH_SCENARIO = ("koregate demo", "koregate simulate")
# In a container, the image's entrypoint is the first one.
_TWICE = "the word koregate is there twice. Leave it out, as in koregate run: an image calls koregate by itself."
_STRAY_ADVICE = {
    "koregate run": " Name test suites with --test-suites, and put a value with spaces in quotes.",
    "koregate simulate": " Name a scenario with --scenario.",
    "koregate demo": " Name a scenario with --scenario.",
}


def unknown_command(word: str, commands: Collection[str], advice: str = "") -> str:
    """The message about an unknown command. The advice is for a value without its option."""
    if not _COMMAND_WORD.fullmatch(word):
        return f"there is no such command.{_meant(word, _input_metavars()) or advice}"
    if word == "koregate":
        return _TWICE
    nearest = get_close_matches(word.lower(), commands, 1) or filter(None, [_OTHER_COMMANDS.get(word.lower())])
    return f'there is no command "{word}".' + "".join(f' Did you mean "{name}"?' for name in nearest)


def option_problems(
    words: Sequence[str],
    command: argparse.ArgumentParser,
    commands_with: Callable[[str], Sequence[str]],
    first: int,
) -> list[str]:
    """A sentence for each option that the command does not have, and one for words that belong to no option.

    `commands_with` names the commands that have an option. `first` is the number of the first word after koregate.
    """
    # Every command has this option. Only without a command may a further word be one.
    commands = commands_with("--help") if first == 1 else ()
    problems = [*_unknown_options(words, command, commands_with, first), *_stray_words(words, command, commands, first)]
    return list(islice(dict.fromkeys(problems), _MAX_PROBLEMS))


def _unknown_options(
    words: Sequence[str],
    command: argparse.ArgumentParser,
    commands_with: Callable[[str], Sequence[str]],
    first: int,
) -> Iterator[str]:
    options = options_of(command)
    for number, (before, word) in enumerate(pairwise(["", *words]), first):
        name = word.partition("=")[0]
        if _is_option(word, options) and name not in options:
            hidden = f"Word {number} after koregate, which begins with a dash,"
            shown = name if _OPTION_WORD.fullmatch(name) else hidden
            takes_value = before in options and options[before].nargs != 0
            as_value = f" If it is the value of {before}, write {before}=VALUE." if takes_value else ""
            meant = _elsewhere(name, commands_with) or _meant(word, _metavars(command))
            if get_close_matches(name, [*options, "--version"], 1, _SIMILARITY) == ["--version"]:
                meant = " Did you mean koregate --version?"
            yield f"{shown} is not an option of {command.prog}.{meant or as_value}"


def _elsewhere(name: str, commands_with: Callable[[str], Sequence[str]]) -> str:
    """A sentence about an option that other commands have, or that is only an input of the action."""
    if name == f"--{COMMAND.name}":
        return " Only the action has such an input. Here the command is the first word, as in koregate doctor."
    if others := [f"koregate {other}" for other in commands_with(name)]:
        return f" It is an option of {', '.join(others[:-1])}{' and ' if others[1:] else ''}{others[-1]}."
    return ""


def _stray_words(
    words: Sequence[str], command: argparse.ArgumentParser, commands: Collection[str], first: int
) -> Iterator[str]:
    """A sentence for each row of words that are neither options nor values, or about one of the commands."""
    hints: dict[int, tuple[str, str]] = {}
    for number, word, option in _strays(words, command, first):
        if word in commands:
            yield f"the command comes first: koregate {word} [OPTIONS]."
            continue
        hints[number] = f", behind {option}," if option else "", _meant_by_stray(word, command)
    for start in [number for number, hint in hints.items() if hints.get(number - 1) != hint]:
        end = next(number for number in count(start) if hints.get(number + 1) != hints[start])
        to = "and" if end == start + 1 else "to"
        which, do = (f"Word {start}", "does") if start == end else (f"Words {start} {to} {end}", "do")
        named = f"{which} after koregate"
        # Without a command, the first word after koregate has no other word before it.
        if start == end == first > 1:
            named = f"The word after {command.prog.removeprefix('koregate ')}"
        place, advice = hints[start]
        yield f"{named}{place} {do} not belong to any option.{advice}"


def _meant_by_stray(word: str, command: argparse.ArgumentParser) -> str:
    meant = _meant(word, _input_metavars()) if "=" in word else ""
    if word.lower() == "help":
        meant = f" Did you mean: {command.prog} --help?"
    if command.prog in _WITH_SCENARIO and (scenario := get_close_matches(word.lower(), _scenarios(), 1, _SIMILARITY)):
        meant = f" Did you mean: {command.prog} --scenario {scenario[0]}?"
    return meant or _STRAY_ADVICE.get(command.prog, "")


def _scenarios() -> list[str]:
    """The names of the shipped scenarios, without loading the simulator."""
    folder = resources.files("koregate") / "simulator" / "scenarios"
    return [file.name.removesuffix(".json") for file in folder.iterdir()]


def _strays(words: Sequence[str], command: argparse.ArgumentParser, first: int) -> Iterator[tuple[int, str, str]]:
    """Words that belong to no option, with their numbers, and the option of the command before them if there is one.

    A word after an unknown option is most likely its value.
    """
    options = options_of(command)
    places = sum(len(words) if action.nargs == "+" else 1 for action in _positionals(command))
    before = after = ""
    for number, word in enumerate(words, first):
        if _is_option(word, options):
            name, equals, _ = word.partition("=")
            before = name if name in options else ""
            after = "" if equals or (name in options and options[name].nargs == 0) else name
        elif after:
            after = ""
        elif places and not ("=" in word and _meant(word, _input_metavars())):
            places -= 1
        else:
            yield number, word, before


def _is_option(word: str, options: Collection[str]) -> bool:
    """Whether argparse treats the word as an option, as documented for arguments that begin with a dash."""
    if not word.startswith("-") or word == "-" or _NEGATIVE_NUMBER.fullmatch(word):
        return False
    return " " not in word or word.partition("=")[0] in options


def options_of(command: argparse.ArgumentParser) -> dict[str, argparse.Action]:
    """The options of a command by their names, short and long."""
    return command._option_string_actions  # noqa: SLF001 -- argparse has no public list of its options


def _positionals(command: argparse.ArgumentParser) -> list[argparse.Action]:
    return [action for action in command._actions if not action.option_strings]  # noqa: SLF001 -- the same


def _input_metavars() -> dict[str, str]:
    return {f"--{spec.name}": spec.metavar for model in (Inputs, MergeInputs) for spec in input_specs(model)}


def _metavars(command: argparse.ArgumentParser) -> dict[str, str]:
    return {name: str(action.metavar) for name, action in options_of(command).items() if name.startswith("--")}


def _meant(word: str, metavars: Mapping[str, str]) -> str:
    """A sentence with the options that the user may have meant, by their names or by their metavars."""
    name = word.partition("=")[0].strip("-").replace("_", "-").lower()
    other = [option for option in _OTHER_WORDS.get(name, ()) if option in metavars]
    whole = [option for option in metavars if f"-{name}-" in f"{option[1:]}-"]
    part = [option for option in metavars if len(name) >= _MIN_PART and name in option]
    value = [option for option, metavar in metavars.items() if metavar.lower() == name]
    meant = other or whole or get_close_matches(f"--{name}", metavars, 1, _SIMILARITY) or part or value
    return f" Did you mean {' or '.join(meant[:_MAX_MEANT])}?" if meant else ""
