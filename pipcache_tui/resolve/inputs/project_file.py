"""`pyproject.toml` as a list of what a project needs: dependencies, each extra, each dependency group, its build.

The tables are those of the pyproject.toml specification (PEP 518, 621 and 735).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from packaging.dependency_groups import DependencyGroupResolver
from packaging.errors import ExceptionGroup
from packaging.utils import canonicalize_name

from pipcache_tui.resolve.inputs.requirements import InstallRequirement, RequirementError, parse_requirement
from pipcache_tui.resolve.inputs.requirements_file import read_bounded
from pipcache_tui.text import safe_text

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


@dataclass(frozen=True, slots=True)
class RequirementSet:
    """Requirements that are installed together; `label` says which: "dependencies", "extra cli", "group test"."""

    label: str
    requirements: tuple[InstallRequirement, ...]


def read_project_file(path: str) -> list[RequirementSet]:
    """What is installed for a project, one set for each of its extras and groups, since two of them may conflict.

    Raises:
        RequirementError: it can't be read, or does not say what the project needs.
    """
    shown = safe_text(path)
    try:
        content = tomllib.loads(read_bounded(path).decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RequirementError(f"{shown}: not TOML: {safe_text(str(error), 200)}") from None
    try:
        return _sets(path, content)
    except RequirementError:
        raise
    except (TypeError, AttributeError, ValueError, LookupError, RecursionError, ExceptionGroup) as error:
        reason = safe_text(str(error), 200)
        raise RequirementError(f"{shown}: its dependencies can't be read: {reason}") from None


def _sets(path: str, content: dict[str, Any]) -> list[RequirementSet]:
    shown, project = safe_text(path), content.get("project", {})
    dynamic = {"dependencies", "optional-dependencies"} & set(project.get("dynamic", ()))
    if dynamic or ("dependencies" not in project and "dependencies" in content.get("tool", {}).get("poetry", {})):
        why = "are dynamic" if dynamic else "are in poetry's own table"
        raise RequirementError(f"{shown}: the project's dependencies {why}; name its lock file or requirements file")
    folder = os.path.dirname(os.path.abspath(path))

    def read(texts: Iterable[str], label: str) -> tuple[InstallRequirement, ...]:
        return tuple(parse_requirement(text, f"{shown}, {label}", folder=folder) for text in texts)

    base = read(project.get("dependencies", ()), "dependencies")
    extras = {
        canonicalize_name(name): read(texts, f"extra {safe_text(name)}")
        for name, texts in project.get("optional-dependencies", {}).items()
    }
    own = canonicalize_name(project.get("name", ""))
    sets = [RequirementSet("dependencies", _without_own(base, own, extras))]
    sets += [
        RequirementSet(f"extra {name}", _without_own((*base, *each), own, extras)) for name, each in extras.items()
    ]
    groups = content.get("dependency-groups", {})
    resolver = DependencyGroupResolver(groups)
    for name in groups:
        texts = [str(requirement) for requirement in resolver.resolve(name)]
        label = f"group {safe_text(name)}"
        sets.append(RequirementSet(label, _without_own(read(texts, label), own, extras)))
    # without the table pip builds with setuptools (PEP 518); a project that builds nothing has none of both
    build = content.get("build-system", {}).get("requires", ("setuptools",) if project else ())
    sets.append(RequirementSet("build", read(build, "build-system")))
    return [each for each in sets if each.requirements]


def _without_own(
    requirements: Sequence[InstallRequirement], own: str, extras: dict[Any, tuple[InstallRequirement, ...]]
) -> tuple[InstallRequirement, ...]:
    """The requirements with the project's own name replaced by what the extras it asks for need."""
    found: dict[str, InstallRequirement] = {}
    waiting = list(requirements)
    seen: set[str] = set()
    while waiting:
        requirement = waiting.pop(0)
        if requirement.name != own or not own:
            found.setdefault(requirement.text, requirement)
            continue
        for extra in requirement.extras - seen:
            seen.add(extra)
            waiting.extend(extras.get(extra, ()))
    return tuple(found.values())
