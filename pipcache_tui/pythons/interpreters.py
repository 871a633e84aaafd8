"""The Pythons on this machine, and what each accepts, by tags and Requires-Python."""

from __future__ import annotations

import os
import re
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from pipcache_tui.pythons.locations import installed_pythons, is_executable, python_in
from pipcache_tui.pythons.queries import Answer, NoAnswer, ask_all, short_name
from pipcache_tui.text import safe_text

#: "3.11", "3.13t", "pypy3.10", "cp311", "pypy": what `--python` may say instead of a path or a command
_VERSION_NAME = re.compile(r"(?P<implementation>[a-z]*?)[-@]?(?P<version>\d+(?:\.\d+){0,2})?(?P<threads>t?)", re.ASCII)
_IMPLEMENTATIONS = {"cp": "cpython", "cpython": "cpython", "pp": "pypy", "pypy": "pypy", "graalpy": "graalpy"}
_LIKE_A_PYTHON = re.compile(r"python|pypy|graalpy", re.IGNORECASE)
_LEGACY_WILDCARD = re.compile(r"(?<![^,\s])(>=|<=|>|<)(\s*[\d.]+)\.\*")
_LEGACY_MEANING = {">=": ">=", ">": ">=", "<": "<", "<=": "<"}


class PythonError(Exception):
    """A `--python` that doesn't name a Python here: one line that says what to do."""


@dataclass(frozen=True, slots=True)
class Python:
    """One Python. `name` is unique among those found together: "3.11", "pypy3.10", "3.13t", "3.11.7", …

    `version` has three numbers, as pip compares it. `interpreter_name` and `interpreter_version` are those in tags and
    in pip's cache keys: "cp", "311". `ranked_tags` are the `tags` in the order in which its pip prefers them.
    """

    executable: str
    version: str
    implementation: str
    name: str
    tags: frozenset[str]
    pip_version: str | None
    prefix: str
    interpreter_name: str
    interpreter_version: str
    ranked_tags: tuple[str, ...] = ()

    def accepts(self, entry_tags: Iterable[str], requires_python: str | None = None) -> bool:
        """Whether its pip would install a file with these single tags (none: an sdist) and Requires-Python."""
        tags = [tag.lower() for tag in entry_tags]
        if tags and self.tags.isdisjoint(tags):
            return False
        return not requires_python or _allows(requires_python, self.version, self.pip_version)


def default_memory() -> str:
    """The file of remembered answers, in the user's cache folder. Raises RuntimeError for a user without a home."""
    import platformdirs

    return os.path.join(platformdirs.user_cache_dir("pipcache-tui", appauthor=False), "pythons.json")


