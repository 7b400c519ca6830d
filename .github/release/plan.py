"""Says whether this commit may be released, and which names a release may move. It changes nothing.

The existing tags come on standard input, one per line. What is printed are job outputs of `release.yml`:
`plan.py new REF` before anything is built, and `plan.py moves VERSION` right before names are moved.
"""

import re
import sys
from collections.abc import Iterable
from pathlib import Path

_NUMBER = r"(0|[1-9]\d*)"
_VERSION = re.compile(rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}(?:(?:a|b|rc){_NUMBER})?")


class Refused(Exception):
    """Why nothing may be released. The message is one line that ends with what to do."""


def is_prerelease(version: str) -> bool:
    """Whether the version is one like 1.2.0rc1, in the spelling of Python packages. Raises `Refused`."""
    if not (match := _VERSION.fullmatch(version)):
        raise Refused(f'"{version}" is no version. Set __version__ to one like 1.2.3 or 1.2.0rc1.')
    return match[4] is not None


def new_release(ref: str, version: str, changelog: str, tags: Iterable[str]) -> dict[str, str]:
    """The names of a release of this version. Raises `Refused`."""
    prerelease = is_prerelease(version)
    if ref != "refs/heads/main":
        raise Refused(f"This is {ref}, and releases are made from main only. Run the workflow on main.")
    if f"v{version}" in set(tags):
        raise Refused(f"v{version} exists already. Raise __version__.")
    if not re.search(rf"^## \[{re.escape(version)}\] - 20\d\d-\d\d-\d\d$", changelog, re.MULTILINE):
        raise Refused(f"CHANGELOG.md has no section for {version} with a date. Add it.")
    return {"version": version, "tag": f"v{version}", "prerelease": str(prerelease).lower()}


def moves(version: str, tags: Iterable[str]) -> dict[str, str]:
    """Which names move to this version: its major tag, and the mark of the latest release.

    Neither moves to a pre-release, or while a higher version exists: users of `v1` never go back.
    """
    if is_prerelease(version):
        return {"major": "", "latest": "false"}
    own = _numbers(version)
    released = [_numbers(tag[1:]) for tag in tags if _is_final(tag)]
    newest_of_major = all(other <= own for other in released if other[0] == own[0])
    newest = all(other <= own for other in released)
    return {"major": f"v{own[0]}" if newest_of_major else "", "latest": str(newest).lower()}


def _is_final(tag: str) -> bool:
    match = _VERSION.fullmatch(tag.removeprefix("v"))
    return tag.startswith("v") and match is not None and match[4] is None


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def main(command: str, argument: str) -> None:
    """Print the outputs, or end with the reason."""
    tags = sys.stdin.read().split()
    try:
        if command == "moves":
            outputs = moves(argument, tags)
        else:
            (version,) = re.findall(
                r'^__version__ = "(.*)"$', Path("src/koregate/__init__.py").read_text(), re.MULTILINE
            )
            outputs = new_release(argument, version, Path("CHANGELOG.md").read_text(encoding="utf-8"), tags)
    except Refused as refused:
        print(f"::error title=Release::{refused}", file=sys.stderr)
        sys.exit(1)
    for name, value in outputs.items():
        print(f"{name}={value}")


if __name__ == "__main__":
    main(*sys.argv[1:])
