"""Running pips on this machine, recognised by their command lines.

pip does not lock its cache, so this is the only way to find them. A pip in another container, or on another host that
shares the cache, is not seen.
"""

from __future__ import annotations

import os
import re
import shlex
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import psutil

from pipcache_tui.text import safe_text, shorten_middle

_PIP = re.compile(r"pip(?:\d+(?:\.\d+)*)?(?:-script)?(?:\.exe|\.py|\.pyz)?\Z", re.IGNORECASE)
_PYTHON = re.compile(r"(?:python|pypy|graalpy|pythonw|py)[\d.]*[a-z]{0,2}(?:\.exe)?\Z", re.IGNORECASE)
#: Python's options that take the next argument as their value if none follows in the same one
_WITH_VALUE = frozenset("WX")
#: how pip runs itself: from its own folder, or from its wheel (pip/_internal/build_env.py)
_INNER = re.compile(r"(?:\A|[/\\])(?:pip[/\\](?:__main__|__pip-runner__)\.py|pip-[^/\\]+\.whl[/\\]pip)\Z")
_CREDENTIALS = re.compile(r"(?<=://)[^/\s@]+@")
_COMMAND_WIDTH = 100
#: a process this young may still become a pip (fork, then exec), so it is checked again (seconds)
_SETTLES_IN = 1.0
#: how long the last check of all older processes is trusted (seconds)
_BELIEVED_FOR = 2.0


@dataclass(frozen=True, slots=True)
class RunningPip:
    """A running pip. `command` is safe to print, with credentials in URLs hidden."""

    pid: int
    command: str

    def __str__(self) -> str:
        return f"pid {self.pid}: {self.command}"


class PipFinder:
    """Finds pips that may use one of the given roots, judging by their arguments, settings and users.

    Cheap to call often: processes that have been running for a while are checked only every other second.
    """

    def __init__(self, roots: Sequence[str] = (), *, clock: Callable[[], float] = time.monotonic) -> None:
        self._roots = tuple(os.path.realpath(root) for root in roots)
        self._clock = clock
        self._first_seen: dict[int, float] = {}
        self._others_seen_at: float | None = None
        self._judged: dict[
            int, tuple[list[str], bool]
        ] = {}  # by pid: the command line, and whether it may use our roots

    def __call__(self) -> tuple[RunningPip, ...]:
        """The pips running now, without this process."""
        now = self._clock()
        pids = psutil.pids()
        if self._others_seen_at is None or now - self._others_seen_at > _BELIEVED_FOR:
            self._others_seen_at = now
            self._first_seen = {pid: now for pid in pids if pid not in self._first_seen} | {
                pid: self._first_seen[pid] for pid in pids if pid in self._first_seen
            }
            looked_at: Sequence[int] = pids
        else:
            looked_at = [pid for pid in pids if now - self._first_seen.setdefault(pid, now) < _SETTLES_IN]
        return tuple(self._pips(looked_at))

    def _pips(self, pids: Sequence[int]) -> Iterator[RunningPip]:
        for pid in pids:
            if pid == os.getpid():
                continue
            try:
                process = psutil.Process(pid)
                command = process.cmdline()
                if command and is_pip(command):
                    if self._judged.get(pid, (None,))[0] != command:
                        self._judged[pid] = (command, self._may_use_roots(process, command))
                    if self._judged[pid][1]:
                        self._first_seen[pid] = self._clock()  # so that it is checked every time
                        yield RunningPip(pid, shown_command(command))
            except (psutil.Error, OSError):
                continue  # ended meanwhile, or another user's

    def _may_use_roots(self, process: psutil.Process, command: Sequence[str]) -> bool:
        """False only if the pip certainly uses another cache, or none."""
        if not self._roots:
            return True
        if "--no-cache-dir" in command:
            return False
        if (given := _cache_dir_option(command)) is not None:
            return self._is_ours(given)
        if not any(_may_write(process, root) for root in self._roots):
            return False
        try:
            environ = process.environ()
        except (psutil.Error, OSError):
            return True
        if environ.get("PIP_NO_CACHE_DIR"):
            return False
        if given := environ.get("PIP_CACHE_DIR"):
            return self._is_ours(given)
        if not environ:  # a process that hides it, or is about to end
            return True
        from pipcache_tui.cache.roots import find_roots

        found = find_roots(environ=environ, prefix=_prefix_of(command, environ))
        return any(root.path in self._roots for root in found.roots)

    def _is_ours(self, given: str) -> bool:
        given = os.path.expanduser(given)
        return not os.path.isabs(given) or os.path.realpath(given) in self._roots


def is_pip(command: Sequence[str]) -> bool:
    """Whether a command line runs pip: `pip3.11 …`, `python -m pip …`, a script or an archive called pip."""
    program = _base_name(command[0])
    if _PIP.match(program):
        return True
    return bool(_PYTHON.match(program)) and _runs_pip(command[1:])


def _runs_pip(arguments: Sequence[str]) -> bool:
    """Whether Python runs pip with these arguments, as a module or a script."""
    position = 0
    while position < len(arguments):
        argument = arguments[position]
        position += 1
        if not argument.startswith("-") or argument == "-":
            return bool(_PIP.match(_base_name(argument)) or _INNER.search(argument))
        if argument.startswith("--"):
            position += argument == "--check-hash-based-pycs"
            continue
        for index, letter in enumerate(argument[1:], 2):
            value = argument[index:]
            if letter == "m":
                module = value or (arguments[position] if position < len(arguments) else "")
                return module == "pip" or module.startswith("pip.")
            if letter == "c":
                return False
            if letter in _WITH_VALUE:
                position += not value
                break
    return False


def shown_command(command: Sequence[str]) -> str:
    """A command line as one line: safe to print, shortened, without credentials in URLs."""
    text = shlex.join([_base_name(command[0]), *command[1:]])
    return shorten_middle(safe_text(_CREDENTIALS.sub("****@", text)), _COMMAND_WIDTH)


def _cache_dir_option(command: Sequence[str]) -> str | None:
    """The last `--cache-dir` of a pip's arguments."""
    found = None
    for argument, following in zip(command, [*command[1:], ""], strict=True):
        if argument == "--cache-dir":
            found = following
        elif argument.startswith("--cache-dir="):
            found = argument.partition("=")[2]
    return found or None


def _prefix_of(command: Sequence[str], environ: Mapping[str, str]) -> str | None:
    """The `sys.prefix` of a pip, whose pip.conf it reads: the folder above that of its Python or script."""
    called = command[0] if os.path.isabs(command[0]) else environ.get("_", "")
    return os.path.dirname(os.path.dirname(called)) if os.path.isabs(called) else None


def _may_write(process: psutil.Process, root: str) -> bool:
    """Whether pip uses this root: it turns the cache off if it may not write there, or if root does not own it.

    Source: pip/_internal/utils/filesystem.py, `check_path_owner`.
    """
    if not hasattr(process, "uids"):
        return True
    user = process.uids().effective
    status = os.stat(root)
    return bool(user == status.st_uid or (user != 0 and status.st_mode & 0o022))


def _base_name(path: str) -> str:
    return re.split(r"[/\\]", path)[-1]
