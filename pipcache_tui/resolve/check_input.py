"""What `--check` is asked: files and requirements as a person names them, with pip's own settings."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipcache_tui.cache.formats.file_names import ARCHIVE_SUFFIXES
from pipcache_tui.resolve.inputs.requirements import InstallOptions, InstallRequirement, parse_requirement
from pipcache_tui.resolve.inputs.requirements_file import read_constraints, read_requirements
from pipcache_tui.resolve.pip_options import PipOptions

if TYPE_CHECKING:
    from pipcache_tui.resolve.inputs.lock_files import LockFile

_FILES = (".txt", ".in", ".toml")


@dataclass(slots=True)
class CheckInput:
    """All that is checked together, as one `pip install` would get it."""

    options: InstallOptions
    requirements: list[InstallRequirement] = field(default_factory=list)
    constraints: list[InstallRequirement] = field(default_factory=list)
    locks: list[LockFile] = field(default_factory=list)
    #: also what the files themselves need
    dependencies: bool = True
    #: pip's settings that are not followed, a line each
    notes: tuple[str, ...] = ()


def read_check_input(
    named: Sequence[str], pip: PipOptions, *, dependencies: bool = True, environ: Mapping[str, str] = os.environ
) -> CheckInput:
    """Read every file named, and the rest as requirements.

    Args:
        named: a requirements or lock file (it exists, or ends in .txt, .in or .toml), else a requirement; a wheel or
            a source archive is a requirement.
        pip: what pip's settings say.
        dependencies: check also what the files need.
        environ: for `${VARIABLES}` in requirements files.

    Raises:
        RequirementError: a file or a requirement can't be read.
    """
    check_input = CheckInput(pip.options, dependencies=dependencies and pip.dependencies, notes=pip.notes)
    for path in pip.constraints:
        check_input.constraints += read_constraints(path, pip.options, environ).constraints
    for text in (*named, *pip.requirements):
        if not _is_list(text) and text not in pip.requirements:
            check_input.requirements.append(parse_requirement(text, "on the command line"))
        elif text.lower().endswith(".toml"):
            from pipcache_tui.resolve.inputs.lock_files import read_lock

            check_input.locks.append(read_lock(text))
        else:
            found = read_requirements(text, check_input.options, environ)
            check_input.options = found.options
            check_input.requirements += found.requirements
            check_input.constraints += found.constraints
    return check_input


def _is_list(text: str) -> bool:
    if text.lower().endswith(_FILES):
        return True
    return "\0" not in text and os.path.isfile(text) and not text.lower().endswith(ARCHIVE_SUFFIXES)