def find_pythons(
    named: Sequence[str] = (), *, environ: Mapping[str, str] | None = None, memory: str | None = None
) -> tuple[Python, ...]:
    """All Pythons of this machine, or only the named ones; oldest first.

    Args:
        named: Paths, folders of environments, commands or versions.
        environ: The environment variables to go by; None: this process's.
        memory: The file that remembers their answers, so that each is run once only. None: the one in the user's
            cache folder; "": none.

    Raises:
        PythonError: A name leads to no Python.
    """
    environ = os.environ if environ is None else environ
    if memory is None:
        try:
            memory = default_memory()
        except RuntimeError:  # a user with no home folder
            memory = ""
    versions = {name: wanted for name in named if (wanted := _Wanted.of(name))}
    paths = {_executable(name, environ): name for name in named if name not in versions}
    installed = installed_pythons(environ) if versions or not named else []
    answers = ask_all([*paths, *installed], environ=environ, memory=memory)
    here = {path: answer for path in installed if isinstance(answer := answers[path], Answer)}
    if not named:
        return _as_pythons(here)
    chosen: dict[str, Answer] = {}
    for path, name in paths.items():
        answer = answers[path]
        if isinstance(answer, NoAnswer):
            raise PythonError(f"--python {safe_text(name)}: {answer}; name a Python's executable or its environment")
        chosen[path] = answer
    for name, wanted in versions.items():
        meant = {path: answer for path, answer in here.items() if wanted.means(answer)}
        if not meant:
            known = ", ".join(dict.fromkeys(map(_short_name, sorted(here.values(), key=_age)))) or "none"
            raise PythonError(f"--python {safe_text(name)}: no such Python here (found: {known}); give its path")
        chosen.update(meant)
    return _as_pythons(chosen)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A version name given to `--python`."""

    implementation: str | None
    release: tuple[str, ...]
    free_threaded: bool

    @classmethod
    def of(cls, name: str) -> _Wanted | None:
        match = _VERSION_NAME.fullmatch(name.lower())
        if match is None:
            return None
        implementation, version = match["implementation"], match["version"] or ""
        if implementation not in _IMPLEMENTATIONS and not (version and implementation in ("", "py", "python")):
            return None  # "python" alone is a command
        if len(version) > 1 and version.isdigit():
            version = f"{version[0]}.{version[1:]}"  # as tags have it: 311
        release = tuple(version.split(".")) if version else ()
        return cls(_IMPLEMENTATIONS.get(implementation), release, bool(match["threads"]))

    def means(self, answer: Answer) -> bool:
        return (
            self.implementation in (None, answer.implementation)
            and answer.version.split(".")[: len(self.release)] == list(self.release)
            and answer.free_threaded == self.free_threaded
        )


@lru_cache(maxsize=4096)
def _allows(requires_python: str, version: str, pip_version: str | None) -> bool:
    """pip's `check_requires_python`: what cannot be understood is accepted.

    pip checks it from 9.0 on (`utils/packaging.py`). Up to 24.0, whose packaging is older than 22, it understood
    ">=3.5.*" too, comparing part by part, with "*" before every number.
    """
    try:
        pip = Version(pip_version or "99").release
    except InvalidVersion:
        pip = (99,)
    if pip < (9,):
        return True
    if pip < (24, 1):
        requires_python = _LEGACY_WILDCARD.sub(lambda found: _LEGACY_MEANING[found[1]] + found[2], requires_python)
    try:
        return SpecifierSet(requires_python).contains(version)
    except InvalidSpecifier:
        return True


def _executable(name: str, environ: Mapping[str, str]) -> str:
    """The absolute path of the executable that a `--python` names by path, folder or command."""
    shown = f"--python {safe_text(name)}"
    if "\0" in name or not name:
        raise PythonError(f"{shown}: give a version such as 3.11, or the path of a Python or of its environment")
    path = os.path.abspath(os.path.expanduser(name))
    if os.path.isdir(path):
        if executable := python_in(path):
            return executable
        raise PythonError(
            f"{shown}: no Python in this folder; name an environment (the folder that holds bin) or a file"
        )
    if os.path.basename(name) == name and not os.path.exists(path):
        path = shutil.which(name, path=environ.get("PATH", "")) or path
        if not os.path.exists(path):
            raise PythonError(f"{shown}: no such command on PATH; give a version such as 3.11, or a path")
    if not os.path.exists(path):
        raise PythonError(f"{shown}: no such file or folder")
    if not is_executable(path):
        raise PythonError(f"{shown}: not an executable file; name a Python or the folder of its environment")
    names = (os.path.basename(path), os.path.basename(os.path.realpath(path)))
    if not any(map(_LIKE_A_PYTHON.match, names)):
        raise PythonError(f"{shown}: its name is not a Python's, so it is not run; name python, python3, pypy, …")
    return path


def _as_pythons(answers: Mapping[str, Answer]) -> tuple[Python, ...]:
    """Each installation or environment once, under a unique name."""
    distinct: dict[object, str] = {}
    for path, answer in answers.items():
        distinct.setdefault((answer.prefix, answer.implementation, answer.version, answer.free_threaded), path)
    paths = sorted(distinct.values(), key=lambda path: _age(answers[path]))
    names = {path: _short_name(answers[path]) for path in paths}
    for longer_name in (_full_name, _name_with_folder, _name_with_prefix):
        counts = Counter(names.values())
        names.update((path, longer_name(answers[path])) for path in paths if counts[names[path]] > 1)
    return tuple(
        Python(
            executable=path,
            version=answer.version,
            implementation=answer.implementation,
            name=names[path],
            tags=frozenset(answer.tags),
            pip_version=answer.pip_version,
            prefix=answer.prefix,
            interpreter_name=short_name(answer.implementation),
            interpreter_version=answer.interpreter_version,
            ranked_tags=answer.tags,
        )
        for path in paths
        for answer in (answers[path],)
    )


def _age(answer: Answer) -> tuple[object, ...]:
    """Sorts CPython first, then old before new."""
    release = tuple(int(part) for part in answer.version.split("."))
    return (answer.implementation != "cpython", answer.implementation, release, answer.free_threaded, answer.prefix)


def _named(answer: Answer, version: str) -> str:
    implementation = "" if answer.implementation == "cpython" else answer.implementation
    return f"{implementation}{version}{'t' if answer.free_threaded else ''}"


def _short_name(answer: Answer) -> str:
    return _named(answer, answer.version.rpartition(".")[0])


def _full_name(answer: Answer) -> str:
    return _named(answer, answer.version)


def _name_with_folder(answer: Answer) -> str:
    return f"{_full_name(answer)} ({safe_text(os.path.basename(answer.prefix.rstrip(os.sep)))})"


def _name_with_prefix(answer: Answer) -> str:
    return f"{_full_name(answer)} ({safe_text(answer.prefix)})"


def python_to_check(pythons: Sequence[Python]) -> Sequence[Python]:
    """The active environment's, else the newest CPython that has a pip and isn't free-threaded."""
    active = os.environ.get("VIRTUAL_ENV")
    if active:
        same = [python for python in pythons if os.path.realpath(python.prefix) == os.path.realpath(active)]
        if same:
            return same[:1]
    # oldest first; one without pip can't install anything
    likely = [python for python in pythons if python.implementation == "cpython" and python.pip_version]
    usual = [python for python in likely if not python.name.partition(" ")[0].endswith("t")]
    return (usual or likely or pythons)[-1:]
