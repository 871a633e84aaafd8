"""Asking Pythons what they are and which tags they accept: each once, then remembered while it stays the same."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import re
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields, replace
from typing import Any

from packaging import tags as packaging_tags

from pipcache_tui.cache.disk.own_files import open_kept, replacing

#: as far apart from the person's settings as every version allows; `-B`, so that asking leaves no files behind
_FLAGS = ("-E", "-s", "-B", "-c")
_MARK = b"pipcache-tui asked: "
_PROBE_FILE = os.path.join(os.path.dirname(__file__), "probe.py")
_ANSWER_LIMIT = 4 << 20
_MEMORY_LIMIT = 32 << 20
_MEMORY_FORM = 2
_MOST_REMEMBERED = 200
_TAG = re.compile(r"[\w.]+-[\w.]+-[\w.]+", re.ASCII)
_PIP_VERSION = re.compile(r"[\w.+!-]{1,60}", re.ASCII)
_SHAPES = {
    "version": re.compile(r"\d{1,3}\.\d{1,3}\.\d{1,3}", re.ASCII),
    "implementation": re.compile(r"[a-z]\w{0,30}", re.ASCII),
    "interpreter_version": re.compile(r"\w{1,30}", re.ASCII),
    "abi": re.compile(r"\w{1,60}", re.ASCII),
    "platform": re.compile(r"[\w. -]{1,60}", re.ASCII),
}


class NoAnswer(Exception):
    """Why an executable gave no answer, in words."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a Python said of itself; `tags` are those its own pip, or the pip it would install, supports, best first.

    `watch` are the files and folders that tell whether the answer still holds.
    """

    version: str
    implementation: str
    interpreter_version: str
    abi: str
    platform: str
    prefix: str
    pip_version: str | None
    free_threaded: bool
    bits: int
    tags: tuple[str, ...]
    watch: tuple[str, ...]


_FIELDS = tuple(field.name for field in fields(Answer))


def ask_all(
    executables: Iterable[str], *, environ: Mapping[str, str], memory: str, timeout: float = 10.0
) -> dict[str, Answer | NoAnswer]:
    """CheckInput each executable, side by side; `memory` is the file that remembers answers, "" for none.

    `timeout`, in seconds, is what each one has to answer.
    """
    executables = list(dict.fromkeys(executables))
    remembered = _read_memory(memory)
    results: dict[str, Answer | NoAnswer] = {
        executable: known[1]
        for executable in executables
        if (known := remembered.get(executable)) and known[0] == _stamp(executable, known[1].watch)
    }
    unknown = [executable for executable in executables if executable not in results]
    if not unknown:
        return results

    def answer_of(executable: str) -> Answer | NoAnswer:
        before = _stamp(executable)
        try:
            answer = ask(executable, environ, timeout)
        except NoAnswer as reason:
            return reason
        after = _stamp(executable, answer.watch)
        if after[: len(before)] == before:  # else it was replaced while it was asked
            remembered[executable] = (after, answer)
        return answer

    with ThreadPoolExecutor(max_workers=min(len(unknown), 2 * (os.cpu_count() or 1))) as pool:
        results.update(zip(unknown, pool.map(answer_of, unknown), strict=True))
    _write_memory(memory, remembered)
    return results


def ask(executable: str, environ: Mapping[str, str], timeout: float) -> Answer:
    """Run the probe in `executable`, an absolute path. Raises NoAnswer."""
    with open(_PROBE_FILE, encoding="utf-8") as file:
        probe = file.read()
    # macOS passes the launcher's choice on in this variable, which would make every Python say it is this one.
    environ = {name: value for name, value in environ.items() if name != "__PYVENV_LAUNCHER__"}
    # A file, not a pipe: a process that the Python leaves behind could keep a pipe open, and this one waiting.
    with tempfile.TemporaryFile() as output:
        try:
            subprocess.run(
                [executable, *_FLAGS, probe],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.DEVNULL,
                cwd=os.path.dirname(executable),
                env=environ,
                timeout=timeout,
                check=True,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except subprocess.TimeoutExpired:
            raise NoAnswer(f"no answer within {timeout:g} seconds") from None
        except subprocess.CalledProcessError as error:
            raise NoAnswer(f"it stopped with status {error.returncode}") from None
        except (OSError, ValueError) as error:
            raise NoAnswer(getattr(error, "strerror", None) or str(error)) from None
        output.seek(0)
        said = output.read(_ANSWER_LIMIT)
    line = next((line for line in reversed(said.splitlines()) if line.startswith(_MARK)), b"")
    try:
        answer = _understand(json.loads(line.removeprefix(_MARK)))
    except ValueError:
        raise NoAnswer("it did not answer as a Python does") from None
    return answer if answer.tags else replace(answer, tags=tags_without_pip(answer))


def tags_without_pip(answer: Answer) -> tuple[str, ...]:
    """The tags that packaging gives a Python without a pip, best first, on this machine and its C library."""
    version = tuple(int(part) for part in answer.version.split(".")[:2])
    interpreter = short_name(answer.implementation) + answer.interpreter_version
    theirs = re.sub("[-. ]", "_", answer.platform)
    if answer.bits == 32:
        theirs = theirs.replace("linux_x86_64", "linux_i686").replace("linux_aarch64", "linux_armv8l")
    ours = re.sub("[-. ]", "_", sysconfig.get_platform())
    alike = theirs == ours or (theirs.startswith("macosx") and ours.startswith("macosx"))
    platforms = list(packaging_tags.platform_tags()) if alike and sys.maxsize > 1 << 32 else [theirs]
    if answer.implementation == "cpython":
        own = packaging_tags.cpython_tags(version, [answer.abi], platforms)
    else:
        own = packaging_tags.generic_tags(interpreter, [answer.abi], platforms)
    compatible = packaging_tags.compatible_tags(version, interpreter, platforms)
    return tuple(dict.fromkeys(map(str, (*own, *compatible))))


def short_name(implementation: str) -> str:
    """ "cp" for cpython, "pp" for pypy: as file names of wheels say it."""
    return packaging_tags.INTERPRETER_SHORT_NAMES.get(implementation, implementation)


_Stamp = tuple[str, ...]


def _stamp(executable: str, watch: Iterable[str] = ()) -> _Stamp:
    """Equal while the executable, its environment and the files it named stay the same."""
    folder = os.path.dirname(executable)
    settings = [os.path.join(place, "pyvenv.cfg") for place in (folder, os.path.dirname(folder))]
    stamps = [os.path.realpath(executable)]
    for path in (executable, *settings, *watch):
        try:
            status = os.stat(path)
            stamps.append(f"{status.st_mtime_ns} {status.st_ctime_ns} {status.st_size}")
        except (OSError, ValueError):
            stamps.append("absent")
    return tuple(stamps)


def _machine() -> str:
    """What tags depend on besides the Python: the versions of the system and its C library."""
    try:
        library = os.confstr("CS_GNU_LIBC_VERSION") or ""
    except (AttributeError, ValueError, OSError):
        library = ""
    return " ".join((sys.platform, platform.machine(), library, platform.mac_ver()[0]))


def _read_memory(path: str) -> dict[str, tuple[_Stamp, Answer]]:
    """The answers that can be read; none if the file is missing, damaged or from another machine."""
    try:
        file = open_kept(path)
        if file is None:
            return {}
        with file:
            content = file.read(_MEMORY_LIMIT + 1)
        data = json.loads(content) if len(content) <= _MEMORY_LIMIT else None
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(data, dict) or data.get("form") != _MEMORY_FORM or data.get("machine") != _machine():
        return {}
    known = data.get("pythons")
    remembered = {}
    for executable, entry in known.items() if isinstance(known, dict) else ():
        try:
            remembered[executable] = (_strings(entry["stamp"]), _understand(entry["answer"]))
        except (ValueError, KeyError, TypeError):
            continue
    return remembered


def forget(memory: str) -> None:
    """Delete the file that remembers answers. Raises OSError."""
    try:
        os.unlink(memory)
    except FileNotFoundError:
        pass


def _write_memory(path: str, remembered: Mapping[str, tuple[_Stamp, Answer]]) -> None:
    """Replace the file atomically; if that fails, the Pythons are asked again next time."""
    if not path:
        return
    newest = list(remembered.items())[-_MOST_REMEMBERED:]
    pythons = {
        executable: {"stamp": stamp, "answer": {name: getattr(answer, name) for name in _FIELDS}}
        for executable, (stamp, answer) in newest
        if os.path.exists(executable)
    }
    text = json.dumps({"form": _MEMORY_FORM, "machine": _machine(), "pythons": pythons}, separators=(",", ":"))
    folder = os.path.dirname(os.path.abspath(path))
    if not _is_ours(folder):
        return
    with contextlib.suppress(OSError), replacing(path) as file:
        file.write(text.encode("ascii"))


def _is_ours(folder: str) -> bool:
    """Whether root may write here: under sudo it must leave no files of its own in another user's home."""
    while not os.path.exists(folder) and folder != os.path.dirname(folder):
        folder = os.path.dirname(folder)
    return not hasattr(os, "geteuid") or os.geteuid() != 0 or os.stat(folder).st_uid == 0


def _understand(data: object) -> Answer:
    """The answer, if each part is well-formed. Raises ValueError."""
    if not isinstance(data, dict):
        raise ValueError("not an answer")
    values: dict[str, Any] = {name: data.get(name) for name in _FIELDS}
    values["tags"] = _strings(values["tags"])
    values["watch"] = _strings(values["watch"])
    if (
        not all(_is_shaped(values[name], shape) for name, shape in _SHAPES.items())
        or not isinstance(values["prefix"], str)
        or not isinstance(values["free_threaded"], bool)
        or values["bits"] not in (32, 64)
        or (values["pip_version"] is not None and not _is_shaped(values["pip_version"], _PIP_VERSION))
        or not all(map(_TAG.fullmatch, values["tags"]))
    ):
        raise ValueError("not an answer")
    return Answer(**values)


def _is_shaped(value: object, shape: re.Pattern[str]) -> bool:
    return isinstance(value, str) and shape.fullmatch(value) is not None


def _strings(data: object) -> tuple[str, ...]:
    if not isinstance(data, list | tuple) or not all(isinstance(item, str) for item in data):
        raise ValueError("not a list of strings")
    return tuple(data)
