"""What `--needed-by` names: requirements and lock files, projects and environments, read but not yet resolved."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipcache_tui.pythons.environments import Environment, Environments, NoEnvironmentError, read_environment
from pipcache_tui.resolve.check_input import CheckInput, read_check_input
from pipcache_tui.resolve.inputs.requirements import RequirementError
from pipcache_tui.resolve.inputs.tool_locks import Pin, is_tool_lock, read_tool_lock
from pipcache_tui.resolve.pip_options import PipOptions
from pipcache_tui.text import safe_text

#: what stands for all environments found on this machine
ALL_ENVIRONMENTS = "environments"


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that needs files: what pip would install for `check_input`, or exactly the versions in `pins`.

    `label` is how it is shown. `on_any_python`: the pinned versions are installed, whichever Python accepts them.
    """

    label: str
    check_input: CheckInput | None = None
    pins: tuple[Pin, ...] = ()
    on_any_python: bool = False


def read_needs(
    named: Sequence[str],
    pip: PipOptions,
    environments: Callable[[], Environments],
    warn: Callable[[str], None],
    *,
    environ: Mapping[str, str] = os.environ,
) -> list[Need]:
    """Read all that is named.

    Args:
        named: requirements files, lock files, `pyproject.toml` files, folders of environments, or `environments`.
        pip: what pip's settings say.
        environments: finds those of this machine; called only where they are named.
        warn: called with a line for each thing in an environment that can't be read.
        environ: for `${VARIABLES}` in requirements files.

    Raises:
        RequirementError: one of them can't be read; nothing can be said of what is needed then.
    """
    needs: list[Need] = []
    for text in named:
        name = os.path.basename(text).lower()
        if text == ALL_ENVIRONMENTS:
            needs += _of_environments(environments(), warn)
        elif os.path.isdir(text):
            needs += _of_folder(text, warn)
        elif is_tool_lock(text):
            needs.append(Need(safe_text(text), pins=read_tool_lock(text)))
        elif name == "pyproject.toml":
            needs += _of_project(text, pip)
        else:
            if not os.path.isfile(text):
                why = "no such file or folder; name a requirements or lock file, an environment, or environments"
                raise RequirementError(f"{safe_text(text)}: {why}")
            needs.append(Need(safe_text(text), read_check_input([text], pip, environ=environ)))
    return needs


def _of_environments(found: Environments, warn: Callable[[str], None]) -> Iterator[Need]:
    for line in found.warnings:
        warn(line)
    return map(_of_environment, found.found)


def _of_folder(folder: str, warn: Callable[[str], None]) -> Iterable[Need]:
    try:
        return _of_environments(read_environment(folder), warn)
    except NoEnvironmentError as error:
        raise RequirementError(str(error)) from None


def _of_environment(environment: Environment) -> Need:
    pins = dict.fromkeys(Pin(each.project, each.version) for each in environment.distributions)
    return Need(safe_text(environment.name or environment.prefix), pins=tuple(pins), on_any_python=True)


def _of_project(path: str, pip: PipOptions) -> Iterator[Need]:
    from pipcache_tui.resolve.inputs.project_file import read_project_file

    for each in read_project_file(path):
        check_input = read_check_input([], pip)
        check_input.requirements += each.requirements
        label = safe_text(path) if each.label == "dependencies" else f"{safe_text(path)} ({each.label})"
        yield Need(label, check_input)
