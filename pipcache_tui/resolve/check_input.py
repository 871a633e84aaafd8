"""From what a person names, files and requirements, to what is checked together, with pip's own settings."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from pipcache_tui.cache.formats.file_names import ARCHIVE_SUFFIXES
from pipcache_tui.resolve.check import CheckInput
from pipcache_tui.resolve.pip_options import PipOptions
from pipcache_tui.resolve.requirements import parse_requirement
from pipcache_tui.resolve.requirements_file import read_constraints, read_requirements

_FILES = (".txt", ".in", ".toml")


def read_ask(
    named: Sequence[str], pip: PipOptions, *, dependencies: bool = True, environ: Mapping[str, str] = os.environ
) -> CheckInput:
    """Read every file named and take the rest as requirements. Raises WantedError.

    A file is what is one, or ends in .txt, .in or .toml; a wheel or a source archive is a requirement.
    """
    ask = CheckInput(pip.options, dependencies=dependencies)
    for path in pip.constraints:
        ask.constraints += read_constraints(path, pip.options, environ).constraints
    for text in named:
        if not _is_list(text):
            ask.wanted.append(parse_requirement(text, "on the command line"))
        elif text.lower().endswith(".toml"):
            from pipcache_tui.resolve.lock_files import read_lock

            ask.locks.append(read_lock(text))
        else:
            found = read_requirements(text, ask.options, environ)
            ask.options = found.options
            ask.wanted += found.wanted
            ask.constraints += found.constraints
    return ask


def _is_list(text: str) -> bool:
    if text.lower().endswith(_FILES):
        return True
    return os.path.isfile(text) and not text.lower().endswith(ARCHIVE_SUFFIXES) if "\0" not in text else False
