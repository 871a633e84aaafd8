"""Entries for tests: made by hand with `make_entry`, or by the hundred with Hypothesis strategies.

Projects, versions, tags and Requires-Python come from small pools, so that entries meet: newer and older versions,
wider and narrower tags, other url_variants of one version.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from email.utils import formatdate
from hashlib import sha224
from typing import Any

from hypothesis import strategies as st

from pipcache_tui.cache.disk.access_times import AtimeKeeping
from pipcache_tui.cache.disk.machine import DiskSpace, Machine
from pipcache_tui.cache.model import (
    KINDS,
    STORES,
    URL_PROOFS,
    Entry,
    Files,
    Kind,
    Origin,
    OwnedFile,
    Response,
    Store,
    pack_stamp,
)
from pipcache_tui.pythons.environments import Environments
from pipcache_tui.pythons.interpreters import Python
from pipcache_tui.select.judge import Judge

DAY = 86400.0
NOW = 1_800_000_000.0  # 2027-01-15T08:00:00Z
ROOT = "/home/someone/.cache/pip"
OTHER_ROOT = "/srv/pip cache"
ALWAYS = AtimeKeeping("always", "/ keeps every time of last use")
DAILY = AtimeKeeping("daily", "/ is mounted relatime: kept to the day")
NEVER = AtimeKeeping("never", "/ is mounted noatime, which keeps no time of last use")

PROJECTS = ("numpy", "six", "zope-interface", "a")
VERSIONS = (
    "0.9",
    "1.0",
    "1.0.0",
    "1.0.post1",
    "1.1",
    "1.10",
    "2.0rc1",
    "2.0.dev3",
    "2.0",
    "2.0+cpu",
    "2.1+cpu",
    "junk",
)
TAG_SETS = (
    (),
    ("py2-none-any", "py3-none-any"),
    ("py3-none-any",),
    ("cp311-cp311-manylinux_2_17_x86_64", "cp311-cp311-manylinux2014_x86_64"),
    ("cp311-cp311-manylinux_2_17_x86_64",),
    ("cp312-cp312-manylinux_2_17_x86_64",),
    ("cp27-cp27mu-manylinux1_x86_64",),
)
REQUIREMENTS = (None, ">=3.8", ">=3.12", "<3", ">=2.7,!=3.0.*", ">=4", "not a specifier")
PYTHONS_OFFERED: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("2.7.18", ("cp27-cp27mu-manylinux1_x86_64", "py2-none-any")),
    ("3.11.7", ("cp311-cp311-manylinux_2_17_x86_64", "cp311-cp311-manylinux2014_x86_64", "py3-none-any")),
    ("3.12.1", ("cp312-cp312-manylinux_2_17_x86_64", "py3-none-any")),
)


def stamp(
    size: int = 1000,
    *,
    mtime: float = NOW,
    atime: float = NOW,
    on_disk: int | None = None,
    inode: int = 1,
    links: int = 1,
    device: int = 1,
) -> bytes:
    """What `OwnedFile` keeps of a file; on disk it takes whole blocks of 4096 bytes unless told otherwise."""
    blocks = -(-size // 4096) * 8 if on_disk is None else on_disk // 512
    status = os.stat_result(
        (0o100600, inode, device, links, 0, 0, size, int(atime), int(mtime), int(mtime)),
        {"st_atime_ns": int(atime * 1e9), "st_ctime_ns": 0, "st_mtime_ns": int(mtime * 1e9), "st_blocks": blocks},
    )
    return pack_stamp(status)


def paths_of(store: Store, kind: Kind, number: int, filename: str | None = None) -> tuple[str, ...]:
    """Paths below the root such as pip writes for an entry; `number` tells it from others."""
    key = sha224(str(number).encode()).hexdigest()
    filename = filename and filename.replace("/", "_")  # a URL's last part may hold one, quoted
    if store in ("http", "http-v2"):
        path = "/".join((store, *key[:5], key))
        if kind == "leftover":
            return (f"{path}.lock" if store == "http" else f"{path}abcd_123.tmp",)
        return (path, f"{path}.body") if store == "http-v2" and kind not in ("orphan", "unreadable") else (path,)
    if store == "wheels":
        folder = "/".join((store, key[:2], key[2:4], key[4:6], key[6:]))
        return (f"{folder}/{filename or 'x-1.0-py3-none-any.whl'}", f"{folder}/origin.json")
    if store == "selfcheck":
        return (f"selfcheck/{key}",)
    return (f"{store}/{number}-{filename or 'x-1.0.tar.gz'}",)


def make_entry(
    number: int = 0,
    kind: Kind = "wheel",
    store: Store = "http-v2",
    *,
    size: int = 1000,
    stored: float = NOW - DAY,
    validated: float | None = None,
    used: float | None = None,
    on_disk: int | None = None,
    inode: int | None = None,
    links: int = 1,
    device: int = 1,
    **fields: Any,
) -> Entry:
    """An entry, by default a wheel in http-v2 that is fresh for years; sizes are those of its last file."""
    paths = paths_of(store, kind, number, fields.get("filename"))
    first_written = stored if validated is None else validated
    files = []
    for index, path in enumerate(paths):
        is_last = index == len(paths) - 1
        files.append(
            OwnedFile(
                path,
                stamp(
                    size if is_last else 0,
                    mtime=stored if is_last else first_written,
                    atime=stored if used is None else used,
                    on_disk=on_disk if is_last else 0,
                    inode=2 * number + index if inode is None or not is_last else inode,
                    links=links if is_last else 1,
                    device=device,
                ),
            )
        )
    fields.setdefault("root", ROOT)
    if store in ("http", "http-v2") and kind not in ("leftover", "unreadable"):
        fields.setdefault("response", response(date=stored))
    return Entry(store=store, kind=kind, files=Files.of(*files), **fields)


def wheel(number: int, project: str, version: str, tags: Sequence[str] = ("py3-none-any",), **more: Any) -> Entry:
    """A wheel in http-v2."""
    more.setdefault("filename", f"{project.replace('-', '_')}-{version}-{tags[0] if tags else 'x'}.whl")
    return make_entry(number, project=project, version=version, tags=tuple(tags), **more)


def response(date: float = NOW - DAY, life: int = 365_000_000, has_etag: bool = True, status: int = 200) -> Response:
    return Response(status, formatdate(date, usegmt=True), f"max-age={life}, public", None, has_etag)


def make_python(version: str, tags: Iterable[str], pip_version: str | None = "25.3") -> Python:
    major, minor, _ = version.split(".")
    return Python(
        f"/usr/bin/python{major}.{minor}",
        version,
        "cpython",
        f"{major}.{minor}",
        frozenset(tags),
        pip_version,
        "/usr",
        "cp",
        f"{major}{minor}",
    )


PYTHONS = tuple(make_python(version, tags) for version, tags in PYTHONS_OFFERED)


def make_judge(
    entries: Iterable[Entry] = (),
    *,
    pythons: Sequence[Python] = (),
    pip_version: str | None = "25.3",
    atimes: AtimeKeeping | Callable[[str], AtimeKeeping] = ALWAYS,
    now: float = NOW,
    environments: Environments | None = None,
    disk_space: Callable[[str], DiskSpace] = lambda _: DiskSpace(10**12, 10**11),
) -> Judge:
    """A judge that asks nothing of this machine: every path exists, mounts keep what `atimes` says."""
    keeping = atimes if callable(atimes) else (lambda _: atimes)
    return Judge(
        entries,
        now=now,
        pip_version=pip_version,
        pythons=pythons,
        machine=Machine(lambda _: True, keeping, disk_space),
        environments=None if environments is None else lambda: environments,
    )


# --- strategies ------------------------------------------------------------------------------------------

#: round ages, so that rules meet their bounds exactly, and some in the future
ages = st.sampled_from([0.0, 1.0, DAY, 30 * DAY, 400 * DAY, -DAY]) | st.integers(0, 2000 * 86400).map(float)
sizes = st.sampled_from([0, 1, 4096, 1_000_000]) | st.integers(0, 10**10)
#: texts as they come from disk: anything, bytes that were not UTF-8 included
texts = st.text(st.characters(codec="utf-8") | st.characters(min_codepoint=0xDC80, max_codepoint=0xDCFF), max_size=20)


@st.composite
def entries(draw: st.DrawFn, number: int = 0) -> Entry:
    """Any entry: every kind in every store, known and unknown facts."""
    kind: Kind = draw(st.sampled_from([*KINDS, "wheel", "wheel", "built-wheel", "sdist", "metadata"]))
    store: Store = draw(st.sampled_from([*STORES, "http-v2", "http-v2"])) if kind != "built-wheel" else "wheels"
    stored = NOW - draw(ages)
    url = draw(
        st.none() | st.sampled_from(["https://files.index.example/a/six-1.0.tar.gz", "http://h/", "git+ssh://x"])
    )
    is_package = kind in ("wheel", "built-wheel", "sdist", "metadata")
    return make_entry(
        number,
        kind,
        store,
        size=draw(sizes),
        stored=stored,
        validated=draw(st.none() | ages.map(lambda age: NOW - age)),
        used=draw(st.none() | ages.map(lambda age: NOW - age)),
        root=draw(st.sampled_from([ROOT, ROOT, ROOT, OTHER_ROOT])),
        project=draw(st.sampled_from(PROJECTS) if is_package else st.none() | st.sampled_from(PROJECTS) | texts),
        version=draw(st.sampled_from(VERSIONS) if is_package else st.none() | texts),
        tags=draw(st.sampled_from(TAG_SETS)) if kind in ("wheel", "built-wheel", "metadata") else (),
        requires_python=draw(st.sampled_from(REQUIREMENTS)) if is_package else None,
        filename=draw(st.none() | texts),
        url=url,
        url_proof=None if url is None else draw(st.sampled_from(URL_PROOFS)),
        yanked=draw(st.sampled_from([None, None, None, "", "broken"])),
        problems=draw(st.sampled_from([(), (), (), ("truncated",), ("a", "b")])),
        response=None if store not in ("http", "http-v2") else draw(responses()),
    )


@st.composite
def responses(draw: st.DrawFn) -> Response | None:
    """What pip kept of a response: fresh and stale ones, with and without what pip needs."""
    if draw(st.integers(0, 9)) == 0:
        return None
    date = NOW - draw(st.sampled_from([0.0, 60.0, 700.0, DAY, 400 * DAY]))
    kept = response(date, draw(st.sampled_from([0, 600, 365_000_000])), draw(st.booleans()))
    status = draw(st.sampled_from([200, 200, 200, 301, 404]))
    told = draw(st.sampled_from([kept.date, kept.date, None]))
    return Response(status, told, kept.cache_control, None, kept.has_etag)


@st.composite
def entry_lists(draw: st.DrawFn, max_size: int = 12) -> list[Entry]:
    """Entries that all differ in their keys."""
    count = draw(st.integers(0, max_size))
    return [draw(entries(number)) for number in range(count)]


@st.composite
def rivals(draw: st.DrawFn, max_size: int = 10) -> list[Entry]:
    """Entries of one project, with little to tell them apart, so that most are newer or older than others."""
    found = []
    for number in range(draw(st.integers(0, max_size))):
        kind: Kind = draw(st.sampled_from(["wheel", "wheel", "built-wheel", "sdist", "metadata"]))
        store: Store = "wheels" if kind == "built-wheel" else draw(st.sampled_from(["http-v2", "http-v2", "http"]))
        tags = draw(st.sampled_from([TAG_SETS[1], TAG_SETS[2], TAG_SETS[4], TAG_SETS[0]]))
        found.append(
            make_entry(
                number,
                kind,
                store,
                project="p",
                version=draw(st.sampled_from(VERSIONS)),
                filename="p-1.0-py3-none-any.whl",
                tags=() if kind == "sdist" else tags,
                root=draw(st.sampled_from([ROOT, ROOT, OTHER_ROOT])),
                requires_python=draw(st.sampled_from([None, None, ">=3.8", ">=3.12"])),
                yanked=draw(st.sampled_from([None, None, None, None, ""])),
                url=draw(st.sampled_from([None, None, "https://a.example/p.whl", "https://b.example/p.whl"])),
                detail=draw(st.sampled_from([None, None, None, Origin("https://git.example/p", vcs="git")])),
            )
        )
    return found


def judges_of(given: Sequence[Entry], **fixed: Any) -> st.SearchStrategy[Judge]:
    """Judges of those entries, for old and new pips, with and without Pythons; `fixed`: more for `make_judge`."""
    return st.builds(
        make_judge,
        st.just(given),
        pythons=st.sampled_from([(), PYTHONS, PYTHONS[1:], PYTHONS[:1]]),
        pip_version=st.sampled_from([None, "9.0.3", "20.3.4", "23.2.1", "25.3", "26.3"]),
        atimes=st.sampled_from([ALWAYS, DAILY]),
        **{name: st.just(value) for name, value in fixed.items()},
    )
