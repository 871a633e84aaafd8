"""Compatibility tags in a few words, for columns: "cp311", "linux x86_64".

Tags are those of PEP 425; manylinux is PEP 600 with the older names of PEP 513, 571 and 599, musllinux is PEP 656.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

#: glibc of the named manylinux tags
_NAMED_GLIBC = {"manylinux1": "2.5", "manylinux2010": "2.12", "manylinux2014": "2.17"}
_NUMBERED = re.compile(r"(manylinux|musllinux|macosx)_(\d+)_(\d+)_(.+)")


@lru_cache(4096)
def python_texts(tags: tuple[str, ...]) -> tuple[str, str]:
    """The Pythons that a wheel is for, short ("cp38+", "py2+3") and as tagged ("cp38-abi3", "py2.py3")."""
    pythons: dict[str, None] = {}
    for tag in tags:
        python, _, rest = tag.partition("-")
        abi = rest.partition("-")[0]
        pythons[python if abi in ("none", python) or not abi else f"{python}-{abi}"] = None
    full = ".".join(pythons)
    if full == "py2.py3":
        return "py2+3", full
    return (f"{next(iter(pythons)).partition('-')[0]}+" if "." in full or "abi3" in full else full), full


@lru_cache(4096)
def platform_texts(tags: tuple[str, ...]) -> tuple[str, str]:
    """The platforms that a wheel is for, short ("linux x86_64") and with the least system ("linux x86_64 2.17")."""
    short: dict[str, None] = {}
    least: dict[str, tuple[int, ...]] = {}
    for tag in tags:
        system, version = _platform(tag.rpartition("-")[2])
        short[system] = None
        if version:
            number = tuple(map(int, version.split(".")))
            least[system] = min(number, least.get(system, number))
    full = [f"{name} {'.'.join(map(str, least[name]))}" if name in least else name for name in short]
    return ", ".join(short), ", ".join(full)


def _platform(tag: str) -> tuple[str, str]:
    """("linux x86_64", "2.17") of "manylinux_2_17_x86_64"; the version is "" where the tag has none."""
    numbered = _NUMBERED.fullmatch(tag)
    if numbered:
        family, major, minor, machine = numbered.groups()
        system = {"manylinux": "linux", "musllinux": "musl", "macosx": "macOS"}[family]
        return f"{system} {machine}", f"{major}.{minor}"
    family, _, machine = tag.partition("_")
    if family in _NAMED_GLIBC:
        return f"linux {machine}", _NAMED_GLIBC[family]
    if family in ("linux", "win") and machine:
        return f"{'Windows' if family == 'win' else 'linux'} {machine}", ""
    return ("Windows x86" if tag == "win32" else tag), ""


def python_range(names: Sequence[str], all_names: Sequence[str]) -> str:
    """Names of Pythons in the order of `all_names`, runs of them shortened: "3.8–3.13", "3.8, 3.11–3.13"."""
    runs: list[list[str]] = []
    before = False
    for name in all_names:
        if name in names:
            if before:
                runs[-1].append(name)
            else:
                runs.append([name])
        before = name in names
    return ", ".join(run[0] if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)
